"""Heads of requests: what is wrong with them is said."""

from dataclasses import dataclass

import pytest

from rig.oracle import http


@dataclass(frozen=True)
class Request:
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    version: str = "HTTP/1.1"

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@pytest.mark.parametrize(
    ("headers", "port", "problems"),
    [
        ([("Host", "receiver.test:8443")], 8443, []),
        ([("host", "RECEIVER.test:8443")], 8443, []),
        ([("Host", "receiver.test")], 443, []),
        ([("Host", "receiver.test:443")], 443, []),
        ([("Host", "receiver.test")], 8443, ["Host is 'receiver.test', not 'receiver.test:8443'"]),
        ([("Host", "other.test:8443")], 8443, ["Host is 'other.test:8443', not 'receiver.test:8443'"]),
        ([], 8443, ["0 Host headers"]),
        ([("Host", "receiver.test:8443"), ("HOST", "receiver.test:8443")], 8443, ["2 Host headers"]),
    ],
)
def test_there_is_one_host_header_with_the_urls_host_and_port(headers, port, problems):
    assert http.host_and_version(Request(tuple(headers)), "receiver.test", port) == problems


def test_an_ipv6_host_stands_in_brackets():
    assert http.host_and_version(Request((("Host", "[::1]:8443"),)), "::1", 8443) == []


@pytest.mark.parametrize(("version", "fine"), [("HTTP/1.1", True), ("1.1", True), ("HTTP/1.0", False), ("HTTP/2", False)])
def test_the_version_is_1_1(version, fine):
    assert (http.host_and_version(Request((("Host", "a:1"),), version=version), "a", 1) == []) is fine


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        (["application/json"], []),
        (["Application/JSON; charset=UTF-8"], []),
        (['application/json;charset="utf-8"'], []),
        (["application/json;"], []),
        (["application/json; charset=latin-1"], ["Content-Type has the parameter 'charset=latin-1'"]),
        (["text/json"], ["Content-Type is 'text/json'"]),
        (["application/x-www-form-urlencoded"], ["Content-Type is 'application/x-www-form-urlencoded'"]),
        ([], ["0 Content-Type headers"]),
        (["application/json"] * 2, ["2 Content-Type headers"]),
    ],
)
def test_the_content_type_is_json(values, problems):
    assert http.content_type(Request(tuple(("Content-Type", value) for value in values))) == problems


@pytest.mark.parametrize(
    ("headers", "problems"),
    [
        ([("Content-Length", "3")], []),
        ([("Transfer-Encoding", "Chunked")], []),
        ([("Content-Length", "4")], ["Content-Length is '4' for 3 bytes"]),
        ([("Content-Length", "+3")], ["Content-Length is '+3' for 3 bytes"]),
        ([], ["0 Content-Length headers"]),
        ([("Content-Length", "3")] * 2, ["2 Content-Length headers"]),
        ([("Content-Length", "3"), ("Transfer-Encoding", "chunked")], ["both Content-Length and Transfer-Encoding"]),
        ([("Transfer-Encoding", "gzip, chunked")], ["Transfer-Encoding is gzip, chunked"]),
    ],
)
def test_the_length_is_announced_truly(headers, problems):
    assert http.length(Request(tuple(headers), b"abc")) == problems


@pytest.mark.parametrize(
    ("path", "pairs", "target"),
    [
        ("/ingest", (), "/ingest"),
        ("/ingest", (("a", "1"), ("b", "2")), "/ingest?a=1&b=2"),
        ("/ingest?x=0", (("a", "1"),), "/ingest?x=0&a=1"),
        ("/a%20b/", (("k", "%2F"),), "/a%20b/?k=%2F"),
    ],
)
def test_pairs_are_appended_in_order(path, pairs, target):
    assert http.target(path, pairs) == target
