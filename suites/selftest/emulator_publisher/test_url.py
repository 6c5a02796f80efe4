"""URLs of destinations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.emulator.publisher.url import BadUrlError, Url, parse, quote_once, with_query


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://h/p/", Url("https", "h", 443, "/p/")),
        ("HTTPS://h:8443", Url("https", "h", 8443, "/")),
        ("https://user:pw@h:1/a%2Fb?x=%20#f", Url("https", "h", 1, "/a%2Fb?x=%20")),
        ("https://[::1]:2?q", Url("https", "::1", 2, "/?q")),
        ("http://h/a b", Url("http", "h", 80, "/a%20b")),
    ],
)
def test_a_url_apart(text, url):
    assert parse(text) == url


@pytest.mark.parametrize("text", ["", "h/p", "ftp://h/", "https:///p", "https://h:0/", "https://h:99999/", "https://h:x/"])
def test_unusable(text):
    with pytest.raises(BadUrlError):
        parse(text)


@pytest.mark.parametrize("text", ["https://a_b/", "https://h/a b", "https://h/ä"])
def test_what_the_firmware_refuses(text):
    assert parse(text).host
    with pytest.raises(BadUrlError):
        parse(text, strict=True)


@pytest.mark.parametrize(("port", "either", "host"), [(443, False, "h"), (80, False, "h:80"), (80, True, "h"), (8443, True, "h:8443")])
def test_host_names_the_port(port, either, host):
    assert Url("https", "h", port, "/").host_header(either_default=either) == host


def test_an_address_of_version_6_stands_in_brackets():
    assert Url("https", "::1", 8443, "/").host_header() == "[::1]:8443"


@pytest.mark.parametrize(
    ("url", "encoded", "extended"),
    [
        ("https://h/p", True, "https://h/p?a=b%20c&d=%41"),
        ("https://h/p?x", True, "https://h/p?x&a=b%20c&d=%41"),
        ("https://h/p?", True, "https://h/p?a=b%20c&d=%41"),
        ("https://h/p#f", True, "https://h/p?a=b%20c&d=%41"),
        ("https://h/p#f", False, "https://h/p#f?a=b c&d=%41"),
    ],
)
def test_parameters_are_appended(url, encoded, extended):
    assert with_query(url, [("a", "b c"), ("d", "%41")], encoded=encoded) == extended


@given(st.text())
def test_quoting_twice_changes_nothing(text):
    once = quote_once(text.encode("utf-8", "ignore").decode(), "")
    assert quote_once(once, "") == once
