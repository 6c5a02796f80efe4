"""Two cycles changed, one shortened and one lengthened, by a new configuration and the reboot that applies it."""

import pytest

from rig.marks import control, verifies
from rig.oracle import schedule
from rig.pace import chart, nearest_cycle, timing_of

BEFORE_MS = {"shortened": 5000, "lengthened": 1000}
AFTER_MS = {"shortened": 2000, "lengthened": 5000}


@pytest.fixture(scope="module")
def before(bench):
    return bench.boot(**{name: bench.destination(cycle_ms=cycle_ms) for name, cycle_ms in BEFORE_MS.items()})


@pytest.fixture(scope="module")
def old(bench, before):
    """A few intervals of each under its first cycle."""
    return {watched.name: timing_of(watched, intervals=1) for watched in reversed([*before])}


@pytest.fixture(scope="module")
def after(bench, before, old):
    return bench.boot(**{watched.name: watched.destination.but(cycle_ms=AFTER_MS[watched.name]) for watched in before})


def owed(boot, name):
    """The timing of a destination that owes as many intervals as its median needs."""
    return timing_of(boot[name], owed=True)


@control("cycle/change-applies")
@pytest.mark.parametrize("name", BEFORE_MS)
def test_the_old_cycle_was_kept_before(old, name):
    assert nearest_cycle(old[name], (BEFORE_MS[name], AFTER_MS[name])) == BEFORE_MS[name]


@verifies("cycle/change-applies")
@pytest.mark.parametrize("name", AFTER_MS)
def test_a_changed_cycle_takes_effect(after, observed, name):
    """From the boot that applied it on, the median is nearer to the new cycle than to the old, that of the first three intervals, too."""
    timing = owed(after, name)
    first = schedule.Timing(AFTER_MS[name], timing.intervals_ms[:3], timing.pauses_ms[:3])
    observed(f"intervals of {first.median_ms:.0f} ms, over all {timing.median_ms:.0f} ms")
    assert [nearest_cycle(one, (BEFORE_MS[name], AFTER_MS[name])) for one in (first, timing)] == [AFTER_MS[name]] * 2


@verifies("cycle/median-interval")
@pytest.mark.parametrize("name", AFTER_MS)
def test_the_median_interval_is_the_cycle(bench, after, observed, name):
    """The median from start to start is the cycle within tolerance, or else the median from the end of one exchange to the next start."""
    timing = owed(after, name)
    chart(bench, "cycle/median-interval", name, timing)
    observed(schedule.median_interval(timing, bench.tolerance, bench.median_guard_ms(after.ready_ns)).conclude())


@verifies("cycle/per-destination")
@pytest.mark.parametrize("name", AFTER_MS)
def test_each_keeps_its_own_cycle(after, name):
    """By ratio its median is nearer to its own cycle than to the other's."""
    assert nearest_cycle(timing_of(after[name]), AFTER_MS.values()) == AFTER_MS[name]


@verifies("cycle/first-post-in-time")
@pytest.mark.parametrize("name", AFTER_MS)
def test_the_first_post_comes_in_time(bench, after, observed, name):
    """In the second boot, too, the first POST comes within one cycle of the device being ready, plus the start-up allowance."""
    first, watched = after[name].expect_attempts(1)[0], after[name]
    guard_ms = bench.guard_ms(after.ready_ns)
    observed(schedule.first_post(after.ready_ns, first.started_ns, watched.destination.cycle_ms, bench.tolerance, guard_ms).conclude())
