"""API keys and basic auth, where the device declares them."""

import base64

import pytest

from rig.marks import control, verifies

KEY = "an-API-key_0.1~2"
CREDENTIALS = {"basic": ("wican", "pässword: with colons:"), "basic_long": ("u" * 128, "p" * 127)}


@pytest.fixture(scope="module")
def boot(bench):
    header = {"type": "api_key_header", "api_key": KEY}
    return bench.boot(
        plain=bench.destination(),
        named=bench.destination(auth=header | {"api_key_header_name": "X-Fleet-Key"}),
        default=bench.destination(auth=header | {"api_key_header_name": ""}),
        query=bench.destination(
            path="/ingest?fixed=1",
            auth={"type": "api_key_query", "api_key": KEY, "api_key_query_name": "key"},
            query=(("source", "wican_pro"),),
        ),
        **{
            name: bench.destination(auth={"type": "basic", "basic_username": user, "basic_password": password})
            for name, (user, password) in CREDENTIALS.items()
        },
    )


@control("auth/api-key", "auth/basic")
def test_a_destination_without_auth_sends_none_of_it(boot):
    for request in boot.plain.wait_for_requests(2):
        assert (request.header("X-Fleet-Key"), request.header("x-api-key"), request.header("Authorization")) == ([], [], [])


@verifies("auth/api-key")
def test_an_api_key_goes_into_the_header_that_was_named(boot):
    """Every request has the key once, in the header whose name was configured, and in no other."""
    for request in boot.named.wait_for_requests(3):
        assert request.header("X-Fleet-Key") == [KEY]
        assert request.head.count(KEY.encode()) == 1


@verifies("auth/api-key")
def test_without_a_name_the_header_is_x_api_key(boot):
    """Every request has the key in x-api-key where no name was configured."""
    assert [request.header("x-api-key") for request in boot.default.wait_for_requests(3)] == [[KEY]] * 3


@verifies("auth/api-key")
def test_an_api_key_goes_into_the_query(boot):
    """Every target has the key once under the configured name, beside the URL's own query and the configured pairs."""
    for request in boot.query.wait_for_requests(3):
        pairs = request.target.partition("?")[2].split("&")
        assert sorted(pairs) == sorted(["fixed=1", f"key={KEY}", "source=wican_pro"])
        assert request.header("Authorization") == []


@verifies("auth/basic")
@pytest.mark.parametrize("name", CREDENTIALS)
def test_basic_auth_is_user_and_password_in_base64(boot, name):
    """Every request has one header, Authorization: Basic with base64 of user, colon and password in UTF-8 (RFC 7617)."""
    expected = "Basic " + base64.b64encode(":".join(CREDENTIALS[name]).encode()).decode()
    assert expected.endswith("=")
    assert [request.header("Authorization") for request in boot[name].wait_for_requests(3)] == [[expected]] * 3
