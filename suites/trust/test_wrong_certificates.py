"""Custom sets: servers with a certificate that is wrong in one way, each shown several times in a row after its right twin."""

from datetime import UTC, datetime

import pytest

from rig.bench import shown
from rig.marks import control, verifies
from rig.oracle import posts, schedule
from rig.pki import wrong

REQUIREMENTS = {name: id_ for name, id_ in wrong.requirements().items() if name != "ip-address-missing"}
# A twin that an ordinary CA issued with nothing about it that a device might stumble over.
PLAIN = ("other-ca", "same-name-other-key", "self-signed", "expired", "not-yet-valid", "other-host", "client-usage-only")
# A device may refuse name constraints altogether; that it takes a chain of the same shape shows enough.
CONTROLS = {name: name for name in REQUIREMENTS} | {"name-constraint-violated": "intermediate-no-ca"}
PROMISED = {name: id_ for name, id_ in REQUIREMENTS.items() if id_ in ("trust/intermediate-must-be-sent", "trust/wildcard-one-label")}


def each(mark, names):
    return pytest.mark.parametrize("name", [pytest.param(name, marks=mark(REQUIREMENTS[name])) for name in names])


@pytest.fixture(scope="module")
def boot(bench):
    """Six destinations with good servers; the device is given the time first, as its own page gives it on every load."""
    bench.device.web.set_clock(datetime.now(UTC))
    return bench.boot(**{f"destination_{number}": bench.destination() for number in range(1, 7)})


@pytest.fixture(scope="module")
def show(bench, boot, pki):
    """Every case, shown to one destination or another until all are through."""
    return shown.Show.of(wrong.cases(pki.trusted, bench.host).values(), boot, bench.profile)


@each(verifies, REQUIREMENTS)
def test_a_wrong_server_gets_nothing(show, name, observed):
    """Each time the device breaks off, and not one byte of application data reaches the server."""
    seen = show.wrong(name)
    observed(", ".join(shown.ended(connection) for connection in seen))
    assert [shown.ended(connection) for connection in seen if not connection.refused] == []


@each(control, [name for name in REQUIREMENTS if name not in PROMISED])
def test_its_right_twin_is_served(show, name):
    assert show.unserved(CONTROLS[name]) == []


@each(verifies, PROMISED)
def test_a_right_server_of_that_kind_is_served(show, name):
    """A chain whose intermediate is sent, and a wildcard that stands for exactly one label, are accepted."""
    show.at(name).wait_for_successes(1)
    assert show.unserved(name) == []


@verifies("trust/name-constraints")
def test_whether_a_name_within_the_constraints_is_accepted_is_reported(show, observed):
    """A certificate inside its CA's name constraints may be accepted; whether it is, is reported."""
    name = "name-constraint-violated"
    observed(f"inside the constraints: {' '.join(show.unserved(name)) or 'accepted'}")


@verifies("trust/custom-accepts-own-ca")
def test_servers_of_the_sets_ca_are_served(boot):
    """At all six destinations a server issued by the CA of the set is served from the first attempt on."""
    for watched in boot:
        assert shown.unserved(watched, watched.wait_for_handshakes(1)) == []


@verifies("trust/custom-accepts-own-ca")
@pytest.mark.parametrize("name", PLAIN)
def test_servers_of_the_sets_ca_are_served_whenever_they_are_met(show, name):
    """Whatever servers the destination has met before, one that the CA of the set issued is served."""
    assert show.unserved(name) == []


@verifies("trust/recovers-without-reboot")
def test_after_each_refusal_the_next_attempt_comes_in_time(bench, boot, show, observed):
    """After each refusal the destination tries again within two cycles, or the longest gap."""
    for watched in boot:
        refusals = posts.needed([one for one in watched.handshakes if one.refused], "a refusal")
        observed(f"{watched.name}: {len(refusals)} refusals")
        for refusal in refusals:
            resumed_in_time(bench, watched, refusal).conclude()


def resumed_in_time(bench, watched, refusal):
    def later():
        return [connection.started_ns for connection in watched.connections if connection.number > refusal.number]

    watched.receiver.wait(lambda _: bool(later()), watched.patience.next_s)
    over_ns, cycle_ms = min([refusal.closed_ns, *later()]), watched.destination.cycle_ms
    gap_s = bench.profile.longest_gap_s(watched.destination.cycle_s)
    return schedule.resumes_within(over_ns, later(), cycle_ms, gap_s, bench.tolerance, bench.guard_ms(over_ns))


@verifies("trust/recovers-without-reboot")
def test_a_good_server_after_all_of_them_is_served_without_a_reboot(bench, boot, show):
    """After every wrong server each destination serves a good one again, and the device has not restarted."""
    for watched in boot:
        watched.expect_requests(len(watched.requests) + 1, watched.patience.within(1))
    assert bench.look_for_unasked_restart() == []


@control("trust/recovers-without-reboot")
def test_before_the_wrong_servers_good_ones_were_served(boot):
    assert all(watched.wait_for_successes(1) for watched in boot)


@verifies("trust/alerts")
@pytest.mark.parametrize("name", REQUIREMENTS)
def test_the_alert_of_each_refusal_is_reported(show, name, observed):
    """With which alert, or without one, the device refuses."""
    observed(", ".join(sorted({shown.ended(connection) for connection in show.wrong(name)})))
