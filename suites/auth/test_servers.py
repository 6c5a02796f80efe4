"""A token before servers that refuse it, redirect it, or may not have it at all."""

import pytest

from rig.bench import PlainHttp, Reply
from rig.marks import control, verifies

TOKEN = "a-token-for-one-server-only"


@pytest.fixture(scope="module")
def elsewhere(bench, pki):
    """Where the redirect leads: another host by name, with a certificate that is good for it."""
    return bench.receiver(pki.trusted.issue(bench.address, bench.host), name="elsewhere")


@pytest.fixture(scope="module")
def boot(bench, pki, elsewhere):
    unauthorized = bench.receiver()
    unauthorized.script([Reply(status=401), Reply(status=401, headers=(("WWW-Authenticate", "Bearer"),)), Reply(status=401)])
    redirecting = bench.receiver()
    leads = f"https://{bench.address}:{elsewhere.port}/redirected"
    redirecting.script([Reply.redirect(status, leads) for status in (301, 302, 303, 307, 308)])
    distrusted = bench.receiver(pki.stranger.issue(bench.host))
    plain = bench.receiver()
    plain.on_connection(PlainHttp())
    return bench.boot(
        good=bench.destination(bearer=TOKEN),
        unauthorized=bench.destination(unauthorized, bearer=TOKEN),
        redirecting=bench.destination(redirecting, bearer=TOKEN),
        distrusted=bench.destination(distrusted, bearer=TOKEN),
        plain=bench.destination(plain, bearer=TOKEN),
    )


@control("auth/token-only-to-verified-server", "auth/redirect-does-not-leak")
def test_a_verified_server_gets_the_token(boot):
    assert all(request.header("Authorization") == [f"Bearer {TOKEN}"] for request in boot.good.wait_for_requests(3))


@verifies("auth/unauthorized-is-retried")
def test_after_401_it_tries_again_and_succeeds(boot):
    """Three answers of 401 stop nothing: the destination tries again, with its token, until the server accepts."""
    boot.unauthorized.expect_successes(2, boot.unauthorized.patience.within(6))
    sent = [request.header("Authorization") for request in boot.unauthorized.requests]
    assert sent[:5] == [[f"Bearer {TOKEN}"]] * 5
    assert [attempt.status for attempt in boot.unauthorized.attempts[:4]] == [401, 401, 401, 200]


@control("auth/unauthorized-is-retried")
def test_a_server_that_accepts_at_once_is_served(boot):
    assert boot.good.wait_for_successes(3)


@verifies("auth/redirect-does-not-leak")
def test_a_redirect_does_not_carry_the_token_to_another_host(boot, elsewhere, observed):
    """Where a redirect to another host is followed at all, the token does not go along."""
    boot.redirecting.wait_for_requests(6)
    followed = elsewhere.requests
    observed(f"{len(followed)} of 5 redirects followed")
    assert not [request for request in followed if TOKEN.encode() in request.head]


@verifies("auth/token-only-to-verified-server")
def test_an_unverified_server_gets_nothing(boot):
    """A server whose certificate does not verify sees no byte of application data."""
    boot.distrusted.wait_for_handshakes(3)
    assert [connection.application_bytes for connection in boot.distrusted.connections] == [0] * len(boot.distrusted.connections)
    assert boot.distrusted.requests == []


@verifies("auth/token-only-to-verified-server")
def test_the_token_is_never_sent_in_plain_text(boot):
    """A server that speaks plain HTTP on the port never reads the token."""
    boot.plain.wait_for_handshakes(3)
    assert not [connection for connection in boot.plain.connections if TOKEN.encode() in connection.plain_text]
