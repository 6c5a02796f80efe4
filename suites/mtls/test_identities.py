"""Servers that ask for a client certificate: each destination shows the identity of its own set, or none."""

from ssl import TLSVersion

import pytest

from rig.bench import CertSet, ServerTls
from rig.marks import control, verifies
from rig.pki import KeyKind

FIRST, SECOND, RSA = "rig-identity-1", "rig-identity-2", "rig-identity-rsa"


@pytest.fixture(scope="module")
def fleet(pki):
    return pki.authority("Rig Fleet Root")


@pytest.fixture(scope="module")
def identities(fleet):
    return {FIRST: fleet.client("wican-first"), SECOND: fleet.client("wican-second"), RSA: fleet.client("wican-rsa", key=KeyKind.RSA_2048)}


@pytest.fixture(scope="module")
def boot(bench, pki, fleet, identities):
    """Three servers insist on a client certificate of the fleet, two only ask for one; every identity would do for each of them."""
    ca = pki.trusted.certificate_pem
    sets = {name: CertSet(name, ca=ca, client_certificate=one.chain_pem, client_key=one.key_pem) for name, one in identities.items()}
    newest = ServerTls(client_ca=fleet.certificate_pem, require_client_certificate=True)
    older = ServerTls(client_ca=fleet.certificate_pem, require_client_certificate=True, maximum=TLSVersion.TLSv1_2)
    asking = ServerTls(client_ca=fleet.certificate_pem)
    return bench.boot(
        first=bench.destination(bench.receiver(tls=newest), cert_set=sets[FIRST]),
        first_on_tls_1_2=bench.destination(bench.receiver(tls=older), cert_set=sets[FIRST]),
        without=bench.destination(bench.receiver(tls=asking)),
        second=bench.destination(bench.receiver(tls=asking), cert_set=sets[SECOND]),
        rsa=bench.destination(bench.receiver(tls=newest), cert_set=sets[RSA]),
        unasked=bench.destination(cert_set=sets[FIRST]),
    )


def presented(identities, watched, connections):
    """Which identity each connection was shown, by the name of its set."""
    names = {one.certificate_der: name for name, one in identities.items()} | {None: "none"}
    return [names.get(connection.client_certificate, "one that nobody stored") for connection in connections]


def settled(watched, count=5):
    """The connections over which a destination made its first so many POSTs, and those between."""
    watched.expect_requests(count)
    last = watched.requests[count - 1].connection
    return [connection for connection in watched.connections if connection.number <= last]


@verifies("mtls/identity-presented")
@pytest.mark.parametrize(("name", "expected"), [("first", FIRST), ("first_on_tls_1_2", FIRST), ("second", SECOND), ("rsa", RSA)])
def test_a_server_that_asks_gets_the_identity_of_the_set(boot, identities, name, expected):
    """On every connection the server is shown the client certificate of the set, and verifies it, with TLS 1.2 as well as newer."""
    seen = settled(boot[name])
    assert set(presented(identities, boot[name], seen)) == {expected}


@control("mtls/identity-presented")
def test_a_server_that_does_not_ask_is_served(boot):
    assert boot.unasked.wait_for_requests(2)


@verifies("mtls/identities-do-not-mix")
def test_two_sets_present_two_identities(boot, identities):
    """Two destinations with different sets never show each other's identity, though either server would take both."""
    assert set(presented(identities, boot.first, shaken(boot.first))) == {FIRST}
    assert set(presented(identities, boot.second, shaken(boot.second))) == {SECOND}


@verifies("mtls/identities-do-not-mix")
def test_a_set_without_identity_presents_none(boot, identities):
    """A destination whose set has no client certificate shows none to a server that asks, and is served."""
    assert set(presented(identities, boot.without, shaken(boot.without))) == {"none"}


def shaken(watched, count=5):
    """The connections of a destination whose handshake was done, over so many attempts."""
    watched.wait_for_requests(count)
    return [connection for connection in watched.connections if connection.handshaken_ns is not None]


@control("mtls/identities-do-not-mix")
@pytest.mark.parametrize("name", ["first", "second", "without"])
def test_all_of_them_send(boot, name):
    assert boot[name].wait_for_requests(2)
