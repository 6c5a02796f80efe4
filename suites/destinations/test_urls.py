"""URLs that an HTTPS destination should not have, and one as long as the page takes."""

import pytest

from rig.bench import PlainHttp, taken
from rig.marks import control, verifies

LONGEST = 1024
SCHEMES = {"http": "http://", "capitals": "HTTPS://", "none": "", "other": "ftp://"}
TOKEN = "a-token-for-no-one-in-plain-text"


@pytest.fixture(scope="module")
def offered(bench, pki):
    """Servers that the device must not trust, so that what is sent over unverified TLS shows as well; one of them speaks plain HTTP."""
    receivers = {name: bench.receiver(pki.stranger.issue(bench.host), name=f"scheme-{name}") for name in SCHEMES}
    receivers["http"].on_connection(PlainHttp())
    return {
        name: bench.destination(receiver, url=f"{SCHEMES[name]}{bench.host}:{receiver.port}/ingest", bearer=TOKEN)
        for name, receiver in receivers.items()
    }


@pytest.fixture(scope="module")
def long(bench):
    receiver = bench.receiver(name="long-url")
    beginning = f"https://{bench.host}:{receiver.port}"
    return bench.destination(receiver, path="/" + "0123456789abcdef" * 64, url=(beginning + "/" + "0123456789abcdef" * 64)[:LONGEST])


@pytest.fixture(scope="module")
def boot(bench, offered, long):
    """Those that the device stores, beside an ordinary one."""
    return bench.boot(plain=bench.destination(bearer=TOKEN), **taken(bench, long=long, **offered))


@control("destinations/https-only")
def test_a_url_with_https_is_served_over_tls(boot):
    assert all(request.encrypted for request in boot.plain.wait_for_requests(4))


@verifies("destinations/https-only")
@pytest.mark.parametrize("name", SCHEMES)
def test_nothing_is_sent_in_plain_text(boot, observed, offered, name):
    """It is refused when stored, or nothing is sent, or sending is left to verified TLS: no byte of it arrives in plain text."""
    boot.plain.wait_for_requests(5)
    connections = offered[name].receiver.connections
    observed(f"{'stored' if name in boot.watched else 'refused when stored'}, {len(connections)} connections")
    assert [connection.plain_text[:80] for connection in connections if is_http(connection.plain_text)] == []
    assert [request for request in offered[name].receiver.requests if not request.encrypted] == []


@verifies("destinations/https-only")
@pytest.mark.parametrize("name", SCHEMES)
def test_nothing_is_sent_to_a_server_that_is_not_trusted(boot, offered, name):
    """Over TLS nothing is sent to a server whose certificate does not verify, either."""
    boot.plain.wait_for_requests(5)
    assert [connection.application_bytes for connection in offered[name].receiver.connections if connection.application_bytes] == []


@control("destinations/long-url")
def test_a_short_url_arrives_whole(boot):
    assert {request.target for request in boot.plain.wait_for_requests(3)} == {"/ingest"}


@verifies("destinations/long-url")
def test_a_long_url_arrives_whole_or_is_refused(boot, long, observed):
    """A URL of 1024 characters arrives whole in every request, or is refused when it is stored."""
    observed("stored" if "long" in boot.watched else "refused when stored")
    for watched in [boot.watched["long"]] if "long" in boot.watched else []:
        target = long.url.partition(f":{long.receiver.port}")[2]
        attempts = watched.expect_attempts(4)[:3]
        assert [attempt.request.target if attempt.request else "no request" for attempt in attempts] == [target] * 3


@verifies("destinations/long-url")
def test_no_request_lacks_its_head(boot, long):
    """Nothing arrives over TLS that is no whole request."""
    boot.plain.wait_for_requests(5)
    assert [connection.decrypted[:80] for connection in long.receiver.connections if connection.decrypted] == []


def is_http(data):
    """Whether it is anything but a TLS record (RFC 8446, 5.1: a handshake begins with 22, an alert with 21)."""
    return bool(data) and data[0] not in {21, 22}
