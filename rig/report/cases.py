"""One case page per requirement: what was done, what was expected, what was seen, and the timeline it was seen on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rig.report.exchanges import chosen
from rig.report.recorded import Scenario
from rig.report.results import RequirementResult, TestResult
from rig.report.timeline import Detail, Timeline, concludes, timeline
from rig.report.words import amount, bounded, first_line
from rig.verdict import Verdict

_LONGEST_OBSERVATION = 2000
_MOST_DEEDS = 12
_SETTLED = {Verdict.PASS.value, Verdict.NOT_APPLICABLE.value, Verdict.NOT_RUN.value}


@dataclass(frozen=True)
class Budget:
    """How much the cases may show: those that went well, and those that a reader has come for."""

    settled: Detail
    troubled: Detail


BUDGETS = (
    Budget(Detail(exchanges=4, body=1600, rows=30, lines=6), Detail(exchanges=10, body=6000, rows=60, lines=12)),
    Budget(Detail(exchanges=2, body=700, rows=16, lines=4), Detail(exchanges=6, body=2500, rows=40, lines=8)),
    Budget(Detail(exchanges=1, body=300, rows=8, lines=2), Detail(exchanges=3, body=1000, rows=20, lines=4)),
    Budget(Detail(exchanges=0, body=0, rows=0, lines=0), Detail(exchanges=1, body=500, rows=8, lines=2)),
    Budget(Detail(exchanges=0, body=0, rows=0, lines=0), Detail(exchanges=0, body=0, rows=0, lines=0)),
)
"""From generous to bare; the page takes the first with which it stays small enough."""


@dataclass(frozen=True)
class Test:
    """One test of a case. `name` is how it is called, `module` where it stands."""

    result: TestResult
    name: str
    module: str
    observed: str


@dataclass(frozen=True)
class Recording:
    """What one scenario has to say on a case."""

    scenario: Scenario
    deeds: tuple[str, ...]
    deeds_left_out: int
    timeline: Timeline


@dataclass(frozen=True)
class Case:
    """A requirement with everything behind its verdict."""

    requirement: RequirementResult
    tests: tuple[Test, ...]
    recordings: tuple[Recording, ...]
    folders: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """Why it has its verdict, in one line."""
        return first_line(self.requirement.reason) or first_line(self.requirement.text)

    @property
    def evidence(self) -> str:
        """How many tests stand behind it, in words."""
        judging = sum(1 for test in self.tests if test.result.role == "verifies")
        controls = len(self.tests) - judging
        return ", ".join([amount(judging, "test"), *([amount(controls, "control")] if controls else [])])


def cases(requirements: Sequence[RequirementResult], scenarios: Mapping[str, Scenario], budget: Budget) -> list[Case]:
    """A case for each requirement, in their order."""
    return [_case(requirement, scenarios, budget) for requirement in requirements]


def _case(requirement: RequirementResult, scenarios: Mapping[str, Scenario], budget: Budget) -> Case:
    detail = budget.settled if requirement.verdict in _SETTLED else budget.troubled
    tests = tuple(map(_test, requirement.tests))
    folders = dict.fromkeys(folder for test in requirement.tests for folder in test.evidence if folder in scenarios)
    recordings = tuple(_recording(requirement, scenarios[folder], detail) for folder in folders) if detail.rows else ()
    return Case(requirement, tests, recordings, tuple(folders))


def _test(result: TestResult) -> Test:
    module, _, name = result.id.rpartition("::")
    return Test(result, name.removeprefix("test_").replace("_", " "), module, bounded(result.observed, _LONGEST_OBSERVATION))


def _recording(requirement: RequirementResult, scenario: Scenario, detail: Detail) -> Recording:
    tests = [test for test in requirement.tests if scenario.folder in test.evidence]
    names = [test.id.rpartition("::")[2] for test in tests]
    verdicts = [event.stamp_s for event in scenario.events if concludes(event, names)]
    until_s = max(verdicts, default=float("inf"))
    words = " ".join(f"{test.id} {test.expected} {test.observed}" for test in tests) + requirement.reason
    picked = chosen([exchange for exchange in scenario.exchanges if exchange.started_s <= until_s], words, detail.exchanges)
    deeds = [bounded(event.text, 300) for event in scenario.events if event.kind == "stimulus" and event.stamp_s <= until_s]
    return Recording(
        scenario,
        tuple(deeds[:_MOST_DEEDS]),
        max(0, len(deeds) - _MOST_DEEDS),
        timeline(scenario, picked, until_s, names, detail),
    )
