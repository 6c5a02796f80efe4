"""Bytes carry the stamp of their arrival at the kernel, and stay in place."""

import socket
import sys
import threading

import pytest

from rig import clock
from rig.evidence.records import Connection, Direction
from rig.receiver.limits import Limits
from rig.receiver.wire import HungUp, OutOfTime, Wire, stamp_arrivals


@pytest.fixture
def line(stack):
    """A wire and the socket at its other end."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    stamp_arrivals(listener)
    device = stack.enter_context(socket.create_connection(listener.getsockname()))
    sock, peer = listener.accept()
    record = Connection("receiver", 1, peer, sock.getsockname(), clock.now_ns())
    wire = Wire(sock, record, Limits(tap=10), lambda: None)
    stack.callback(wire.close)
    return wire, device


needs_kernel_stamps = pytest.mark.skipif(sys.platform != "linux", reason="only Linux stamps what arrives on TCP")


@needs_kernel_stamps
def test_the_stamp_is_of_the_arrival_not_of_the_reading(line):
    wire, device = line
    device.sendall(b"first")  # the kernel may take until now to switch its stamps on
    wire.receive()
    device.sendall(b"second")
    sent_ns = clock.now_ns()
    threading.Event().wait(0.05)
    assert wire.receive() == b"second"
    assert wire.stamp_ns < sent_ns + 25_000_000


@needs_kernel_stamps
def test_what_came_as_one_is_tapped_as_one_however_it_is_read(line):
    wire, device = line
    device.sendall(b".")
    wire.receive()
    device.sendall(b"abcdef")
    assert [wire.receive(2), wire.receive(1), wire.receive()] == [b"ab", b"c", b"def"]
    wire.send(b"xyz")
    pieces = [(piece.direction, piece.data) for piece in wire.record.tapped]
    assert pieces == [(Direction.FROM_DEVICE, b"."), (Direction.FROM_DEVICE, b"abcdef"), (Direction.TO_DEVICE, b"xyz")]


def test_the_tap_ends_at_its_limit_and_says_so(line):
    wire, device = line
    device.sendall(b"0123456")
    wire.receive()
    assert not wire.record.tap_cut
    wire.send(b"789ab")
    assert (b"".join(piece.data for piece in wire.record.tapped), wire.record.tap_cut) == (b"0123456789", True)


def test_nothing_in_time_and_nothing_any_more_are_told_apart(line):
    wire, device = line
    with pytest.raises(OutOfTime):
        wire.receive(until_ns=clock.now_ns())
    device.close()
    with pytest.raises(HungUp, match="the device closed the connection"):
        wire.receive()
