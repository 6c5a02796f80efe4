"""Gaps between attempts, judged by what the rig was late just then; and which of several cycles is kept."""

from dataclasses import dataclass, field

import pytest

from rig.errors import BenchError
from rig.oracle.schedule import Timing
from rig.pace import closest_gap, nearest_cycle
from rig.tolerance import Tolerances
from rig.verdict import Verdict


@dataclass
class Start:
    started_ns: int


@dataclass
class Destination:
    starts_ms: tuple
    name: str = "somewhere"

    @property
    def attempts(self):
        return [Start(round(start * 1e6)) for start in self.starts_ms]


@dataclass
class LateBench:
    """A bench that was late at some starts (ms by ms), and at the worst by `worst`."""

    late: dict = field(default_factory=dict)
    worst: float = 1.0
    tolerance: Tolerances = Tolerances()

    def late_ms(self, at_ns):
        return self.late.get(at_ns / 1e6, 0.2)

    def guard_ms(self, _since_ns):
        return self.worst


def judged(starts_ms, **bench):
    return closest_gap(LateBench(**bench), Destination(starts_ms))


@pytest.mark.parametrize(
    ("starts_ms", "bench", "verdict"),
    [
        ((0, 1000, 2000), {}, Verdict.PASS),
        ((0, 1000, 1890), {}, Verdict.FAIL),
        ((0, 1000, 1950), {"worst": 80}, Verdict.PASS),
        ((0, 1000, 1950), {"late": {1950: 60}, "worst": 80}, Verdict.INCONCLUSIVE),
        ((0, 1000, 2000, 2940), {"late": {2000: 120}, "worst": 120}, Verdict.INCONCLUSIVE),
        ((0, 1000, 1860), {"worst": 80}, Verdict.INCONCLUSIVE),
        ((0, 1000, 1800), {"worst": 80}, Verdict.FAIL),
    ],
)
def test_a_gap_is_less_sure_by_what_the_rig_was_late_at_its_end(starts_ms, bench, verdict):
    assert judged(starts_ms, **bench).verdict is verdict


def test_one_attempt_has_no_gap():
    with pytest.raises(BenchError, match="two attempts"):
        judged((0,))


@pytest.mark.parametrize(
    ("intervals_ms", "pauses_ms", "cycle_ms"),
    [((1000,), (990,), 1000), ((2900,), (1100,), 1000), ((3600,), (), 4000), ((4600,), (4050,), 4000), ((2400,), (2390,), 4000)],
)
def test_the_nearest_cycle_is_found_by_ratio_and_by_either_way_of_counting(intervals_ms, pauses_ms, cycle_ms):
    assert nearest_cycle(Timing(0, intervals_ms, pauses_ms), (1000, 4000)) == cycle_ms
