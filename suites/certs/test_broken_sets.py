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
    """Six destinations with servers of the trusted authority; one of them has a set that says so."""
    spoilt = {name: bench.destination(cert_set=cert_set.name) for name, cert_set in sets.items()}
    return bench.boot(may_refuse=True, own=bench.destination(), **spoilt)


@pytest.fixture(scope="module")
def public(bench, pki, boot, sets):
    """Connections on which a destination with such a set met a server of the bundle's root, while the neighbour made six attempts."""
    boot.own.wait_for_requests(6)
    for name in sets:
        boot[name].receiver.connection_script([Present(pki.public.issue(bench.host), label="public")] * 2)
    boot.own.wait_for_requests(12, boot.own.patience.within(7))
    return {name: [connection for connection in boot[name].handshakes if connection.act == "public"] for name in sets}


def private(boot, name):
    """How such a destination took its private server while a neighbour made six attempts, without the times it broke off."""
    boot.own.wait_for_requests(6)
    seen = [connection for connection in boot[name].handshakes if connection.act is None]
    return [shown.ended(connection) for connection in seen if not connection.refused]


@verifies("certs/bad-pem")
@pytest.mark.parametrize("name", BROKEN)
def test_a_set_that_does_not_parse_makes_nobody_trusted(boot, uploads, name, observed):
    """The set is refused, or its destination sends nothing and trusts nobody unverified."""
    observed(f"upload answered {uploads[name].status}, destination {'refused' if boot.refused else 'stored'}")
    assert boot.refused or private(boot, name) == []
    assert (
        boot.refused or [request for request in boot[name].requests if request not in boot[name].requests_on(met_public(boot, name))] == []
    )


def met_public(boot, name):
    return [connection for connection in boot[name].handshakes if connection.act == "public"]


@verifies("certs/bad-pem")
@pytest.mark.needs("default_bundle_anchor")
@pytest.mark.parametrize("name", BROKEN)
def test_a_set_that_does_not_parse_does_not_fall_back_to_the_bundle(boot, public, name):
    """Nothing goes to a server of the bundle's root either."""
    assert [shown.ended(connection) for connection in public[name] if not connection.refused] == []


@control("certs/bad-pem", "certs/set-without-ca")
def test_the_same_server_is_served_with_a_whole_set(boot):
    assert boot.refused or boot.own.wait_for_requests(6)


@verifies("certs/set-without-ca")
def test_a_set_without_ca_makes_no_private_server_trusted(boot, uploads, observed):
    """The set is refused, or its destination sends nothing to a private server."""
    observed(f"upload answered {uploads['without_ca'].status}, destination {'refused' if boot.refused else 'stored'}")
    assert boot.refused or private(boot, "without_ca") == []


@verifies("certs/set-without-ca")
@pytest.mark.needs("default_bundle_anchor")
def test_whether_a_set_without_ca_falls_back_to_the_bundle_is_reported(public, observed):
    """What a destination with such a set does with a server of the bundle's root is reported."""
    observed(f"public server: {', '.join(shown.ended(connection) for connection in public['without_ca']) or 'no attempt'}")
