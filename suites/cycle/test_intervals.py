"""The shortest cycle and a long one side by side, at servers that answer at once."""

import pytest

from rig.marks import verifies
from rig.oracle import schedule
from rig.pace import chart, closest_gap, nearest_cycle, timing_of

CYCLES_MS = {"fast": 1000, "long": 10_000}


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(**{name: bench.destination(cycle_ms=cycle_ms) for name, cycle_ms in CYCLES_MS.items()})


def owed(boot, name):
    """Its timing over as many intervals as the device owes: what the long one's median needs, what is asked of the short one's jitter."""
    return timing_of(boot[name], intervals={"fast": schedule.JITTER_INTERVALS}.get(name), owed=True)


def after_all(boot, name):
    """The same, over all the time that the long one needs."""
    timing_of(boot.long, owed=name == "long")
    return owed(boot, name)


@verifies("cycle/first-post-in-time")
@pytest.mark.parametrize("name", CYCLES_MS)
def test_the_first_post_comes_in_time(bench, boot, observed, name):
    """The first POST comes within one cycle of the device being ready, plus the start-up allowance."""
    first, watched = boot[name].expect_attempts(1)[0], boot[name]
    guard_ms = bench.guard_ms(boot.ready_ns)
    observed(schedule.first_post(boot.ready_ns, first.started_ns, watched.destination.cycle_ms, bench.tolerance, guard_ms).conclude())


@verifies("cycle/median-interval")
@pytest.mark.parametrize("name", CYCLES_MS)
def test_the_median_interval_is_the_cycle(bench, boot, observed, name):
    """The median from start to start is the cycle within tolerance, or else the median from the end of one exchange to the next start."""
    timing = after_all(boot, name)
    chart(bench, "cycle/median-interval", name, timing)
    observed(schedule.median_interval(timing, bench.tolerance, bench.median_guard_ms(boot.ready_ns)).conclude())


@verifies("cycle/jitter")
def test_intervals_lie_near_their_median(bench, boot, observed):
    """At a cycle of 1 s 95 % of at least 20 intervals lie near their median, and none reaches one and a half cycles."""
    observed(schedule.jitter(owed(boot, "fast"), bench.tolerance, bench.guard_ms(boot.ready_ns)).conclude())


@verifies("cycle/minimum")
def test_no_two_posts_come_closer_than_a_second(bench, boot, observed):
    """At the shortest cycle that is promised no two POSTs start closer than a second less tolerance."""
    owed(boot, "fast")
    observed(closest_gap(bench, boot.fast).conclude())


@verifies("cycle/per-destination")
@pytest.mark.parametrize("name", CYCLES_MS)
def test_each_keeps_its_own_cycle(boot, observed, name):
    """By ratio its median is nearer to its own cycle than to the other's."""
    timing = timing_of(boot[name], intervals=2)
    observed(f"a median of {timing.median_ms:.0f} ms")
    assert nearest_cycle(timing, CYCLES_MS.values()) == CYCLES_MS[name]
