"""Five destinations in one boot, each with an Authorization of its own."""

import json

import pytest

from rig.marks import control, verifies

TOKEN = "MY_SUPER_TOKEN"
# RFC 6750, 2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"
EVERY_CHARACTER = (ALPHABET * 4)[:254] + "=="


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(
        bearer=bench.destination(bearer=TOKEN),
        none=bench.destination(),
        other=bench.destination(bearer="another-destinations-token"),
        every=bench.destination(bearer=EVERY_CHARACTER),
        spaces=bench.destination(bearer=" stray spaces "),
    )


def outside_status(request):
    """The body without its status block, which may hold tokens by the document's own note."""
    body = json.loads(request.body)
    body.pop("status", None)
    return json.dumps(body).encode()


def authorizations(watched, count=3):
    return [request.header("Authorization") for request in watched.wait_for_requests(count)]


@control("auth/none-sends-no-header")
def test_a_destination_with_a_token_sends_a_header(boot):
    assert all(authorizations(boot.bearer))


@verifies("auth/none-sends-no-header")
def test_none_sends_no_header(boot):
    """No request of a destination without auth has an Authorization header."""
    assert authorizations(boot.none) == [[]] * 3


@verifies("auth/bearer-header")
def test_bearer_is_exactly_one_header_on_every_post(boot):
    """The boot POST and the later ones each have one header, 'Authorization: Bearer <token>'."""
    assert authorizations(boot.bearer) == [[f"Bearer {TOKEN}"]] * 3


@verifies("auth/token-byte-for-byte")
def test_every_character_of_a_long_token_arrives(boot):
    """A token of 256 characters with every character that RFC 6750 allows arrives as it was entered."""
    assert authorizations(boot.every, 2) == [[f"Bearer {EVERY_CHARACTER}"]] * 2


@verifies("auth/token-nowhere-else")
def test_the_token_is_nowhere_else(boot):
    """Apart from its own header the token is in no target, no other header, no telemetry, no config and no other destination's request."""
    boot.bearer.wait_for_requests(6)
    others = boot.none.requests + boot.other.requests + boot.every.requests + boot.spaces.requests
    assert not [request for request in others if TOKEN.encode() in request.head + outside_status(request)]
    for request in boot.bearer.requests:
        assert TOKEN not in request.target
        assert request.head.count(TOKEN.encode()) == 1
        assert TOKEN.encode() not in outside_status(request)


@control("auth/token-nowhere-else")
def test_the_token_is_in_its_own_header(boot):
    assert all(TOKEN in value for values in authorizations(boot.bearer) for value in values)


@verifies("auth/stray-spaces")
def test_stray_spaces_are_reported(boot, observed):
    """What becomes of blanks around a token."""
    (request,) = boot.spaces.wait_for_requests(1)
    observed(f"' stray spaces ' was sent as {request.header('Authorization')}")
