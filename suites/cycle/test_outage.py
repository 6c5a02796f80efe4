"""Servers that fail for several cycles, each in its way, beside two that do not; then the Wi-Fi goes; then a name does not resolve."""

import pytest

from rig.bench import Reply
from rig.marks import control, verifies
from rig.oracle import schedule
from rig.pace import attempts_since, timing_of

HEALTHY = ("ahead", "behind")
FAILING = ("closed", "distrusted", "error")
OUTAGE_CYCLES = 5


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(
        ahead=bench.destination(),
        closed=bench.destination(),
        distrusted=bench.destination(),
        error=bench.destination(),
        behind=bench.destination(),
    )


@pytest.fixture(scope="module")
def pace_ms(bench, boot):
    """The median interval before the outage, of a destination that nothing stands before."""
    for name in FAILING:
        boot[name].wait_for_successes(2)
    return timing_of(boot.ahead, intervals=4).median_ms


@pytest.fixture(scope="module")
def out_ns(bench, pki, boot, pace_ms):
    """The beginning of the outage."""
    bench.event("stimulus", "one port refuses, one certificate is a stranger's, one server answers 500")
    boot.closed.receiver.pause()
    boot.distrusted.receiver.present(pki.stranger.issue(bench.host))
    boot.error.receiver.reply(Reply(status=500))
    return bench.now_ns()


@pytest.fixture(scope="module")
def over_ns(bench, pki, boot, out_ns):
    """The end of the outage, several cycles of a healthy neighbour later."""
    attempts_since(boot.ahead, out_ns, OUTAGE_CYCLES)
    attempts_since(boot.error, out_ns, 2)
    bench.event("stimulus", "all servers are in order again")
    boot.closed.receiver.resume()
    boot.distrusted.receiver.present(pki.trusted.issue(bench.host))
    boot.error.receiver.reply(Reply())
    return bench.now_ns()


@pytest.fixture(scope="module")
def link_back_ns(bench, boot, over_ns):
    """The end of an absence of the Wi-Fi, which comes when all send again."""
    for name in FAILING:
        attempts_since(boot[name], over_ns, 1)
    bench.event("stimulus", f"Wi-Fi away for {OUTAGE_CYCLES} cycles")
    bench.device.wifi_off()
    boot.ahead.quiet_for(OUTAGE_CYCLES * boot.ahead.destination.cycle_s)
    bench.device.wifi_on()
    return bench.now_ns()


@pytest.fixture(scope="module")
def unresolved(bench, boot, over_ns):
    """Another boot: between two destinations one whose host name does not resolve."""
    nowhere = bench.destination(host="no-such-name.rig.test")
    return bench.boot(ahead=boot.ahead.destination, nowhere=nowhere, behind=boot.behind.destination)


def served_again(watched, since_ns):
    """The first success since a moment, which the destination owes."""
    before = len([attempt for attempt in watched.successes if attempt.started_ns <= since_ns])
    return watched.expect_successes(before + 1)[-1]


def settled(boot, watched, since_ns):
    """Watches on for some cycles of a healthy destination, once the other one is served again."""
    attempts_since(boot.ahead, served_again(watched, since_ns).started_ns, 4)


def resumes(bench, watched, since_ns):
    served_again(watched, since_ns)
    starts, gap_s = [attempt.started_ns for attempt in watched.attempts], bench.profile.longest_gap_s(watched.destination.cycle_s)
    return schedule.resumes_within(since_ns, starts, watched.destination.cycle_ms, gap_s, bench.tolerance, bench.guard_ms(since_ns))


def no_burst(bench, boot, watched):
    starts = [attempt.started_ns for attempt in watched.attempts]
    return schedule.no_burst(starts, watched.destination.cycle_ms, bench.tolerance, bench.guard_ms(boot.ready_ns))


@control("destinations/failing-one-does-not-stop-others", "cycle/no-burst-after-outage")
def test_before_the_outage_all_were_served(boot, pace_ms):
    assert all(boot[name].successes for name in FAILING)


@verifies("destinations/failing-one-does-not-stop-others")
@pytest.mark.parametrize("name", HEALTHY)
def test_failing_destinations_do_not_stop_others(boot, pace_ms, out_ns, name):
    """While others are refused, distrusted or answered 500, it goes on being served, at more than half of its pace."""
    limit_s = 2 * OUTAGE_CYCLES * pace_ms / 1000
    before = len([attempt for attempt in boot[name].successes if attempt.started_ns < out_ns])
    last = boot[name].expect_successes(before + OUTAGE_CYCLES, limit_s)[-1]
    assert last.started_ns - out_ns < limit_s * 1e9


@verifies("cycle/no-burst-after-outage")
@pytest.mark.parametrize("name", FAILING)
def test_sending_resumes_after_an_outage(bench, boot, over_ns, observed, name):
    """Once its server is in order again, it is sent to within two cycles, or within the longest gap that the firmware makes."""
    observed(resumes(bench, boot[name], over_ns).conclude())


@verifies("cycle/no-burst-after-outage")
@pytest.mark.parametrize("name", FAILING)
def test_an_outage_is_followed_by_no_burst(bench, boot, over_ns, observed, name):
    """Before, in and after an outage of several cycles never more than n + 1 attempts start in n cycles."""
    settled(boot, boot[name], over_ns)
    observed(no_burst(bench, boot, boot[name]).conclude())


@pytest.mark.needs("wifi_control")
@verifies("cycle/no-burst-after-outage")
@pytest.mark.parametrize("name", ["ahead", "error", "behind"])
def test_the_return_of_the_wifi_brings_no_burst(bench, boot, link_back_ns, observed, name):
    """What was missed while the Wi-Fi was away is not sent at once when it is back: never more than n + 1 attempts start in n cycles."""
    settled(boot, boot[name], link_back_ns)
    observed(no_burst(bench, boot, boot[name]).conclude())


@verifies("destinations/failing-one-does-not-stop-others")
@pytest.mark.parametrize("name", HEALTHY)
def test_a_name_that_does_not_resolve_stops_no_other(unresolved, name):
    """Before and behind a destination whose host name does not resolve, others are served again and again."""
    assert unresolved[name].expect_successes(5)
