"""A hundred intervals and more."""

import pytest

from rig.marks import verifies
from rig.oracle import schedule
from rig.pace import chart, timing_of

pytestmark = [pytest.mark.slow]
INTERVALS = 120


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(steady=bench.destination())


@verifies("cycle/no-drift")
def test_the_interval_has_no_trend(bench, boot, observed):
    """The medians of the first and the last quarter of 120 intervals agree within tolerance."""
    timing = timing_of(boot.steady, intervals=INTERVALS, owed=True)
    chart(bench, "cycle/no-drift", "steady", timing)
    observed(schedule.no_drift(timing, bench.tolerance, bench.median_guard_ms(boot.ready_ns)).conclude())
    bench.measure("cycle/no-drift", "drift", "ppm", [timing.drift_ppm])


@verifies("cycle/jitter")
def test_intervals_lie_near_their_median_for_long(bench, boot, observed):
    """Of 120 intervals 95 % lie near their median, and none reaches one and a half cycles."""
    observed(
        schedule.jitter(timing_of(boot.steady, intervals=INTERVALS, owed=True), bench.tolerance, bench.guard_ms(boot.ready_ns)).conclude()
    )
