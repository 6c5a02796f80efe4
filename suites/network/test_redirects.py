"""Redirects: whether they are followed, and that none of them leads out of TLS."""

import pytest

from rig.bench import PlainHttp, Reply
from rig.marks import control, verifies

STATUSES = (301, 302, 303, 307, 308)


@pytest.fixture(scope="module")
def inside(bench):
    return bench.receiver(name="redirect-target")


@pytest.fixture(scope="module")
def outside(bench):
    """A plain HTTP server; what it reads, it reads in the clear."""
    receiver = bench.receiver(name="plain-target")
    receiver.on_connection(PlainHttp())
    return receiver


@pytest.fixture(scope="module")
def boot(bench, inside, outside):
    redirecting, downgrading = bench.receiver(), bench.receiver()
    redirecting.script([Reply.redirect(status, f"https://{bench.host}:{inside.port}/redirected/{status}") for status in STATUSES])
    downgrading.script([Reply.redirect(status, f"http://{bench.host}:{outside.port}/plain/{status}") for status in STATUSES])
    return bench.boot(
        plain=bench.destination(),
        redirecting=bench.destination(redirecting, bearer="redirected-token"),
        downgrading=bench.destination(downgrading, bearer="downgraded-token"),
    )


@control("network/redirect-stays-encrypted")
def test_without_a_redirect_it_is_served(boot):
    assert boot.plain.wait_for_successes(3)


@verifies("network/redirects")
def test_what_becomes_of_redirects_is_reported(boot, inside, observed):
    """For each of 301, 302, 303, 307 and 308: followed or not, with which method, body and token."""
    boot.redirecting.wait_for_requests(len(STATUSES) + 1)
    for status in STATUSES:
        sent = [request for request in inside.requests if request.target == f"/redirected/{status}"]
        words = [f"{request.method}, {len(request.body)} bytes, token {bool(request.header('Authorization'))}" for request in sent]
        observed(f"{status}: {words[0] if words else 'not followed'}")


@verifies("network/redirect-stays-encrypted")
def test_a_redirect_to_http_sends_nothing_in_plain_text(boot, outside):
    """The plain HTTP server to which five redirects lead reads nothing that could be telemetry, token or request."""
    boot.downgrading.wait_for_requests(len(STATUSES) + 1)
    assert outside.requests == []
    assert [connection.plain_text[:80] for connection in outside.connections if b"HTTP" in connection.plain_text] == []
