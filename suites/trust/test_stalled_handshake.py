"""A server that accepts and says nothing, and one that stops in the middle of the handshake."""

import pytest

from rig.bench import SilentOnAccept, StallHandshake
from rig.marks import control, verifies
from rig.oracle import posts, schedule

# None of them gives up before the device does.
STALLS = {"silent": SilentOnAccept(for_s=45.0), "stalled": StallHandshake(for_s=45.0)}


@pytest.fixture(scope="module")
def boot(bench):
    """One destination alone: where destinations are served in turn, no other takes time that is not its own."""
    boot = bench.boot(only=bench.destination())
    boot.only.wait_for_successes(1)
    boot.only.receiver.connection_script([STALLS["silent"], None, STALLS["stalled"], None])
    return boot


@pytest.fixture
def stall(bench, boot, name):
    """The connection that stalled, which by now should be over."""

    def stalled():
        return [connection for connection in boot.only.connections if connection.act == str(STALLS[name])]

    boot.only.receiver.wait(lambda _: bool(stalled()), boot.only.patience.within(4) + bench.profile.time_limit_s)
    (connection,) = posts.needed(stalled(), "an attempt that meets the stalled server")
    boot.only.receiver.wait(lambda _: connection.closed_ns is not None, bench.profile.time_limit_s + 3)
    return connection


@pytest.fixture
def after(boot, stall):
    """The attempts after it, of which there should be one by now."""
    posts.needed(stall.closed_ns, "an end of the stall")
    boot.only.receiver.wait(lambda _: following(boot.only, stall)[:1] != [], boot.only.patience.within(2))
    return following(boot.only, stall)


def following(watched, connection):
    return [other for other in watched.handshakes if other.number > connection.number]


@verifies("trust/stalled-handshake")
@pytest.mark.parametrize("name", STALLS)
def test_a_stall_costs_at_most_the_time_limit(bench, stall, name, observed):
    """The device gives the attempt up within the time limit."""
    lasted_s = ((stall.closed_ns or bench.now_ns()) - stall.accepted_ns) / 1e9
    observed(f"{'given up' if stall.closed_ns else 'not given up'} after {lasted_s:.2f} s, the limit is {bench.profile.time_limit_s:g} s")
    assert lasted_s < bench.profile.time_limit_s + 1 + bench.guard_ms(stall.accepted_ns) / 1000


@verifies("trust/stalled-handshake")
@pytest.mark.parametrize("name", STALLS)
def test_after_a_stall_the_destination_tries_again(bench, boot, stall, after, name, observed):
    """The next attempt comes within two cycles of the end of the stall, or within the longest gap."""
    starts = [connection.started_ns for connection in after]
    # On a grid of whole seconds the next attempt may come in the moment that ends the stall.
    over_ns, gap_s = min([stall.closed_ns, *starts]), bench.profile.longest_gap_s(boot.only.destination.cycle_s)
    observed(schedule.resumes_within(over_ns, starts, 1000, gap_s, bench.tolerance, bench.guard_ms(over_ns)).conclude())


@verifies("trust/stalled-handshake")
@pytest.mark.parametrize("name", STALLS)
def test_after_a_stall_a_good_server_is_served(boot, after, name):
    """The attempt after the stall gets through."""
    assert boot.only.requests_on(after[:1])


@control("trust/stalled-handshake")
def test_a_server_that_does_not_stall_is_served(boot):
    assert boot.only.wait_for_successes(1)
