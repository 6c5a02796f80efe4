"""From what the tally says to the rows of ``results.json``."""

from rig.report.results import RequirementResult, TestResult
from rig.tally import Judged


def as_result(result: Judged) -> RequirementResult:
    """The row of one requirement, with its tests."""
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
