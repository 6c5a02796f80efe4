"""Destinations stored without a cert set: the key left out, and an empty name."""

import pytest

from rig.bench import Present, shown
from rig.marks import control, verifies

NAMES = ("left_out", "empty")


@pytest.fixture(scope="module")
def boot(bench):
    """A set on the device trusts the servers of all three, but only one destination uses it."""
    return bench.boot(
        may_refuse=True,
        own=bench.destination(),
        left_out=bench.destination(cert_set=None),
        empty=bench.destination(cert_set=""),
    )


@pytest.fixture(scope="module")
def public(bench, boot, pki):
    """Connections of a destination on which it met a server of the bundle's root."""
    act = Present(pki.public.issue(bench.host), label="public")
    for name in NAMES:
        boot[name].receiver.connection_script([act])

    def find(name):
        return boot[name].wait_for_acts("public")

    return find


@verifies("trust/no-set-means-default")
@pytest.mark.parametrize("name", NAMES)
def test_a_private_server_gets_nothing_from_a_destination_without_set(boot, name, observed):
    """Storing it is refused, or the destination verifies as with default, so that a private server gets no byte."""
    observed("refused when stored" if boot.refused else "stored")
    assert boot.refused or boot.own.wait_for_requests(6)
    seen = [connection for connection in boot[name].handshakes if connection.act is None]
    observed(", ".join(sorted({shown.ended(connection) for connection in seen})) or "no attempt")
    assert [shown.ended(connection) for connection in seen if not connection.refused] == []


@verifies("trust/no-set-means-default")
@pytest.mark.needs("default_bundle_anchor")
@pytest.mark.parametrize("name", NAMES)
def test_whether_a_public_server_is_served_is_reported(boot, public, name, observed):
    """A destination without set may serve a server of the bundle's root, as with default."""
    observed("refused when stored" if boot.refused else ", ".join(shown.ended(connection) for connection in public(name)))


@control("trust/no-set-means-default")
def test_a_destination_with_the_set_is_served(boot):
    assert boot.refused or boot.own.wait_for_requests(6)
