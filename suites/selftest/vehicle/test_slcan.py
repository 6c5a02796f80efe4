"""The slcan line protocol, without a connection."""

import can
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.vehicle import slcan, wire

messages = st.builds(
    lambda wide, number, remote, data: can.Message(
        arbitration_id=number % (1 << 29 if wide else 1 << 11),
        is_extended_id=wide,
        is_remote_frame=remote,
        dlc=len(data),
        data=None if remote else data,
    ),
    st.booleans(),
    st.integers(0, (1 << 29) - 1),
    st.booleans(),
    st.binary(max_size=8),
)


def opened():
    channel = slcan.SlcanChannel()
    assert channel.feed(b"S6\rO\r") == ([], b"\r\r")
    return channel


@given(messages, st.integers(1, 20))
def test_a_frame_survives_the_line_however_it_is_cut(message, size):
    channel, line = opened(), slcan.line(message)
    fed = [channel.feed(line[start : start + size]) for start in range(0, len(line), size)]
    (frame,) = [frame for frames, _ in fed for frame in frames]
    assert frame.equals(message, timestamp_delta=None)
    assert b"".join(answer for _, answer in fed) in {b"z\r", b"Z\r"}


@given(messages)
def test_a_frame_survives_the_record(message):
    assert wire.unpack(wire.pack(message)).equals(message, timestamp_delta=None)


def test_lines_are_those_of_the_manual():
    assert slcan.line(can.Message(arbitration_id=0x100, is_extended_id=False, data=b"\x11\x22\x33")) == b"t1003112233\r"
    assert slcan.line(can.Message(arbitration_id=0x18DB33F1, data=b"\xab")) == b"T18DB33F11AB\r"
    assert slcan.line(can.Message(arbitration_id=0x100, is_extended_id=False, is_remote_frame=True, dlc=3)) == b"r1003\r"
    assert slcan.line(can.Message(arbitration_id=0x100, is_error_frame=True)) == b""


@pytest.mark.parametrize(
    "line", ["t12", "t1239", "t12311", "t1231GG", "t1231112", "t8001AA", "T2000000000", "tXYZ0", "d1230", "?", "t123 11"]
)
def test_a_line_that_is_no_frame_is_refused(line):
    assert opened().feed(line.encode() + b"\r") == ([], b"\a")


def test_nothing_is_sent_while_closed_or_listening_only():
    channel = slcan.SlcanChannel()
    assert channel.feed(b"t1230\r") == ([], b"\a")
    assert channel.feed(b"L\rt1230\r") == ([], b"\r\a")
    assert channel.open
    assert channel.feed(b"C\rO\r")[1] == b"\r\r"
    assert len(channel.feed(b"t1230\r")[0]) == 1


def test_an_endless_line_is_not_kept():
    channel = opened()
    for _ in range(1000):
        assert channel.feed(b"0" * 100) == ([], b"")
    assert len(channel.feed(b"t1230\r")[0]) == 1


@given(st.binary(max_size=200))
def test_no_input_breaks_it(data):
    frames, answer = opened().feed(data)
    assert len(answer) <= 8 * (data.count(b"\r") + 1)
    assert len(frames) <= data.count(b"\r")


def test_a_record_that_claims_more_than_eight_bytes_has_eight():
    record = bytearray(wire.pack(can.Message(arbitration_id=1, data=bytes(range(8)))))
    record[4] = 15
    assert wire.unpack(bytes(record)).dlc == 8
