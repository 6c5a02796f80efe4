"""Tokens longer or stranger than the document speaks of; the device may refuse to store them."""

import pytest

from rig.marks import control, verifies

LONG = "".join(f"{number:04}" for number in range(128))
SPLITTING = {
    "header": "token\r\nX-Injected: yes",
    "request": "token\r\n\r\nGET /injected HTTP/1.1\r\nX-Injected: yes\r\n\r\n",
    "feed": "token\nX-Injected: yes",
}


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(may_refuse=True, long=bench.destination(bearer=LONG), plain=bench.destination())


@pytest.fixture(scope="module")
def splitting(bench, boot):
    tokens = {name: bench.destination(bearer=token) for name, token in SPLITTING.items()}
    query = bench.destination(query=(("key", "value\r\nX-Injected: yes"), ("a\nX-Injected: yes", "b")))
    return bench.boot(may_refuse=True, query=query, plain=bench.destination(), **tokens)


@control("auth/long-token")
def test_a_destination_beside_the_long_token_sends(boot):
    assert boot.refused or boot.plain.wait_for_requests(2)


@verifies("auth/long-token")
def test_a_long_token_arrives_whole_or_is_refused(boot, observed):
    """A token of 512 characters arrives whole in every request, or is refused when it is stored; no request is cut."""
    observed("refused when stored" if boot.refused else "stored")
    arrived = [] if boot.refused else [attempt.request for attempt in boot.long.expect_attempts(4)[:3]]
    assert [request.header("Authorization") if request else "no request" for request in arrived] == [[f"Bearer {LONG}"]] * len(arrived)
    assert [connection.decrypted[:80] for connection in boot.long.connections if connection.decrypted] == []


@control("auth/no-header-injection")
def test_a_destination_beside_the_split_values_sends(splitting):
    assert splitting.refused or splitting.plain.wait_for_requests(4)


@verifies("auth/no-header-injection")
def test_line_ends_in_values_add_no_header(splitting):
    """CR and LF in a token or query parameter add no header line to any request."""
    assert splitting.refused or splitting.plain.wait_for_requests(4)
    assert not [request.head for watched in splitting for request in watched.requests if request.header("X-Injected")]


@verifies("auth/no-header-injection")
def test_line_ends_in_values_add_no_request(splitting):
    """They start no second request, and no part of them arrives outside a request."""
    assert splitting.refused or splitting.plain.wait_for_requests(4)
    assert not [request.target for watched in splitting for request in watched.requests if request.target == "/injected"]
    connections = [connection for watched in splitting for connection in watched.connections]
    assert not [connection.decrypted[:80] for connection in connections if b"njected" in connection.decrypted]
