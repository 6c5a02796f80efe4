"""The files of a run, written when it ends, however it ends."""

import os
import platform
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

from rig.evidence.canaries import Canaries, hunt
from rig.matrix import FILE, matching
from rig.outcome import Outcome
from rig.profile import DeviceProfile, read_profile
from rig.report import render
from rig.report.results import Results, Run, Subject
from rig.requirements import catalogue
from rig.session.options import RunOptions
from rig.session.result import as_result
from rig.tally import INTERRUPTED, NOT_SELECTED, Asked, Judged, exit_code, judge, stale_deviations
from rig.tolerance import Tolerances
from rig.verdict import Verdict

_LIBRARIES = ("wican-rig", "pytest", "python-can", "can-isotp", "pytest-httpserver", "cryptography")


@dataclass
class RunWriter:
    """Gathers outcomes on the controller and writes the run's files."""

    options: RunOptions
    _started: float = field(default_factory=time.time)
    _outcomes: dict[str, Outcome] = field(default_factory=dict)
    _benches: list[dict[str, object]] = field(default_factory=list)
    _covered: set[str] = field(default_factory=set)
    _selected: set[str] = field(default_factory=set)
    _judged: list[Judged] = field(default_factory=list)
    _stale: list[str] = field(default_factory=list)
    _leaks: list[str] = field(default_factory=list)
    _code: int = 0

    @property
    def has_judged(self) -> bool:
        """Whether any test of this session judged a requirement."""
        return bool(self._outcomes)

    @property
    def is_asked(self) -> bool:
        """Whether this session set out to judge a requirement."""
        return bool(self._selected)

    def collected(self, covered: Iterable[str], selected: Iterable[str]) -> None:
        """Which requirements have tests at all, and which of them were chosen."""
        self._covered.update(covered)
        self._selected.update(selected)

    def add(self, outcome: Outcome) -> None:
        """A phase of a test has ended."""
        before = self._outcomes.get(outcome.test)
        self._outcomes[outcome.test] = before.joined_by(outcome) if before else outcome

    def of_test(self, test: str) -> Outcome:
        """What a test has come to so far."""
        return self._outcomes[test]

    def add_bench(self, facts: dict[str, object] | None) -> None:
        """A bench was let go."""
        if facts:
            self._benches.append(facts)

    def finish(self, *, interrupted: bool, broken: bool) -> int:
        """Writes results and report, points ``latest`` at them, and says the exit code of the run."""
        subject = self._subject()
        profile = self._profile(subject)
        asked = Asked(frozenset(self._covered), frozenset(self._selected), frozenset(subject.features))
        self._judged = [judge(requirement, self._outcomes.values(), asked, profile) for requirement in catalogue().values()]
        self._stale = stale_deviations({result.requirement.id: result for result in self._judged}, profile)
        self._code = exit_code(self._judged, stale=bool(self._stale), require_all=self.options.require_all)
        if interrupted or ((broken or self._troubles) and self._code != 1):
            self._code = INTERRUPTED if interrupted else 3
        self.options.out.mkdir(parents=True, exist_ok=True)
        self._write(subject, interrupted=interrupted)
        self._leaks = self._hunt()
        if self._leaks and self._code not in {1, INTERRUPTED}:
            self._code = 3
            self._write(subject, interrupted=interrupted)
        _point_latest_at(self.options.out)
        return self._code

    def in_words(self) -> list[str]:
        """The end of a run in a few lines."""
        counts = Counter(result.verdict for result in self._judged)
        bad = [result for result in self._judged if result.verdict in {Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE}]
        lines = [line for result in bad for line in self._told(result)]
        lines += [f"{'stale':>14}  {requirement}: listed as a known deviation, and it passed" for requirement in self._stale]
        lines += [f"{'leak':>14}  {leak}" for leak in self._leaks]
        lines += [f"{'not put back':>14}  {trouble}" for trouble in self._troubles]
        lines.append(", ".join(f"{counts[verdict]} {verdict.value.replace('_', ' ')}" for verdict in Verdict if counts[verdict]))
        why = Counter(result.reason for result in self._judged if result.verdict is Verdict.NOT_RUN and result.reason != NOT_SELECTED)
        lines += [f"{'not run':>14}  {count}: {reason}" for reason, count in why.most_common()]
        lines.append(f"report: {self.options.out / 'index.html'}")
        return lines

    def _told(self, result: Judged) -> list[str]:
        """Requirement, expected, observed, and where the evidence is."""
        lines = [f"{result.verdict.value:>14}  {result.requirement.id}"]
        decisive = next((outcome for _, outcome in result.tests if outcome.verdict is result.verdict), None)
        if decisive is not None:
            lines += [f"{'expected':>14}  {decisive.expected}"]
        lines += [f"{'observed':>14}  {_short(result.reason)}"]
        if decisive is not None:
            where = [str(self.options.out / path) for path in decisive.evidence]
            lines += [f"{'evidence':>14}  {', '.join(where)}", f"{'test':>14}  {decisive.test.rpartition('suites/')[2]}"]
        return [*lines, ""]

    def _write(self, subject: Subject, *, interrupted: bool) -> None:
        self._results(subject, interrupted=interrupted).write(self.options.out / "results.json")
        if self.options.report:
            render(self.options.out)

    def _hunt(self) -> list[str]:
        """Canaries that got into a file of the run, each in a sentence."""
        planted = [Canaries(values) for facts in self._benches if isinstance(values := facts.get("canaries"), dict) and values]
        return [str(found) for found in hunt(self.options.out, planted)] if planted else []

    @property
    def _troubles(self) -> list[str]:
        """Why a device did not get back what it had."""
        return [trouble for facts in self._benches if isinstance(trouble := facts.get("trouble"), str)]

    def _subject(self) -> Subject:
        for facts in self._benches:
            plain = facts.get("subject")
            if isinstance(plain, dict):
                return Subject(**plain)
        kind = self.options.bench.kind if self.options.bench else "emulated"
        return Subject(kind=kind, device_id="unknown", firmware="unknown", profile=self.options.emulator.profile, features=[])

    def _profile(self, subject: Subject) -> DeviceProfile:
        return read_profile(subject.profile)

    def _tolerances(self) -> dict[str, float]:
        used = [values for facts in self._benches if isinstance(values := facts.get("tolerances"), dict)]
        return used[0] if used else asdict(Tolerances())

    def _results(self, subject: Subject, *, interrupted: bool) -> Results:
        boots = [count for facts in self._benches if isinstance(count := facts.get("boots"), int)]
        errors = [error for facts in self._benches if isinstance(error := facts.get("clock_error_ms"), float)]
        run = Run(
            id=self.options.out.name,
            started=self._started,
            seconds=time.time() - self._started,
            seed=self.options.seed,
            workers=max(1, len(boots)),
            boots=sum(boots),
            clock_error_ms=max(errors, default=None),
            exit_code=self._code,
            complete=not interrupted,
            qualification=matching(self.options.out.parent / FILE),
            stale=self._stale,
            tolerances=self._tolerances(),
            versions=_versions(),
            command=["wican-rig", *self.options.command],
        )
        return Results(subject=subject, run=run, requirements=[as_result(result) for result in self._judged])


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "system": platform.platform(), **{name: version(name) for name in _LIBRARIES}}


def _short(reason: str) -> str:
    first = reason.strip().splitlines()[0] if reason.strip() else ""
    return first if len(first) <= 200 else first[:197] + "..."


def _point_latest_at(folder: Path) -> None:
    """``latest`` beside the run leads to it, replaced in one step; where links are not to be had it is left out."""
    link = folder.parent / "latest"
    fresh = folder.parent / f".latest-{os.getpid()}"
    with suppress(OSError):
        fresh.symlink_to(folder.name, target_is_directory=True)
        fresh.replace(link)
