"""Sets that hold no CA, or none that can be read; the device may refuse to store them."""

import pytest

from rig.bench import CertSet, Present, shown
from rig.marks import control, verifies

BROKEN = ("text", "cut", "garbled", "key")


@pytest.fixture(scope="module")
def sets(pki):
    """The trusted authority's certificate, spoilt in several ways; and a client's identity without any CA."""
    pem, client = pki.trusted.certificate_pem, pki.authority("Rig Fleet Root").client("wican-without-ca")
    lines = pem.splitlines(keepends=True)
    return {
        "text": CertSet("rig-text", ca=b"this is no certificate\n"),
        "cut": CertSet("rig-cut", ca=pem[: len(pem) // 2]),
        "garbled": CertSet("rig-garbled", ca=b"".join([lines[0], lines[1][::-1].strip() + b"\n", *lines[2:]])),
        "key": CertSet("rig-key", ca=pki.trusted.key_pem),
        "without_ca": CertSet("rig-without-ca", client_certificate=client.chain_pem, client_key=client.key_pem),
    }


@pytest.fixture(scope="module")
def uploads(bench, sets):
    return {name: bench.sets.offer(cert_set) for name, cert_set in sets.items()}


@pytest.fixture(scope="module")
def boot(bench, sets, uploads):
    """Destinations with servers of the trusted authority; one has a set that says so, the others those sets that the device took."""
    there = bench.device.web.cert_sets()
    spoilt = {name: bench.destination(cert_set=cert_set.name) for name, cert_set in sets.items() if cert_set.name in there}
    return bench.boot(may_refuse=True, own=bench.destination(), **spoilt)


@pytest.fixture(scope="module")
def public(bench, pki, boot):
    """Servers of the bundle's root, shown to every destination with such a set while the neighbour makes six attempts."""
    boot.own.wait_for_requests(6)
    for name in boot.watched.keys() - {"own"}:
        boot[name].receiver.connection_script([Present(pki.public.issue(bench.host), label="public")] * 2)
    boot.own.wait_for_requests(12, boot.own.patience.within(7))


def took(boot, name, act):
    """How a destination took its private servers (act None), or those of the bundle's root; nothing where the device refused it."""
    handshakes = boot[name].handshakes if name in boot.watched and not boot.refused else []
    return [connection for connection in handshakes if connection.act == act]


def told(boot, uploads, name):
    """What the device answered, in words."""
    return f"upload answered {uploads[name].status}, destination {'refused' if boot.refused else f'stored: {name in boot.watched}'}"


@verifies("certs/bad-pem")
@pytest.mark.parametrize("name", BROKEN)
def test_a_set_that_does_not_parse_makes_nobody_trusted(boot, uploads, name, observed):
    """The set is refused, or its destination sends nothing and trusts nobody unverified."""
    observed(told(boot, uploads, name))
    assert boot.refused or boot.own.wait_for_requests(6)
    assert [shown.ended(connection) for connection in took(boot, name, None) if not connection.refused] == []


@verifies("certs/bad-pem")
@pytest.mark.needs("default_bundle_anchor")
@pytest.mark.parametrize("name", BROKEN)
def test_a_set_that_does_not_parse_does_not_fall_back_to_the_bundle(boot, public, name):
    """Nothing goes to a server of the bundle's root either."""
    assert [shown.ended(connection) for connection in took(boot, name, "public") if not connection.refused] == []


@control("certs/bad-pem", "certs/set-without-ca")
def test_the_same_server_is_served_with_a_whole_set(boot):
    assert boot.refused or boot.own.wait_for_requests(6)


@verifies("certs/set-without-ca")
def test_a_set_without_ca_makes_no_private_server_trusted(boot, uploads, observed):
    """The set is refused, or its destination sends nothing to a private server."""
    observed(told(boot, uploads, "without_ca"))
    assert boot.refused or boot.own.wait_for_requests(6)
    assert [shown.ended(connection) for connection in took(boot, "without_ca", None) if not connection.refused] == []


@verifies("certs/set-without-ca")
@pytest.mark.needs("default_bundle_anchor")
def test_whether_a_set_without_ca_falls_back_to_the_bundle_is_reported(boot, public, observed):
    """What a destination with such a set does with a server of the bundle's root is reported."""
    observed(f"public server: {', '.join(shown.ended(connection) for connection in took(boot, 'without_ca', 'public')) or 'no attempt'}")
