"""``wican-rig compare A B``: what changed between two runs, from their files alone.

Compared are verdicts, intervals, and what a backend gets to see. Wire and timing are compared in scenarios that both runs have,
so that a run with fewer scenarios does not look like a device with fewer keys. Intervals differ when their medians do by more
than the tolerance of a median and the clock error of both runs.
"""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rig.report.cadence import every_series
from rig.report.recorded import Scenario, read_scenario
from rig.report.results import RequirementResult, Results
from rig.report.wire import Fact, Facts, wire_facts
from rig.report.words import local_link
from rig.tolerance import Tolerances
from rig.verdict import Verdict

_GOOD = {Verdict.PASS.value}
_BAD = {Verdict.FAIL.value, Verdict.ERROR.value, Verdict.INCONCLUSIVE.value, Verdict.KNOWN_DEVIATION.value}


@dataclass(frozen=True)
class VerdictChange:
    """A requirement with another verdict than before; None where a run does not know it."""

    requirement: str
    level: str
    text: str
    before: str | None
    after: str | None
    reason: str

    @property
    def direction(self) -> str:
        """"worse", "better" or "other"."""
        if self.before in _GOOD and self.after in _BAD:
            return "worse"
        return "better" if self.before in _BAD and self.after in _GOOD else "other"


@dataclass(frozen=True)
class TimingChange:
    """A destination whose median interval moved (ms), in the first, second, … boot of a scenario."""

    scenario: str
    destination: str
    cycle_ms: float
    boot: int
    before_ms: float
    after_ms: float
    allowed_ms: float


@dataclass(frozen=True)
class WireChange:
    """A fact of the wire that was added (`before` is empty), removed (`after` is empty) or changed."""

    fact: Fact
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def kind(self) -> str:
        """"added", "removed" or "changed"."""
        return "added" if not self.before else "removed" if not self.after else "changed"


@dataclass(frozen=True)
class Comparison:
    """Everything that changed from one run to another; `scenarios` is how many both have, `series` how many intervals."""

    before: Results
    after: Results
    verdicts: tuple[VerdictChange, ...]
    timing: tuple[TimingChange, ...]
    wire: tuple[WireChange, ...]
    scenarios: int
    series: int
    facts: int

    @property
    def differs(self) -> bool:
        """Whether anything changed."""
        return bool(self.verdicts or self.timing or self.wire)

    @property
    def exit_code(self) -> int:
        """1 on a difference, else 0."""
        return 1 if self.differs else 0


def compare(before: Path, after: Path) -> Comparison:
    """Compares the runs in two folders.

    Raises:
        UsageError: one of them holds no results that this version reads.
    """
    runs = Results.read(before), Results.read(after)
    folders = sorted(_evidence(runs[0]) & _evidence(runs[1]))
    scenarios = [[read_scenario(run, folder) for folder in folders] for run in (before, after)]
    medians = [_medians(recorded, results) for recorded, results in zip(scenarios, runs, strict=True)]
    facts = [wire_facts(recorded) for recorded in scenarios]
    allowance_ms = sum(results.run.clock_error_ms or 0.0 for results in runs)
    return Comparison(
        before=runs[0],
        after=runs[1],
        verdicts=tuple(_verdicts(*runs)),
        timing=tuple(_timing(medians[0], medians[1], allowance_ms)),
        wire=tuple(_wire(facts[0], facts[1])),
        scenarios=len(folders),
        series=len(medians[0].keys() & medians[1].keys()),
        facts=len(facts[0].keys() | facts[1].keys()),
    )


def _evidence(results: Results) -> set[str]:
    paths = {path for requirement in results.requirements for test in requirement.tests for path in test.evidence}
    return {path for path in paths if local_link(path)}


def _verdicts(before: Results, after: Results) -> Iterable[VerdictChange]:
    old = {requirement.id: requirement for requirement in before.requirements}
    new = {requirement.id: requirement for requirement in after.requirements}
    for name in dict.fromkeys([*old, *new]):
        was, is_now = old.get(name), new.get(name)
        known: RequirementResult = is_now or old[name]
        verdicts = (was.verdict if was else None, is_now.verdict if is_now else None)
        if verdicts[0] != verdicts[1]:
            yield VerdictChange(name, known.level, known.text, *verdicts, is_now.reason if is_now else "")


class _Place(NamedTuple):
    """Which intervals: the boot is counted within its scenario, since its number depends on the order of the run."""

    scenario: str
    destination: str
    cycle_ms: float
    boot: int


def _medians(scenarios: Iterable[Scenario], results: Results) -> dict[_Place, float]:
    """Median intervals in ms."""
    series = every_series(scenarios, Tolerances(), results.run.clock_error_ms or 0.0)
    boots: Counter[tuple[str, str, float]] = Counter()
    medians = {}
    for one in sorted(series, key=lambda one: int(re.sub(r"\D", "", one.boot) or 0)):
        place = one.scenario, one.destination, one.limits.cycle_ms
        boots[place] += 1
        medians[_Place(*place, boots[place])] = statistics.median(one.values)
    return medians


def _timing(before: Mapping[_Place, float], after: Mapping[_Place, float], allowance_ms: float) -> Iterable[TimingChange]:
    for place in sorted(before.keys() & after.keys()):
        allowed_ms = Tolerances().median_of(place.cycle_ms) + allowance_ms
        if abs(after[place] - before[place]) > allowed_ms:
            yield TimingChange(*place, before_ms=before[place], after_ms=after[place], allowed_ms=allowed_ms)


def _wire(before: Facts, after: Facts) -> Iterable[WireChange]:
    for fact in sorted(before.keys() | after.keys()):
        was, is_now = before.get(fact, frozenset()), after.get(fact, frozenset())
        if was != is_now:
            yield WireChange(fact, tuple(sorted(was)), tuple(sorted(is_now)))
