"""Statistics of a stretch of attempts, held against values reckoned by hand."""

from dataclasses import dataclass

import pytest

from rig.errors import BenchError
from rig.oracle.timing import Timing, needed_intervals

MS = 1_000_000


@dataclass(frozen=True)
class Attempt:
    started_ns: int
    ended_ns: int | None


def timing(*intervals_ms: float, cycle_ms: float = 1000.0) -> Timing:
    return Timing(cycle_ms, intervals_ms)


def test_intervals_run_from_start_to_start_and_pauses_from_end_to_start():
    found = Timing.of([0, 1000 * MS, 2100 * MS], [600 * MS, 1500 * MS, 2200 * MS], 1000)
    assert found.intervals_ms == (1000.0, 1100.0)
    assert found.pauses_ms == (400.0, 600.0)
    assert found.median_pause_ms == 500.0


def test_an_end_that_is_not_known_gives_no_pause():
    attempts = [Attempt(0, 100 * MS), Attempt(1000 * MS, None), Attempt(2000 * MS, None)]
    assert Timing.of_attempts(attempts, 1000).pauses_ms == (900.0,)
    assert Timing.of([0, 1000 * MS], [], 1000).median_pause_ms is None


def test_starts_and_ends_belong_together():
    with pytest.raises(ValueError, match="3 starts and 2 ends"):
        Timing.of([0, 1, 2], [0, 1], 1000)


def test_quantiles_lie_between_neighbours():
    found = timing(*range(1000, 1021))
    assert (found.median_ms, found.p5_ms, found.p95_ms) == (1010.0, 1001.0, 1019.0)
    assert found.largest_deviation_ms == 10.0
    assert timing(1000.0, 1010.0).quantile_ms(0.25) == 1002.5


def test_missed_turns_show_in_intervals_of_several_medians():
    assert timing(1000, 1000, 3010, 1000, 1980).missed_slots == 3
    assert timing(1600, 1600, 1610).missed_slots == 0


def test_drift_is_counted_against_the_cycle_with_missed_turns_taken_out():
    assert timing(1001, 1001, 2002, 1001).drift_ppm == pytest.approx(1000)
    assert timing(999.5, 999.5).drift_ppm == pytest.approx(-500)


def test_quarters_are_the_first_and_the_last():
    assert timing(*[1000] * 25, *[1500] * 50, *[1100] * 25).quarters_ms() == (1000, 1100)


def test_no_interval_is_no_number():
    with pytest.raises(BenchError, match="at least 1 intervals to judge, observed 0"):
        _ = Timing.of([5], [6], 1000).median_ms


@pytest.mark.parametrize(("cycle_ms", "count"), [(1000, 10), (2000, 10), (5000, 5), (10000, 3), (60000, 3), (3000, 5)])
def test_longer_cycles_need_fewer_intervals(cycle_ms, count):
    assert needed_intervals(cycle_ms) == count


def test_the_numbers_for_the_report_are_all_there():
    assert timing(1000, 1000).numbers() == {
        "cycle": 1000.0, "intervals": 2, "median": 1000, "median_pause": None, "p5": 1000, "p95": 1000,
        "largest_deviation": 0, "missed_slots": 0, "drift_ppm": 0,
    }  # fmt: skip
