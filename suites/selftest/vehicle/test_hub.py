"""The bus between processes: everybody hears everybody else, and nobody holds up the others."""

import asyncio
import contextlib
import socket
import threading

import can
import pytest

from rig.errors import BenchError
from rig.vehicle import Hub, hub, wire


def frame(can_id=0x123, data=b"\x01\x02", **fields):
    return can.Message(arbitration_id=can_id, is_extended_id=can_id > 0x7FF, data=data, **fields)


def seen(message):
    return message and (message.arbitration_id, message.is_extended_id, message.is_remote_frame, message.dlc, bytes(message.data))


@pytest.fixture
def own():
    with Hub(slcan="127.0.0.1:0") as own:
        yield own


@pytest.fixture
def join(own):
    buses = []

    def join(**options):
        buses.append(can.Bus(interface="rigbus", channel=own.address, **options))
        return buses[-1]

    yield join
    for bus in buses:
        bus.shutdown()


def raw(address):
    """A client that is no python-can bus, past its greeting."""
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), 2)


@pytest.mark.parametrize(
    "message",
    [
        frame(0),
        frame(0x7FF, bytes(8)),
        frame(0x18DB33F1, b"\xff" * 8),
        frame(0x7E8, b""),
        can.Message(arbitration_id=0x100, is_extended_id=False, is_remote_frame=True, dlc=4),
    ],
    ids=["id 0", "zeros", "29 bit", "no data", "remote"],
)
def test_every_other_node_hears_a_frame_as_it_was_sent(join, message):
    sender, *others = join(), join(), join()
    sender.send(message)
    assert [seen(other.recv(2)) for other in others] == [seen(message)] * 2


def test_a_node_does_not_hear_itself(join):
    sender, other = join(), join()
    sender.send(frame(1))
    other.recv(2)
    other.send(frame(2))
    assert sender.recv(2).arbitration_id == 2


def test_order_and_number_are_kept(join):
    sender, other = join(), join()
    for number in range(500):
        sender.send(frame(data=number.to_bytes(2, "big")))
    assert [int.from_bytes(other.recv(2).data, "big") for _ in range(500)] == list(range(500))


def test_filters_of_python_can_apply(join):
    sender, picky = join(), join(can_filters=[{"can_id": 0x7E8, "can_mask": 0x7FF}])
    sender.send(frame(0x7E7))
    sender.send(frame(0x7E8))
    assert picky.recv(2).arbitration_id == 0x7E8


def test_nothing_within_the_time_is_none(join):
    assert join().recv(0.01) is None


@pytest.mark.asyncio
async def test_an_asyncio_notifier_gets_every_frame(join):
    """python-can's Notifier reads once per readiness: a bus that reads ahead strands frames."""
    sender, receiver = join(), join()
    reader = can.AsyncBufferedReader()
    notifier = can.Notifier(receiver, [reader], loop=asyncio.get_running_loop())
    for number in range(50):
        sender.send(frame(number))
    got = [(await asyncio.wait_for(reader.get_message(), 2)).arbitration_id for _ in range(50)]
    notifier.stop()
    assert got == list(range(50))


def test_a_frame_of_can_fd_is_refused(join):
    with pytest.raises(can.CanOperationError, match="classic"):
        join().send(can.Message(arbitration_id=1, is_fd=True, data=bytes(12)))


def test_a_hub_that_goes_raises_in_every_node(own, join):
    node = join()
    own.close()
    with pytest.raises(can.CanError, match="gone"):
        node.recv(2)
    with pytest.raises(can.CanError, match="gone"):
        [node.send(frame()) for _ in range(1000)]


@pytest.mark.parametrize("channel", ["127.0.0.1:1", "127.0.0.1", "nowhere", "127.0.0.1:99999"])
def test_a_channel_without_hub_is_refused(channel):
    with pytest.raises(can.CanInitializationError, match="host:port"):
        can.Bus(interface="rigbus", channel=channel)


@contextlib.contextmanager
def sending(*pieces):
    """The address of a server that sends these pieces to its first client, each on its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for piece in pieces:
                    connection.sendall(piece)
                    taken.wait(2)
                    taken.clear()

        taken = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", taken
        taken.set()
        thread.join()


def test_something_else_at_the_channel_is_refused():
    with sending(b"SSH-2.0-OpenSSH_9.2\r\n") as (address, _), pytest.raises(can.CanInitializationError, match="no hub of this rig"):
        can.Bus(interface="rigbus", channel=address)


def test_a_node_puts_frames_together_that_come_in_pieces():
    one, two = wire.pack(frame(0x111)), wire.pack(frame(0x112))
    with sending(wire.GREETING, one[:10], one[10:] + two) as (address, taken), can.Bus(interface="rigbus", channel=address) as node:
        taken.set()
        assert node.recv(0.05) is None
        taken.set()
        assert [node.recv(2).arbitration_id for _ in range(2)] == [0x111, 0x112]


def test_a_taken_address_is_the_benches_fault(own):
    with pytest.raises(BenchError, match="cannot be listened on"):
        Hub(own.address)


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:x", "127.0.0.1:70000"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(BenchError, match="host:port"):
        Hub(address)


def test_a_client_that_stalls_is_dropped_and_nobody_waits_for_it(own, monkeypatch, until):
    monkeypatch.setattr(hub, "BACKLOG_LIMIT", 100_000)
    many = wire.pack(frame()) * 10_000
    with raw(own.address) as sender, raw(own.address) as other, raw(own.address) as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert until(lambda: own.clients == 3)
        with other.makefile("rb") as heard:
            assert heard.read(len(wire.GREETING)) == wire.GREETING
            for _ in range(200):  # 32 MB, more than the kernel holds for the one that does not read
                sender.sendall(many)
                assert heard.read(len(many)) == many
            assert own.clients == 2


def test_a_client_that_dies_amid_a_record_leaves_no_trace(own, join, until):
    sender, other = join(), join()
    with raw(own.address) as dying:
        dying.sendall(wire.pack(frame(0x111))[:7])
        assert until(lambda: own.clients == 3)
    assert until(lambda: own.clients == 2)
    sender.send(frame(0x222))
    assert other.recv(2).arbitration_id == 0x222


def test_a_record_may_come_in_pieces(own, join):
    node = join()
    with raw(own.address) as slow:
        for octet in wire.pack(frame(0x111)) + wire.pack(frame(0x112)):
            slow.sendall(bytes([octet]))
        assert [node.recv(2).arbitration_id for _ in range(2)] == [0x111, 0x112]


def test_closing_leaves_no_thread(until):
    before = threading.active_count()
    with Hub() as short:
        can.Bus(interface="rigbus", channel=short.address).shutdown()
    assert until(lambda: threading.active_count() == before)


def test_slcan_of_python_can_talks_with_the_bus(own, join):
    node = join()
    with can.Bus(interface="slcan", channel=f"socket://{own.slcan_address}", bitrate=500000, sleep_after_open=0) as adapter:
        assert adapter.get_version(2) == (10, 13)
        adapter.send(frame(0x7DF, bytes(8)))
        adapter.send(frame(0x18DB33F1, b"\x01"))
        assert [seen(node.recv(2))[:2] for _ in range(2)] == [(0x7DF, False), (0x18DB33F1, True)]
        node.send(frame(0x7E8, b"\x04\x41\x0c"))
        got = next(message for message in iter(lambda: adapter.recv(2), None))
        assert seen(got) == (0x7E8, False, False, 3, b"\x04\x41\x0c")


def test_two_slcan_adapters_hear_each_other(own, until):
    with raw(own.slcan_address) as one, raw(own.slcan_address) as two:
        two.sendall(b"O\r")
        assert two.recv(16) == b"\r"
        one.sendall(b"O\rt7DF3020100\r")
        assert two.recv(64) == b"t7DF3020100\r"


def test_an_slcan_adapter_hears_nothing_while_it_is_closed(own, join):
    node, other = join(), join()
    with raw(own.slcan_address) as adapter:
        adapter.sendall(b"V\r")
        assert adapter.recv(16) == b"V1013\r"
        node.send(frame(1))
        other.recv(2)
        adapter.sendall(b"O\r")
        assert adapter.recv(16) == b"\r"
        node.send(frame(2, b""))
        assert adapter.recv(64) == b"t0020\r"
