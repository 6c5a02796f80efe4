"""A hundred intervals and more."""

import pytest

from rig.bench import timing_of
from rig.marks import verifies
from rig.oracle import schedule

pytestmark = [pytest.mark.takes(130), pytest.mark.slow]
INTERVALS = 120


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(steady=bench.destination())


@pytest.fixture(scope="module")
def timing(bench, boot):
    return timing_of(bench, boot.steady, "cycle/no-drift", intervals=INTERVALS)


@verifies("cycle/no-drift")
def test_the_interval_has_no_trend(bench, boot, timing, observed):
    """The medians of the first and the last quarter of 120 intervals agree within tolerance."""
    observed(schedule.no_drift(timing, bench.tolerance, bench.median_guard_ms(boot.ready_ns)).conclude())
    bench.measure("cycle/no-drift", "drift", "ppm", [timing.drift_ppm])


@verifies("cycle/jitter")
def test_intervals_lie_near_their_median_for_long(bench, boot, timing, observed):
    """Of 120 intervals 95 % lie near their median, and none reaches one and a half cycles."""
    observed(schedule.jitter(timing, bench.tolerance, bench.guard_ms(boot.ready_ns)).conclude())
