"""The broker answers an MQTT client as MQTT 3.1.1 says, and keeps what it publishes."""

import socket
import struct

import pytest

from rig import clock
from rig.errors import BenchError
from rig.receiver.broker import Broker

CONNECT = bytes.fromhex("100c") + struct.pack(">H", 4) + b"MQTT" + bytes([4, 2]) + struct.pack(">HH", 60, 0)
WAIT_S = 5.0


@pytest.fixture
def broker():
    with Broker() as broker:
        yield broker


@pytest.fixture
def client(broker):
    with socket.create_connection(("127.0.0.1", broker.port), WAIT_S) as client:
        client.sendall(CONNECT)
        assert exactly(client, 4) == b"\x20\x02\x00\x00"
        yield client


def exactly(client, count):
    data = b""
    while len(data) < count:
        piece = client.recv(count - len(data))
        assert piece, f"hung up after {data!r}"
        data += piece
    return data


def publish(topic, payload, quality=0, identifier=b""):
    content = struct.pack(">H", len(topic)) + topic.encode() + identifier + payload
    return bytes([0x30 | quality << 1]) + length(len(content)) + content


def length(number):
    digits = bytearray()
    while True:
        number, digit = divmod(number, 128)
        digits.append(digit | (0x80 if number else 0))
        if not number:
            return bytes(digits)


def test_a_message_is_kept_with_topic_payload_and_stamp(broker, client):
    before_ns = clock.now_ns()
    client.sendall(publish("car/telemetry", b'{"a":1}'))
    assert broker.wait(lambda broker: broker.messages, WAIT_S)
    (message,) = broker.messages
    assert (message.topic, message.payload) == ("car/telemetry", b'{"a":1}')
    assert before_ns <= message.stamp_ns <= clock.now_ns()


@pytest.mark.parametrize("size", [0, 100, 130, 20_000])
def test_lengths_of_more_than_one_byte_are_read(broker, client, size):
    client.sendall(publish("t", b"x" * size))
    assert broker.wait(lambda broker: broker.messages, WAIT_S)
    assert broker.messages[0].payload == b"x" * size


def test_quality_1_is_acknowledged_and_its_identifier_is_no_payload(broker, client):
    client.sendall(publish("t", b"body", quality=1, identifier=b"\x12\x34"))
    assert exactly(client, 4) == b"\x40\x02\x12\x34"
    assert broker.messages[0].payload == b"body"


def test_ping_and_subscriptions_are_answered(client):
    client.sendall(b"\xc0\x00")
    assert exactly(client, 2) == b"\xd0\x00"
    client.sendall(b"\x82\x06\x00\x07\x00\x01t\x00")
    assert exactly(client, 5) == b"\x90\x03\x00\x07\x00"
    client.sendall(b"\xa2\x05\x00\x08\x00\x01t")
    assert exactly(client, 4) == b"\xb0\x02\x00\x08"


def test_nonsense_costs_only_its_own_connection(broker, client):
    with socket.create_connection(("127.0.0.1", broker.port), WAIT_S) as other:
        other.sendall(b"\x30\xff\xff\xff\x7f")
        assert other.recv(1) == b""
    client.sendall(publish("t", b"still here"))
    assert broker.wait(lambda broker: broker.messages, WAIT_S)


def test_stopping_ends_open_connections(broker, client):
    broker.stop()
    assert client.recv(1) == b""


def test_a_taken_port_is_the_benchs_trouble(broker):
    with pytest.raises(BenchError, match=str(broker.port)):
        Broker(port=broker.port).start()
