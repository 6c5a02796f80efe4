"""Sets from boot to boot: one stays, one is deleted, one is uploaded again with another CA; then the power is cut."""

import pytest

from rig.bench import CertSet, Present, ServerTls, shown
from rig.marks import control, verifies

KEPT, DELETED, REPLACED = "rig-kept", "rig-deleted", "rig-replaced"


@pytest.fixture(scope="module")
def identity(pki):
    return pki.authority("Rig Fleet Root").client("wican-kept")


@pytest.fixture(scope="module")
def leaves(bench, pki):
    """Servers of the deleted set's CA, and of the CAs that the replaced set has first and later."""
    return {name: pki.authority(f"Rig {name} root").issue(bench.host) for name in ("deleted", "old", "new")}


@pytest.fixture(scope="module")
def before(bench, pki, identity, leaves):
    kept = CertSet(KEPT, ca=pki.trusted.certificate_pem, client_certificate=identity.chain_pem, client_key=identity.key_pem)
    asking = ServerTls(client_ca=pki.authority("Rig Fleet Root").certificate_pem, require_client_certificate=True)
    boot = bench.boot(
        own=bench.destination(),
        kept=bench.destination(bench.receiver(tls=asking), cert_set=kept),
        deleted=bench.destination(bench.receiver(leaves["deleted"]), cert_set=holding(pki, DELETED, "deleted")),
        replaced=bench.destination(bench.receiver(leaves["old"]), cert_set=holding(pki, REPLACED, "old")),
    )
    for watched in boot:
        watched.receiver.wait(lambda _, watched=watched: bool(watched.successes), watched.patience.within(1))
    return boot


def holding(pki, name, authority):
    return CertSet(name, ca=pki.authority(f"Rig {authority} root").certificate_pem)


@pytest.fixture(scope="module")
def listed_before(bench, before):
    return bench.device.web.cert_sets()


@pytest.fixture(scope="module")
def changes(bench, pki, listed_before):
    """What the device answers to the deletion and to the new upload, and the list after them."""
    bench.event("stimulus", "delete a set, and upload another again with a new CA")
    deleted = bench.sets.forget(DELETED)
    replaced = bench.sets.offer(holding(pki, REPLACED, "new"))
    return deleted, replaced, bench.device.web.cert_sets()


@pytest.fixture(scope="module")
def after(bench, before, changes, leaves):
    """The reboot, after which the server of the replaced set shows its old and its new certificate in turn."""
    boot = bench.again(before)
    times = shown.times(bench.profile)
    new, old = Present(leaves["new"], label="new"), Present(leaves["old"], label="old")
    boot.replaced.receiver.present(leaves["new"])
    boot.replaced.receiver.connection_script([old, old, new, *[old] * times, new])
    return boot


@pytest.fixture(scope="module")
def cut(bench, before, after):
    for name in ("own", "kept"):
        after[name].wait_for_requests(6)
    after.replaced.receiver.wait(lambda _: len(met(after, "new")) >= 2, after.replaced.patience.within(8))
    return bench.power_cycle(after)


def met(boot, name):
    return [connection for connection in boot.replaced.handshakes if connection.act == name]


@verifies("certs/sets-persist")
def test_sets_are_listed_after_a_reboot_as_before(bench, changes, after):
    """After the reboot the list shows each set with the parts that it had before."""
    assert bench.device.web.cert_sets() == changes[2]


@verifies("certs/sets-persist")
def test_a_set_is_trusted_after_a_reboot(after):
    """After the reboot a server of the set's CA is served as before, with the identity that the set holds."""
    after.kept.expect_requests(3)


@verifies("certs/sets-persist")
@pytest.mark.needs("power_control")
def test_sets_survive_a_power_cut(bench, changes, cut):
    """After a power cut the list is the same, and the servers of the sets' CAs are served."""
    assert bench.device.web.cert_sets() == changes[2]
    cut.kept.expect_requests(2)
    cut.own.expect_requests(2)


@control("certs/sets-persist", "certs/deleted-set", "certs/replaced-set")
def test_every_set_was_trusted_before(before):
    for watched in before:
        watched.wait_for_successes(1)


@verifies("certs/deleted-set")
def test_a_deleted_set_is_gone_from_the_list(bench, changes, after):
    """The deletion is accepted, and the list shows the set no more, neither at once nor after a reboot."""
    deleted, _, listed = changes
    assert deleted.ok, deleted.text
    assert DELETED not in listed
    assert DELETED not in bench.device.web.cert_sets()


@verifies("certs/deleted-set")
def test_a_deleted_set_makes_nobody_trusted(after, observed):
    """After the reboot a destination that names it sends nothing to a server that only that set trusted."""
    after.own.wait_for_requests(6)
    observed(", ".join(sorted({shown.ended(connection) for connection in after.deleted.handshakes})) or "no attempt")
    assert [shown.ended(connection) for connection in after.deleted.handshakes if not connection.refused] == []
    assert after.deleted.requests == []


@verifies("certs/deleted-set")
@pytest.mark.needs("power_control")
def test_a_deleted_set_does_not_come_back_with_the_power(bench, cut):
    """After a power cut the deleted set is still gone, and its server still gets nothing."""
    cut.own.wait_for_requests(3)
    assert DELETED not in bench.device.web.cert_sets()
    assert [shown.ended(connection) for connection in cut.deleted.handshakes if not connection.refused] == []


@control("certs/deleted-set", "certs/sets-persist")
def test_every_set_was_listed_before(listed_before):
    assert {KEPT, DELETED, REPLACED} <= listed_before.keys()


@control("certs/deleted-set")
def test_the_device_sends_after_the_reboot(after):
    assert after.own.wait_for_requests(6)


@verifies("certs/replaced-set")
def test_the_new_ca_of_a_replaced_set_is_trusted(changes, after):
    """The upload under the same name is accepted, and after the reboot a server of the new CA is served."""
    assert changes[1].ok, changes[1].text
    after.replaced.expect_successes(2, after.replaced.patience.within(7))


@verifies("certs/replaced-set")
def test_the_old_ca_of_a_replaced_set_is_trusted_no_more(bench, after, observed):
    """After the reboot a server of the old CA is refused every time."""
    seen = after.replaced.wait_for_acts("old", 2 + shown.times(bench.profile), after.replaced.patience.within(8))
    observed(", ".join(shown.ended(connection) for connection in seen))
    assert [shown.ended(connection) for connection in seen if not connection.refused] == []
