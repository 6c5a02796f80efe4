"""Servers that insist on a client certificate, and sets that have none, half of one, or a key that does not fit."""

from ssl import TLSVersion

import pytest

from rig.bench import CertSet, Reply, ServerTls, shown
from rig.marks import applies_only_if, control, verifies
from rig.oracle import context, posts

UNUSABLE = ("mismatched", "certificate_only", "key_only")
MISSING = ("missing", "missing_on_tls_1_2")


@pytest.fixture(scope="module")
def fleet(pki):
    return pki.authority("Rig Fleet Root")


@pytest.fixture(scope="module")
def sets(pki, fleet):
    """A whole identity, one whose key is another's, and the two halves of one; the device may refuse to store them."""
    ca, own, other = pki.trusted.certificate_pem, fleet.client("wican-own"), fleet.client("wican-other")
    return {
        "whole": CertSet("rig-whole", ca=ca, client_certificate=own.chain_pem, client_key=own.key_pem),
        "mismatched": CertSet("rig-mismatched", ca=ca, client_certificate=own.chain_pem, client_key=other.key_pem),
        "certificate_only": CertSet("rig-certificate-only", ca=ca, client_certificate=own.chain_pem),
        "key_only": CertSet("rig-key-only", ca=ca, client_key=own.key_pem),
    }


@pytest.fixture(scope="module")
def uploads(bench, sets):
    return {name: bench.sets.offer(cert_set) for name, cert_set in sets.items()}


@pytest.fixture(scope="module")
def boot(bench, fleet, sets, uploads):
    """Servers that insist on a client certificate; the unusable identities only where the device took the set."""
    newest = ServerTls(client_ca=fleet.certificate_pem, require_client_certificate=True)
    older = ServerTls(client_ca=fleet.certificate_pem, require_client_certificate=True, maximum=TLSVersion.TLSv1_2)
    whole = bench.receiver(tls=newest)
    whole.reply(Reply(status=500))
    there = bench.device.web.cert_sets()
    taken = {name: cert_set.name for name, cert_set in sets.items() if name in UNUSABLE and cert_set.name in there}
    return bench.boot(
        missing=bench.destination(bench.receiver(tls=newest)),
        whole=bench.destination(whole, cert_set=sets["whole"].name),
        missing_on_tls_1_2=bench.destination(bench.receiver(tls=older)),
        **{name: bench.destination(bench.receiver(tls=newest), cert_set=cert_set) for name, cert_set in taken.items()},
    )


@pytest.fixture(scope="module")
def relented_ns(bench, boot, pki):
    """When the first of the servers that got no identity stopped asking for one; the others follow once it had its success.

    Until then no destination had a success: a device that keeps one note of success for all of them owes the first its context.
    """
    for name in MISSING:
        boot[name].receiver.wait(
            lambda _, name=name: len(boot[name].handshakes) >= shown.times(bench.profile), boot[name].patience.within(3)
        )
    bench.event("stimulus", "the servers stop asking for a client certificate, and answer with success")
    moment_ns = bench.now_ns()
    boot.missing.receiver.present(pki.trusted.issue(bench.host), ServerTls())
    boot.missing.receiver.wait(lambda _: bool(boot.missing.successes), boot.missing.patience.next_s)
    boot.missing_on_tls_1_2.receiver.present(pki.trusted.issue(bench.host), ServerTls())
    boot.whole.receiver.reply(Reply())
    return moment_ns


@verifies("mtls/missing-identity")
@pytest.mark.parametrize("name", MISSING)
def test_without_an_identity_the_server_takes_no_post(boot, relented_ns, name):
    """While the server insists on a client certificate, no POST gets through."""
    boot[name].wait_for_handshakes(2)
    before = [connection for connection in boot[name].connections if connection.accepted_ns < relented_ns]
    assert [request.target for request in boot[name].requests_on(before)] == []
    assert {connection.client_certificate for connection in before} == {None}


@verifies("mtls/missing-identity")
@pytest.mark.parametrize("name", MISSING)
def test_without_an_identity_the_destination_keeps_trying(bench, boot, relented_ns, name):
    """It tries again and again, and gets through once the server no longer asks."""
    boot[name].expect_handshakes(shown.times(bench.profile))
    boot[name].expect_successes(1, boot[name].patience.within(2))


@verifies("mtls/missing-identity")
def test_a_refused_attempt_is_no_success(boot, relented_ns):
    """The first POST that the server takes still carries config and status: none before it was counted as a success."""
    failed = [post for post in posts.read(boot.whole.attempts) if post.started_ns < relented_ns]
    complete = all(context.missing_blocks(post.body.data) == [] for post in failed)
    applies_only_if(complete, "a destination that failed otherwise does not send its context again and again here")
    boot.missing.wait_for_successes(1, boot.missing.patience.next_s)
    assert context.first_success_without_context(posts.story(boot.missing.attempts)) == []


@verifies("mtls/missing-identity")
def test_a_refused_attempt_is_no_success_on_tls_1_2(boot, relented_ns):
    """The same at a server without TLS 1.3, where the destination succeeds after another one has."""
    for watched in (boot.whole, boot.missing_on_tls_1_2):
        watched.wait_for_successes(1, watched.patience.next_s)
    late = context.first_success_without_context(posts.story(boot.whole.attempts)) == []
    applies_only_if(late, "a destination that succeeds after another one gets no context here, whatever its server did")
    assert context.first_success_without_context(posts.story(boot.missing_on_tls_1_2.attempts)) == []


@control("mtls/missing-identity", "mtls/mismatched-key")
def test_a_destination_with_an_identity_sends(boot, relented_ns):
    assert boot.whole.wait_for_requests(1)


@verifies("mtls/mismatched-key")
@pytest.mark.parametrize("name", UNUSABLE)
def test_with_an_unusable_identity_the_server_takes_no_post(boot, uploads, relented_ns, name, observed):
    """The set is refused, or a server that insists on a client certificate gets no POST, while a neighbour makes six attempts."""
    observed(f"upload answered {uploads[name].status}, destination stored: {name in boot.watched}")
    boot.whole.wait_for_requests(6)
    watched = boot.watched.get(name)
    assert [request.target for request in (watched.requests if watched else [])] == []
    assert {connection.client_certificate for connection in (watched.connections if watched else [])} <= {None}


@verifies("mtls/mismatched-key")
def test_other_destinations_go_on(boot, relented_ns):
    """A destination beside those with unusable identities goes on sending."""
    boot.whole.expect_requests(6)


@verifies("mtls/mismatched-key")
def test_an_unusable_identity_restarts_nothing(bench, boot, relented_ns):
    """The device does not restart over them."""
    boot.whole.receiver.wait(lambda _: len(boot.whole.requests) >= 6, boot.whole.patience.within(6))
    assert bench.look_for_unasked_restart() == []
