"""Five hundred POSTs in a row, told apart by a counter in the vehicle."""

import statistics
import time
from itertools import pairwise

import pytest

from rig.bench import CustomPid
from rig.marks import control, verifies
from rig.oracle import payload

pytestmark = [pytest.mark.slow]
POSTS = 500
COUNTER = CustomPid("COUNTER", "22C001", "[B4:B7]", period_ms=200)


@pytest.fixture(scope="module")
def boot(bench):
    bench.vehicle.engine.count("22C001", length=4)
    return bench.boot(parameters=(COUNTER,), soaked=bench.destination())


@pytest.fixture(scope="module")
def answer_times(bench, boot):
    """Seconds that the web API takes, early and late in the soak."""
    boot.soaked.wait_for_requests(10)
    early = [timed(bench) for _ in range(9)]
    boot.soaked.wait_for_requests(POSTS, POSTS * 1.3)
    return statistics.median(early), statistics.median(timed(bench) for _ in range(9))


def timed(bench):
    began = time.perf_counter()
    bench.device.web.status()
    return time.perf_counter() - began


def counts(boot):
    bodies = [payload.read(request.body) for request in boot.soaked.requests[1:POSTS]]
    return [body.parameters["COUNTER"] for body in bodies if "COUNTER" in body.parameters]


@verifies("network/soak")
def test_no_post_is_repeated(boot, answer_times):
    """Each POST has a higher count than the one before."""
    seen = counts(boot)
    assert len(seen) >= POSTS - 5
    assert [pair for pair in pairwise(seen) if pair[1] <= pair[0]] == []


@verifies("network/soak")
def test_no_cycle_is_skipped(boot, answer_times):
    """No gap between two attempts reaches one and a half times the median."""
    starts = [attempt.started_ns for attempt in boot.soaked.attempts[:POSTS]]
    gaps = [(later - earlier) / 1e6 for earlier, later in pairwise(starts)]
    assert max(gaps) < 1.5 * statistics.median(gaps)


@verifies("network/soak")
def test_the_web_api_does_not_become_slower(answer_times, observed):
    """The web API answers at the end about as fast as at the beginning."""
    early, late = answer_times
    observed(f"median {early * 1000:.0f} ms early, {late * 1000:.0f} ms late")
    assert late < 3 * early + 0.25


@verifies("network/soak")
def test_the_device_does_not_restart(bench, answer_times):
    """No restart happens during the soak."""
    assert bench.look_for_unasked_restart() == []


@control("network/soak")
def test_the_counter_was_polled(bench, boot):
    boot.soaked.wait_for_requests(5)
    assert len(bench.vehicle.engine.requests) > 10
