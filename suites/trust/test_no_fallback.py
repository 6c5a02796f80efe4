"""Failures of every kind, again and again: none of them makes the device speak plain text or believe an unverified server."""

import pytest

from rig.bench import Garbage, PlainHttp, Present, Reply, ResetAfterHandshake, ResetInHandshake, ResetOnAccept, shown
from rig.marks import control, verifies

STRANGER = "stranger"
NAMES = ("plain", "distrusted", "reset", "erring", "closed")


@pytest.fixture(scope="module")
def boot(bench, pki):
    stranger = pki.stranger.issue(bench.host)
    plain, distrusted, reset, erring, closed = (
        bench.receiver(),
        *(bench.receiver(stranger) for _ in range(2)),
        bench.receiver(),
        bench.receiver(),
    )
    plain.on_connection(PlainHttp())
    erring.reply(Reply(status=500))
    boot = bench.boot(
        own=bench.destination(),
        plain=bench.destination(plain),
        distrusted=bench.destination(distrusted),
        reset=bench.destination(reset),
        erring=bench.destination(erring),
        closed=bench.destination(closed),
    )
    shown_after = [Present(stranger, label=STRANGER)] * 2
    boot.reset.receiver.connection_script(
        [ResetOnAccept(), ResetInHandshake(), Garbage(), *shown_after, None, ResetAfterHandshake(), *shown_after]
    )
    boot.erring.wait_for_requests(2)
    boot.erring.receiver.connection_script(shown_after)
    return boot


@pytest.fixture(scope="module")
def reopened(bench, boot, pki):
    """A port that was closed for four attempts of a neighbour, and then has a stranger's server."""
    boot.closed.wait_for_successes(1)
    bench.event("stimulus", "close a port for four cycles, then open it with a stranger's certificate")
    boot.closed.receiver.pause()
    boot.own.wait_for_requests(len(boot.own.requests) + 4)
    boot.closed.receiver.present(pki.stranger.issue(bench.host))
    opened_ns = bench.now_ns()
    boot.closed.receiver.resume()
    return opened_ns


@pytest.fixture(scope="module")
def over(boot, reopened):
    """The end of the watch: the neighbour has made twelve attempts, and each of the others its share."""
    boot.own.wait_for_requests(12, boot.own.patience.within(12))
    boot.distrusted.wait_for_handshakes(3)
    boot.plain.wait_for_handshakes(3)


@verifies("trust/no-plaintext-fallback")
def test_a_plain_server_gets_a_client_hello_and_no_request(boot, over, observed):
    """A plain HTTP server on the port gets a ClientHello each time, and never a readable request."""
    observed(f"{len(boot.plain.handshakes)} connections")
    assert [connection.plain_text[:80] for connection in boot.plain.handshakes if connection.plain_text] == []
    assert all(connection.hello for connection in boot.plain.handshakes if connection.hello_ns)
    assert boot.plain.requests == []


@verifies("trust/no-plaintext-fallback")
@pytest.mark.parametrize("name", NAMES)
def test_no_failure_leads_to_plain_text(boot, over, name):
    """After TLS failures, resets, error statuses and closed ports nothing is sent that is not TLS."""
    assert [connection.plain_text[:80] for connection in boot[name].connections if connection.plain_text] == []
    assert [request.target for request in boot[name].requests if not request.encrypted] == []


@verifies("trust/no-plaintext-fallback")
def test_an_unverified_server_stays_refused(boot, over):
    """However often a server that does not verify was refused, it is refused again."""
    boot.distrusted.wait_for_handshakes(3)
    assert [shown.ended(connection) for connection in boot.distrusted.handshakes if not connection.refused] == []


@verifies("trust/no-plaintext-fallback")
@pytest.mark.parametrize("name", ["reset", "erring"])
def test_other_failures_do_not_lead_to_an_unverified_connection(boot, over, name):
    """After resets, garbage and error statuses a server that does not verify is refused."""
    seen = boot[name].wait_for_acts(STRANGER, 2)
    assert [shown.ended(connection) for connection in seen if not connection.refused] == []


@verifies("trust/no-plaintext-fallback")
def test_a_closed_port_does_not_lead_to_an_unverified_connection(boot, reopened):
    """Once a port opens again with a server that does not verify, that server is refused."""
    boot.closed.receiver.wait(lambda _: bool(since(boot.closed, reopened)), boot.closed.patience.within(2))
    assert [shown.ended(connection) for connection in since(boot.closed, reopened) if not connection.refused] == []


def since(watched, moment_ns):
    return [connection for connection in watched.handshakes if connection.accepted_ns > moment_ns]


@control("trust/no-plaintext-fallback")
def test_a_verified_server_is_served(boot):
    assert boot.own.wait_for_requests(6)


@control("trust/no-plaintext-fallback")
def test_the_port_was_served_before_it_was_closed(boot):
    assert boot.closed.wait_for_successes(1)
