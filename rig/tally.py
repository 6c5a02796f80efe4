"""From the verdicts of tests to the verdict of each requirement, and from those to the exit code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rig.outcome import Outcome
from rig.profile import DeviceProfile
from rig.requirements import Requirement
from rig.verdict import Verdict, weightiest

NOT_SELECTED = "not selected"
INTERRUPTED = 130
_SETTLED = {Verdict.PASS, Verdict.KNOWN_DEVIATION}


@dataclass(frozen=True)
class Judged:
    """A requirement with its verdict, why, and the tests behind it (each with its role)."""

    requirement: Requirement
    verdict: Verdict
    reason: str
    tests: tuple[tuple[str, Outcome], ...] = ()


@dataclass(frozen=True)
class Asked:
    """What a run set out to do: which requirements have tests at all, and which were chosen."""

    covered: frozenset[str]
    selected: frozenset[str]
    features: frozenset[str]


def judge(requirement: Requirement, outcomes: Iterable[Outcome], asked: Asked, profile: DeviceProfile) -> Judged:
    """The verdict of one requirement (design, decision 3)."""
    named = [outcome for outcome in outcomes if requirement.id in outcome.verifies + outcome.controls]
    verifying = [_known(outcome, requirement, profile) for outcome in named if requirement.id in outcome.verifies]
    controls = [_as_control(outcome) for outcome in named if requirement.id in outcome.controls]
    if requirement.feature and requirement.feature not in asked.features:
        return Judged(requirement, Verdict.NOT_APPLICABLE, f"device or bench does not declare {requirement.feature}")
    if not verifying:
        return Judged(requirement, Verdict.NOT_RUN, _why_not_run(requirement, asked))
    if broken := next((outcome for outcome in controls if outcome.verdict not in _SETTLED), None):
        verifying = [_without_control(outcome, broken) for outcome in verifying]
    tests = [("verifies", outcome) for outcome in verifying] + [("control", outcome) for outcome in controls]
    verdict = weightiest(outcome.verdict for _, outcome in tests)
    decisive = next(outcome for _, outcome in tests if outcome.verdict is verdict)
    return Judged(requirement, verdict, _reason(requirement, verdict, decisive, profile), tuple(tests))


def exit_code(judged: Iterable[Judged], *, stale: bool, require_all: bool) -> int:
    """0, or the first of 1 (a fail), 3 (an error or inconclusive) and 4 (a stale deviation) that applies."""
    verdicts = {result.verdict for result in judged}
    if Verdict.FAIL in verdicts:
        return 1
    if verdicts & {Verdict.ERROR, Verdict.INCONCLUSIVE} or (require_all and Verdict.NOT_RUN in verdicts):
        return 3
    return 4 if stale else 0


def stale_deviations(judged: Mapping[str, Judged], profile: DeviceProfile) -> list[str]:
    """Listed deviations that no longer show: every test that was to fail was run and passed, and not by chance."""
    return [
        deviation.requirement
        for deviation in profile.deviations
        if not deviation.sometimes and (result := judged.get(deviation.requirement)) is not None and result.verdict is Verdict.PASS
    ]


def deviates(test: str, requirement_id: str, profile: DeviceProfile) -> bool:
    """Whether the profile lists that this test fails for this requirement."""
    name = test.rpartition("suites/")[2]
    return any(deviation.requirement == requirement_id and deviation.covers(name) for deviation in profile.deviations)


def _known(outcome: Outcome, requirement: Requirement, profile: DeviceProfile) -> Outcome:
    if outcome.verdict is Verdict.FAIL and deviates(outcome.test, requirement.id, profile):
        return replace(outcome, verdict=Verdict.KNOWN_DEVIATION)
    return outcome


def _as_control(outcome: Outcome) -> Outcome:
    """A control that fails has not shown that the bench could see: that is no failure of the promise it stands beside."""
    if outcome.verdict is Verdict.FAIL:
        return replace(outcome, verdict=Verdict.INCONCLUSIVE)
    return outcome


def _without_control(outcome: Outcome, broken: Outcome) -> Outcome:
    if outcome.verdict not in {Verdict.PASS, Verdict.FAIL}:
        return outcome
    cause = f"its control {broken.test.rpartition('::')[2]} did not pass ({broken.observed}); on its own: {outcome.verdict.value}"
    return replace(outcome, verdict=Verdict.INCONCLUSIVE, observed=f"{cause}; {outcome.observed}" if outcome.observed else cause)


def _why_not_run(requirement: Requirement, asked: Asked) -> str:
    if requirement.id not in asked.covered:
        return "no test yet"
    return "the run ended before" if requirement.id in asked.selected else NOT_SELECTED


def _reason(requirement: Requirement, verdict: Verdict, decisive: Outcome, profile: DeviceProfile) -> str:
    if verdict is Verdict.KNOWN_DEVIATION:
        reasons = [deviation.reason for deviation in profile.deviations if deviation.requirement == requirement.id]
        return "; ".join(reasons)
    return "" if verdict is Verdict.PASS else decisive.observed
