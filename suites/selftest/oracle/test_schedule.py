"""The rules on time, each at its limit and on both sides of it."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.errors import BenchError
from rig.oracle import schedule
from rig.oracle.schedule import Timing
from rig.tolerance import Tolerances
from rig.verdict import Verdict

MS = 1_000_000
PASS, FAIL, UNSURE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
TABLE = Tolerances()
GUARD = 5.0


def timing(*intervals_ms: float, cycle_ms: float = 1000.0, exchange_ms: float | None = None) -> Timing:
    pauses = () if exchange_ms is None else tuple(interval - exchange_ms for interval in intervals_ms)
    return Timing(cycle_ms, intervals_ms, pauses)


def steady(interval_ms: float, count: int = 10, **more) -> Timing:
    return timing(*[interval_ms] * count, **more)


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (steady(1000), PASS),
        (steady(1095), PASS),
        (steady(905), PASS),
        (steady(1098), UNSURE),
        (steady(1103), UNSURE),
        (steady(1106), FAIL),
        (steady(890), FAIL),
        (steady(5240, 5, cycle_ms=5000), PASS),
        (steady(5260, 5, cycle_ms=5000), FAIL),
        (steady(1600, exchange_ms=600), PASS),
        (steady(1600, exchange_ms=450), FAIL),
        (steady(1103, exchange_ms=300), UNSURE),
    ],
)
def test_the_median_is_the_cycle_from_start_or_else_from_end(measured, verdict):
    assert schedule.median_interval(measured, TABLE, GUARD).verdict is verdict


def test_the_median_says_from_where_it_was_counted():
    assert schedule.median_interval(steady(1000, exchange_ms=5), TABLE, GUARD).numbers["counted"] == "start to start"
    late = schedule.median_interval(steady(1600, exchange_ms=600), TABLE, GUARD)
    assert late.observed == "1000.0 ms from end to start"
    with pytest.raises(AssertionError, match=r"1600\.0 ms from start to start, 1590\.0 ms from end to start"):
        schedule.median_interval(steady(1600, exchange_ms=10), TABLE, GUARD).conclude()


@pytest.mark.parametrize(
    "judge",
    [
        lambda: schedule.median_interval(steady(1000, 9), TABLE, GUARD),
        lambda: schedule.jitter(steady(1000, 19), TABLE, GUARD),
        lambda: schedule.no_drift(steady(1000, 99), TABLE, GUARD),
        lambda: schedule.minimum_gap(steady(1000, 0), TABLE, GUARD),
        lambda: schedule.answer_time_adds(steady(2000, 10), steady(2000, 9), TABLE, GUARD),
        lambda: schedule.unshifted(steady(1000, 9), steady(1000, 10), TABLE, GUARD),
        lambda: schedule.unshifted(steady(1000, 10), steady(1000, 9), TABLE, GUARD),
        lambda: schedule.polling_period([0, MS], 1000, 0, TABLE, GUARD),
    ],
)
def test_too_few_samples_are_the_benchs_fault(judge):
    with pytest.raises(BenchError, match="expected at least"):
        judge()


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (steady(1000, 20), PASS),
        (timing(*[1000] * 19, 1300), PASS),
        (timing(*[1000] * 18, 1300, 1300), FAIL),
        (timing(*[1000] * 18, 1202, 1202), UNSURE),
        (timing(*[1000] * 19, 1499), UNSURE),
        (timing(*[1000] * 19, 1510), FAIL),
        (timing(*[1000] * 38, 1300, 700), PASS),
        (steady(1600, 20), FAIL),
    ],
)
def test_jitter_has_a_share_and_an_end(measured, verdict):
    assert schedule.jitter(measured, TABLE, GUARD).verdict is verdict


@pytest.mark.parametrize(("last", "verdict"), [(1000, PASS), (1090, PASS), (1100, UNSURE), (1110, FAIL), (890, FAIL)])
def test_drift_is_what_the_last_quarter_differs_in(last, verdict):
    assert schedule.no_drift(timing(*[1000] * 75, *[last] * 25), TABLE, GUARD).verdict is verdict


@pytest.mark.parametrize(("closest", "verdict"), [(1000, PASS), (905, PASS), (900, UNSURE), (894, FAIL)])
def test_one_gap_that_is_too_small_is_enough(closest, verdict):
    assert schedule.minimum_gap(timing(1000, closest, 1000), TABLE, GUARD).verdict is verdict


@pytest.mark.parametrize(("late", "verdict"), [(2000, PASS), (2094, PASS), (2100, UNSURE), (2106, FAIL), (3000, FAIL), (1800, FAIL)])
def test_the_answer_time_must_not_change_the_median(late, verdict):
    judged = schedule.answer_time_adds(steady(2000, cycle_ms=2000), steady(late, cycle_ms=2000), TABLE, GUARD)
    assert judged.verdict is verdict


@pytest.mark.parametrize(
    ("starts_ms", "verdict"),
    [
        ([], PASS),
        ([0], PASS),
        (range(0, 60000, 1000), PASS),
        (range(0, 60000, 950), PASS),
        ([0, 1000, 9000, 9000, 10000, 11000], PASS),
        ([9000, 9000], PASS),
        ([0, 1000, 9000, 9010, 9020, 10000], FAIL),
        ([0, 1000, 9000, 9010, 9899, 11000], UNSURE),
        ([0, *range(9000, 9080, 10), 10000], FAIL),
        ([0, 500, 1000, 1500, 2000], FAIL),
    ],
)
def test_a_burst_is_more_than_one_attempt_too_many(starts_ms, verdict):
    assert schedule.no_burst([start * MS for start in starts_ms], 1000, TABLE, GUARD).verdict is verdict


@given(st.lists(st.integers(0, 20_000), max_size=12).map(sorted))
def test_a_burst_is_found_wherever_the_catalogues_words_find_one(starts_ms):
    unit_ms = 1000 - TABLE.median_of(1000)
    stretches = [starts_ms[a : b + 1] for a, b in itertools.combinations(range(len(starts_ms)), 2)]
    burst = any(len(inside) > max(1, math.ceil((inside[-1] - inside[0]) / unit_ms)) + 1 for inside in stretches)
    exact = any((inside[-1] - inside[0]) % unit_ms == 0 and len(inside) > 2 for inside in stretches)
    found = schedule.no_burst([start * MS for start in starts_ms], 1000, TABLE, 0.0).verdict is FAIL
    assert found == burst or exact


def test_the_densest_stretch_is_named():
    observed = schedule.no_burst([0, 1000 * MS, 1010 * MS, 1020 * MS, 3000 * MS], 1000, TABLE, GUARD).observed
    assert observed == "3 of 5 attempts within 20 ms"


@pytest.mark.parametrize(("after_ms", "verdict"), [(300, PASS), (-50, PASS), (20_990, PASS), (21_002, UNSURE), (21_010, FAIL)])
def test_the_first_post_has_a_cycle_and_the_allowance(after_ms, verdict):
    assert schedule.first_post(5 * MS, (5 + after_ms) * MS, 1000, TABLE, GUARD).verdict is verdict


@pytest.mark.parametrize(
    ("during", "verdict"),
    [
        (steady(1000), PASS),
        (steady(1090), PASS),
        (steady(1100), UNSURE),
        (steady(1200), FAIL),
        (timing(*[1000] * 9, 2000), FAIL),
        (timing(*[1000] * 9, 1502), UNSURE),
        (timing(1000, 2000), FAIL),
    ],
)
def test_a_cycle_is_shifted_by_its_median_or_by_one_turn_left_out(during, verdict):
    assert schedule.unshifted(steady(1000), during, TABLE, GUARD).verdict is verdict


def test_a_cycle_that_counts_from_the_end_may_stay_as_it_is():
    assert schedule.unshifted(steady(1610), steady(1600), TABLE, GUARD).verdict is PASS


def test_a_rig_that_is_seldom_late_can_still_tell_a_median():
    shifted = steady(1000), steady(1080)
    assert schedule.unshifted(*shifted, TABLE, 60.0).verdict is UNSURE
    assert schedule.unshifted(*shifted, TABLE, 60.0, 5.0).verdict is PASS
    assert schedule.unshifted(steady(1000), steady(1150), TABLE, 60.0, 5.0).verdict is FAIL


@pytest.mark.parametrize(
    ("starts_ms", "gap_s", "verdict"),
    [
        ([9000, 10_500], 0, PASS),
        ([9000, 12_190], 0, PASS),
        ([9000, 12_201], 0, UNSURE),
        ([9000, 12_210], 0, FAIL),
        ([9000, 19_000], 10, PASS),
        ([9000], 0, FAIL),
    ],
)
def test_it_resumes_within_two_cycles_or_the_longest_gap(starts_ms, gap_s, verdict):
    starts = [start * MS for start in starts_ms]
    assert schedule.resumes_within(10_000 * MS, starts, 1000, gap_s, TABLE, GUARD).verdict is verdict


@pytest.mark.parametrize(("after_ms", "verdict"), [(100, PASS), (3990, PASS), (4003, UNSURE), (4010, FAIL)])
def test_a_fresh_value_has_its_period_a_cycle_and_a_second(after_ms, verdict):
    assert schedule.fresh(0, after_ms * MS, 2000, 1000, TABLE, GUARD).verdict is verdict


@pytest.mark.parametrize(("every_ms", "pass_ms", "verdict"), [(1000, 0, PASS), (1200, 0, FAIL), (1200, 150, PASS), (800, 0, FAIL)])
def test_a_pid_is_asked_for_at_its_period_and_may_wait_for_a_pass(every_ms, pass_ms, verdict):
    stamps = [turn * every_ms * MS for turn in range(11)]
    assert schedule.polling_period(stamps, 1000, pass_ms, TABLE, GUARD).verdict is verdict


@pytest.mark.parametrize(
    ("timestamp", "verdict"),
    [(1_730_000_000, PASS), (1_730_000_004, PASS), (1_730_000_000_000, PASS), (1_730_000_006, FAIL), (1_729_999_994_000, FAIL), (12, FAIL)],
)
def test_a_timestamp_may_be_in_seconds_or_milliseconds(timestamp, verdict):
    assert schedule.clock_true(timestamp, 1_730_000_000.0, TABLE, GUARD).verdict is verdict


def test_a_wider_table_is_used_as_it_is():
    wide = Tolerances(median_ms=300)
    assert schedule.median_interval(steady(1250), wide, GUARD).verdict is PASS
