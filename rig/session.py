"""One run: what was asked for, the bench it opens once, and the files it leaves."""

import os
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rig.bench import Bench, emulated_parts, parts_of, read_bench_file
from rig.bench.benchfile import BenchFile
from rig.device.emulated import EmulatorOptions
from rig.errors import BenchError
from rig.evidence import Redactor, ScenarioRecorder, secrets_of
from rig.outcome import Outcome
from rig.profile import DeviceProfile, read_profile
from rig.report import render
from rig.report.results import RequirementResult, Results, Run, Subject, TestResult
from rig.requirements import catalogue
from rig.tally import INTERRUPTED, Asked, Judged, deviates, exit_code, judge, stale_deviations
from rig.verdict import Verdict


@dataclass(frozen=True)
class RunOptions:
    """What the command line asked for."""

    out: Path
    bench: BenchFile | None
    emulator: EmulatorOptions
    only: tuple[str, ...]
    seed: int
    require_all: bool
    keep_secrets: bool

    @classmethod
    def of(cls, options: Namespace) -> "RunOptions":
        """From pytest's options.

        Raises:
            UsageError: the bench file or the profile is not usable.
        """
        read_profile(options.rig_profile)
        return cls(
            out=options.rig_out or _new_run_folder(Path("reports")),
            bench=read_bench_file(options.rig_bench) if options.rig_bench else None,
            emulator=EmulatorOptions(
                profile=options.rig_profile,
                boot_seconds=options.rig_boot_seconds,
                defects=tuple(options.rig_defect),
                variants=tuple(options.rig_variant),
                features=tuple(options.rig_feature),
            ),
            only=tuple(options.rig_only),
            seed=options.rig_seed,
            require_all=options.rig_require_all,
            keep_secrets=options.rig_keep_secrets,
        )


def _new_run_folder(reports: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    taken = [number for number in range(100) if (reports / _run_name(stamp, number)).exists()]
    return reports / _run_name(stamp, len(taken))


def _run_name(stamp: str, number: int) -> str:
    return stamp if number == 0 else f"{stamp}-{number}"


class BenchKeeper:
    """Opens the bench of this process when it is first asked for, and records its scenarios."""

    def __init__(self, options: RunOptions) -> None:
        self._options = options
        self._bench: Bench | None = None
        self._failure: BenchError | None = None
        self._redactor = Redactor(())
        self._folder: Path | None = None
        self._subject: dict[str, object] = {}

    @property
    def bench(self) -> Bench:
        """The bench; opened once, and where that failed it fails again with the same words."""
        if self._failure is not None:
            raise BenchError(str(self._failure))
        if self._bench is None:
            try:
                self._bench = self._open()
            except BenchError as error:
                self._failure = error
                raise
        return self._bench

    def _open(self) -> Bench:
        bench = Bench(parts_of(self._options.bench) if self._options.bench else emulated_parts(self._options.emulator))
        try:
            status = bench.device.web.status()
            self._redactor = Redactor(secrets_of(bench.device.web.main_configuration(), bench.device.web.automate_document()))
        except BenchError:
            bench.close()
            raise
        self._subject = {
            "kind": self._options.bench.kind if self._options.bench else bench.device.kind,
            "device_id": str(status.get("device_id", "unknown")),
            "firmware": str(status.get("git_version", "unknown")),
            "profile": bench.profile.name,
            "features": sorted(bench.features),
        }
        return bench

    def begin(self, module: str) -> None:
        """A scenario starts; its evidence goes to a folder of its own."""
        self._folder = self._options.out / _evidence_folder(module)
        self.bench.begin(ScenarioRecorder(self._folder, self._redactor, keep_secrets=self._options.keep_secrets))

    def end(self) -> None:
        """The scenario is over."""
        if self._bench is not None:
            self._bench.end()

    def evidence(self, test: str) -> tuple[str, ...]:
        """Where the evidence of a test's scenario is, relative to the run's folder; the files appear when it ends."""
        return (_evidence_folder(test.partition("::")[0]).as_posix(),)

    def deviation(self, test: str, verifies: Iterable[str], verdict: Verdict) -> Verdict:
        """`verdict`, or known deviation where the profile lists that this test fails for all it judges."""
        if verdict is not Verdict.FAIL or self._bench is None:
            return verdict
        profile = self._bench.profile
        known = all(deviates(test, requirement, profile) for requirement in verifies)
        return Verdict.KNOWN_DEVIATION if known else verdict

    def verdict(self, name: str, outcome: Outcome) -> None:
        """Notes a verdict on the scenario's timeline."""
        if self._bench is not None:
            self._bench.event("verdict", f"{name}: {outcome.verdict.value} {outcome.observed}".strip())

    def close(self) -> dict[str, object]:
        """Lets the bench go; what it was and how it did, for the controller."""
        facts: dict[str, object] = {"failure": str(self._failure) if self._failure else None}
        if self._bench is not None:
            facts |= {"subject": self._subject, "boots": self._bench.boots, "clock_error_ms": self._bench.clock_error_ms}
            self._bench.close()
            self._bench = None
        return facts


def _evidence_folder(module: str) -> Path:
    area, file = Path(module).parts[-2:]
    return Path("evidence") / area / Path(file).stem


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
    _code: int = 0

    @property
    def has_judged(self) -> bool:
        """Whether any test of this session judged a requirement."""
        return bool(self._outcomes)

    def collected(self, covered: Iterable[str], selected: Iterable[str]) -> None:
        """Which requirements have tests at all, and which of them were chosen."""
        self._covered.update(covered)
        self._selected.update(selected)

    def add(self, outcome: Outcome) -> None:
        """A phase of a test has ended."""
        before = self._outcomes.get(outcome.test)
        self._outcomes[outcome.test] = before.joined_by(outcome) if before else outcome

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
        if interrupted or (broken and self._code != 1):
            self._code = INTERRUPTED if interrupted else 3
        self.options.out.mkdir(parents=True, exist_ok=True)
        self._results(subject, interrupted=interrupted).write(self.options.out / "results.json")
        render(self.options.out)
        _point_latest_at(self.options.out)
        return self._code

    def in_words(self) -> list[str]:
        """The end of a run in a few lines."""
        counts = Counter(result.verdict for result in self._judged)
        bad = [result for result in self._judged if result.verdict in {Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE}]
        lines = [f"{result.verdict.value:>14}  {result.requirement.id}: {_short(result.reason)}" for result in bad]
        lines += [f"{'stale':>14}  {requirement}: listed as a known deviation, and it passed" for requirement in self._stale]
        lines.append(", ".join(f"{counts[verdict]} {verdict.value.replace('_', ' ')}" for verdict in Verdict if counts[verdict]))
        lines.append(f"report: {self.options.out / 'index.html'}")
        return lines

    def _subject(self) -> Subject:
        for facts in self._benches:
            plain = facts.get("subject")
            if isinstance(plain, dict):
                return Subject(**plain)
        kind = self.options.bench.kind if self.options.bench else "emulated"
        return Subject(kind=kind, device_id="unknown", firmware="unknown", profile=self.options.emulator.profile, features=[])

    def _profile(self, subject: Subject) -> DeviceProfile:
        return read_profile(subject.profile)

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
        )
        return Results(subject=subject, run=run, requirements=[_plain(result) for result in self._judged])


def _plain(result: Judged) -> RequirementResult:
    requirement = result.requirement
    return RequirementResult(
        id=requirement.id,
        area=requirement.area,
        section=requirement.section,
        level=requirement.level.value,
        verdict=result.verdict.value,
        reason=result.reason,
        text=requirement.text,
        tests=[
            TestResult(
                id=outcome.test,
                role=role,
                verdict=outcome.verdict.value,
                seconds=outcome.seconds,
                expected=outcome.expected,
                observed=outcome.observed,
                evidence=list(outcome.evidence),
            )
            for role, outcome in result.tests
        ],
    )


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
