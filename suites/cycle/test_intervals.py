"""The shortest cycle and a long one side by side, at servers that answer at once."""

import pytest

from rig.bench import nearest_cycle, timing_of
from rig.marks import verifies
from rig.oracle import schedule

pytestmark = pytest.mark.takes(35)
CYCLES_MS = {"fast": 1000, "long": 10_000}


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(**{name: bench.destination(cycle_ms=cycle_ms) for name, cycle_ms in CYCLES_MS.items()})


@pytest.fixture(scope="module")
def timings(bench, boot):
    """Timing of each over the time that the long one needs for its intervals."""
    boot.long.expect_attempts(schedule.needed_intervals(CYCLES_MS["long"]) + 1)
    boot.fast.expect_attempts(schedule.JITTER_INTERVALS + 1)
    return {watched.name: timing_of(bench, watched, "cycle/median-interval") for watched in boot}


@verifies("cycle/first-post-in-time")
@pytest.mark.parametrize("name", CYCLES_MS)
def test_the_first_post_comes_in_time(bench, boot, observed, name):
    """The first POST comes within one cycle of the device being ready, plus the start-up allowance."""
    first, watched = boot[name].expect_attempts(1)[0], boot[name]
    guard_ms = bench.guard_ms(boot.ready_ns)
    observed(schedule.first_post(boot.ready_ns, first.started_ns, watched.destination.cycle_ms, bench.tolerance, guard_ms).conclude())


@verifies("cycle/median-interval")
@pytest.mark.parametrize("name", CYCLES_MS)
def test_the_median_interval_is_the_cycle(bench, boot, timings, observed, name):
    """The median from start to start is the cycle within tolerance, or else the median from the end of one exchange to the next start."""
    observed(schedule.median_interval(timings[name], bench.tolerance, bench.median_guard_ms(boot.ready_ns)).conclude())


@verifies("cycle/jitter")
def test_intervals_lie_near_their_median(bench, boot, timings, observed):
    """At a cycle of 1 s 95 % of at least 20 intervals lie near their median, and none reaches one and a half cycles."""
    observed(schedule.jitter(timings["fast"], bench.tolerance, bench.guard_ms(boot.ready_ns)).conclude())


@verifies("cycle/minimum")
def test_no_two_posts_come_closer_than_a_second(bench, boot, timings):
    """At the shortest cycle that is promised no two POSTs start closer than a second less tolerance."""
    schedule.minimum_gap(timings["fast"], bench.tolerance, bench.guard_ms(boot.ready_ns)).conclude()


@verifies("cycle/per-destination")
@pytest.mark.parametrize("name", CYCLES_MS)
def test_each_keeps_its_own_cycle(timings, observed, name):
    """By ratio its median is nearer to its own cycle than to the other's."""
    observed(f"a median of {timings[name].median_ms:.0f} ms")
    assert nearest_cycle(timings[name], CYCLES_MS.values()) == CYCLES_MS[name]
