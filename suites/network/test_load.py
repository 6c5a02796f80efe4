"""A web API that is read once a second, and a Wi-Fi that goes away and comes back."""

import pytest

from rig.marks import control, verifies
from rig.oracle import schedule

PAGES = ("/check_status", "/autopid_data", "/")


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(fast=bench.destination(), slow=bench.destination(cycle_ms=2000))


@pytest.fixture(scope="module")
def before(boot):
    """Ten intervals without anybody at the web API."""
    boot.fast.wait_for_attempts(12)
    return schedule.Timing.of_attempts(boot.fast.attempts[1:12], 1000)


@pytest.fixture(scope="module")
def during(bench, boot, before):
    """Eleven more, with a page of the web API read after each attempt."""
    have = len(boot.fast.attempts)
    bench.event("stimulus", "read the web API once a second")
    for number in range(1, 12):
        boot.fast.wait_for_attempts(have + number)
        bench.device.web.get(PAGES[number % len(PAGES)])
    return schedule.Timing.of_attempts(boot.fast.attempts[have : have + 11], 1000)


@verifies("network/api-load")
def test_reading_the_web_api_does_not_shift_the_cycles(bench, boot, before, during, observed):
    """The median interval stays, and no turn is left out."""
    observed(schedule.unshifted(before, during, bench.tolerance, bench.guard_ms(boot.ready_ns)).conclude())


@verifies("network/api-load")
def test_reading_the_web_api_does_not_restart_the_device(bench, during):
    """No restart happens while the web API is read."""
    assert bench.look_for_unasked_restart() == []


@control("network/api-load")
def test_the_web_api_answered(bench, during):
    assert [bench.device.web.get(page).status for page in PAGES] == [200] * 3


@pytest.fixture(scope="module")
def back_ns(bench, boot, during):
    """The moment at which the Wi-Fi is back, after it was away for three cycles."""
    have = len(boot.fast.attempts)
    bench.event("stimulus", "Wi-Fi away for three cycles")
    bench.device.wifi_off()
    boot.fast.quiet_for(3)
    bench.device.wifi_on()
    bench.event("stimulus", f"Wi-Fi back, after {len(boot.fast.attempts) - have} attempts")
    return bench.now_ns()


@pytest.mark.needs("wifi_control")
@verifies("network/wifi-loss")
def test_sending_resumes_when_the_wifi_is_back(bench, boot, back_ns):
    """Both destinations send again, within the longest gap or two cycles and the time the station needs."""
    for watched in boot:
        count = len([attempt for attempt in watched.attempts if attempt.started_ns < back_ns])
        watched.expect_successes(count + 1, watched.patience.within(2))
    assert bench.look_for_unasked_restart() == []
