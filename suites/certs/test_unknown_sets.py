"""Destinations that name a set which does not exist, before servers that default would accept; and a set that calls itself default."""

import pytest

from rig.bench import CertSet, shown
from rig.marks import control, verifies

pytestmark = pytest.mark.needs("default_bundle_anchor")
NAMES = ("never_made", "deleted")


@pytest.fixture(scope="module")
def offered(bench, pki):
    """The answer to a set named default; beside it another set is made and deleted again before the boot."""
    ca = pki.trusted.certificate_pem
    bench.sets.offer(CertSet("rig-gone", ca=ca))
    bench.sets.forget("rig-gone")
    yield bench.sets.offer(CertSet("default", ca=ca))
    bench.sets.forget("default")


@pytest.fixture(scope="module")
def boot(bench, pki, offered):
    public = pki.public.issue(bench.host)
    return bench.boot(
        may_refuse=True,
        own=bench.destination(),
        bundle=bench.destination(bench.receiver(public), cert_set="default"),
        never_made=bench.destination(bench.receiver(public), cert_set="rig-never-made"),
        deleted=bench.destination(bench.receiver(public), cert_set="rig-gone"),
    )


@verifies("certs/unknown-set-trusts-nothing")
@pytest.mark.parametrize("name", NAMES)
def test_a_set_that_does_not_exist_trusts_nobody(boot, name, observed):
    """Storing such a destination is refused, or it sends nothing, not even to a server of the bundle's root."""
    assert boot.refused or boot.own.wait_for_requests(6)
    observed(", ".join(sorted({shown.ended(one) for one in boot[name].handshakes})) or f"no attempt, stored: {not boot.refused}")
    assert [shown.ended(connection) for connection in boot[name].handshakes if not connection.refused] == []
    assert boot[name].requests == []


@verifies("certs/unknown-set-trusts-nothing")
def test_the_deleted_set_is_not_listed(bench, boot):
    """A set deleted before the boot is not in the list, nor is one that was never made."""
    assert {"rig-gone", "rig-never-made"} & bench.device.web.cert_sets().keys() == set()


@control("certs/unknown-set-trusts-nothing")
def test_the_same_server_is_served_under_default(boot):
    assert boot.refused or boot.bundle.wait_for_requests(4)


@verifies("certs/default-name-is-reserved")
def test_a_set_named_default_does_not_take_the_bundle_away(offered, boot, observed):
    """A set uploaded as default is refused, or a destination with default still serves a server of the bundle's root."""
    observed(f"uploading a set named default: {offered.status} {offered.text[:40]}")
    assert boot.refused or boot.bundle.expect_requests(4)
