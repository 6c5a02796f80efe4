"""Streams that end before there is anything to open."""

import pytest

from rig.evidence.tls_reading import open_streams

ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # a fatal alert begins with the level 2, like a ServerHello with its type
HELLO_CUT_SHORT = b"\x16\x03\x03\x00\x04\x02\x00\x00\x00"


@pytest.mark.parametrize("to_device", [b"", ALERT, HELLO_CUT_SHORT, b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_without_a_server_hello_nothing_is_opened(to_device):
    assert open_streams(b"", to_device, {}) == b""
