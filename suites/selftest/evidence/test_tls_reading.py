"""Streams that end before there is anything to open, or before there is a key for it."""

import pytest

from rig.evidence.records import Direction
from rig.evidence.tls_reading import client_random, key_log_entries, open_streams

ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # a fatal alert begins with the level 2, like a ServerHello with its type
HELLO_CUT_SHORT = b"\x16\x03\x03\x00\x04\x02\x00\x00\x00"


@pytest.mark.parametrize("to_device", [b"", ALERT, HELLO_CUT_SHORT, b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_without_a_server_hello_nothing_is_opened(to_device):
    assert open_streams(b"", to_device, {}) == b""


def test_what_a_client_sent_under_a_key_that_the_receiver_never_had_stays_closed(exchanger):
    connection = exchanger.post(b"{}")
    streams = {way: b"".join(piece.data for piece in connection.tapped if piece.direction is way) for way in Direction}
    secrets = key_log_entries(connection.key_log)[client_random(streams[Direction.FROM_DEVICE])]
    assert b"POST /ingest" in open_streams(streams[Direction.FROM_DEVICE], streams[Direction.TO_DEVICE], secrets)
    del secrets["CLIENT_TRAFFIC_SECRET_0"]
    opened = open_streams(streams[Direction.FROM_DEVICE], streams[Direction.TO_DEVICE], secrets)
    assert opened.startswith(b"HTTP/1.1 200")
