"""Private servers: under default they get nothing, whoever else trusts their CA; the exact certificate in a set is enough."""

import pytest

from rig.bench import CertSet, Present, shown
from rig.marks import control, verifies
from rig.pki import self_signed


@pytest.fixture(scope="module")
def boot(bench, pki):
    """A set on the device trusts the private CA, but the destinations with default do not use it."""
    acting, plain = self_signed(bench.host, authority=True, certifies=True), self_signed(bench.host)
    return bench.boot(
        own=bench.destination(),
        private=bench.destination(cert_set="default"),
        signed_by_itself=bench.destination(bench.receiver(self_signed(bench.host)), cert_set="default"),
        exact=bench.destination(bench.receiver(acting), cert_set=CertSet("rig-exact", ca=acting.certificate_pem)),
        exact_leaf=bench.destination(bench.receiver(plain), cert_set=CertSet("rig-exact-leaf", ca=plain.certificate_pem)),
    )


@pytest.fixture(scope="module")
def others_at_exact(bench, boot):
    """Connections on which another server that signed itself met the set with the exact certificate."""
    other = self_signed(bench.host, authority=True, certifies=True)
    boot.exact.wait_for_successes(1)
    boot.exact.receiver.connection_script([Present(other, label="other")] * shown.times(bench.profile))
    return boot.exact.wait_for_acts("other", shown.times(bench.profile))


def refused(watched, beside):
    """How the destination took its server while another made six attempts, without those it broke off."""
    watched.wait_for_handshakes(2)
    beside.wait_for_requests(6)
    return [shown.ended(connection) for connection in watched.handshakes if not connection.refused]


@verifies("trust/default-refuses-private-ca")
def test_default_refuses_a_private_ca(boot):
    """Every handshake is broken off, though a set on the device trusts the CA, and not one byte of HTTP is sent."""
    assert refused(boot.private, boot.own) == []
    assert boot.private.requests == []


@verifies("trust/self-signed-refused")
def test_default_refuses_a_self_signed_certificate(boot):
    """Every handshake with a server that only itself vouches for is broken off."""
    assert refused(boot.signed_by_itself, boot.own) == []
    assert boot.signed_by_itself.requests == []


@control("trust/default-refuses-private-ca", "trust/self-signed-refused")
def test_a_set_with_the_private_ca_accepts_it(boot):
    assert boot.own.wait_for_requests(6)


@verifies("trust/custom-accepts-exact-certificate")
def test_the_exact_certificate_in_the_set_is_accepted(boot):
    """A server whose own self-signed certificate, acting as its own CA, is the set's CA is served every time."""
    boot.exact.expect_successes(3)
    met = [connection for connection in boot.exact.handshakes if connection.act is None]
    assert shown.unserved(boot.exact, met) == []


@verifies("trust/custom-accepts-exact-certificate")
def test_another_certificate_of_the_same_kind_is_refused(others_at_exact):
    """Only the exact certificate is accepted: another one for the same host, signed by itself as well, gets nothing."""
    assert [shown.ended(connection) for connection in others_at_exact if not connection.refused] == []


@verifies("trust/custom-accepts-exact-certificate")
def test_whether_an_exact_certificate_that_is_no_ca_is_accepted_is_reported(boot, observed):
    """Whether the set may also hold a server's own certificate that does not act as a CA is reported."""
    observed(f"CA:FALSE: {' '.join(shown.unserved(boot.exact_leaf, boot.exact_leaf.wait_for_handshakes(1))) or 'accepted'}")


@verifies("trust/alerts")
def test_the_alerts_to_private_servers_are_reported(boot, observed):
    """With which alert, or without one, the device refuses private servers under default."""
    for watched in (boot.private, boot.signed_by_itself):
        observed(f"{watched.name}: {', '.join(sorted({shown.ended(one) for one in watched.wait_for_handshakes(2)}))}")
