"""TCP and IPv4 around the bytes that a receiver tapped, so that Wireshark reads them as a conversation.

The payload is what passed the socket, byte for byte and at its time. The envelope is ours: the three segments that open the
connection, the two that close it, sequence numbers and checksums are made up, and retransmissions are not to be seen.
"""

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from rig.evidence.records import Connection, Direction

SYN, ACK, PUSH, FIN = 0x02, 0x10, 0x08, 0x01
_LARGEST = 16384
"""Bytes in one segment; as on loopback, more than a real network carries."""


@dataclass(frozen=True)
class Segment:
    """One IPv4 packet: when (ns of the rig's clock) and its bytes."""

    stamp_ns: int
    data: bytes


@dataclass
class _End:
    address: bytes
    port: int
    next_sequence: int


@dataclass
class _Conversation:
    device: _End
    receiver: _End
    segments: list[Segment] = field(default_factory=list)

    def say(self, stamp_ns: int, direction: Direction, flags: int, payload: bytes = b"") -> None:
        """One segment; SYN and FIN count as one byte (RFC 9293, 3.4)."""
        source, target = (self.device, self.receiver) if direction is Direction.FROM_DEVICE else (self.receiver, self.device)
        acknowledged = target.next_sequence if flags & ACK else 0
        self.segments.append(Segment(stamp_ns, _ipv4(source, target, _tcp(source, target, acknowledged, flags, payload))))
        source.next_sequence = (source.next_sequence + len(payload) + bool(flags & (SYN | FIN))) % (1 << 32)


def segments(connection: Connection) -> list[Segment]:
    """The connection as IPv4 packets, in order of time."""
    first = (connection.number * 1_000_003) % (1 << 31)
    device = _End(_address(connection.peer[0], last=2), connection.peer[1], first)
    receiver = _End(_address(connection.local[0], last=1), connection.local[1], first + 500_000)
    talk = _Conversation(device, receiver)
    pieces = sorted(connection.tapped, key=lambda piece: piece.stamp_ns)
    opened_ns = min([connection.accepted_ns, *(piece.stamp_ns for piece in pieces[:1])]) - 3
    talk.say(opened_ns, Direction.FROM_DEVICE, SYN)
    talk.say(opened_ns + 1, Direction.TO_DEVICE, SYN | ACK)
    talk.say(opened_ns + 2, Direction.FROM_DEVICE, ACK)
    for piece in pieces:
        for part in _parts(piece.data):
            talk.say(piece.stamp_ns, piece.direction, PUSH | ACK, part)
    if connection.closed_ns is not None:
        closed_ns = max(connection.closed_ns, *(piece.stamp_ns for piece in pieces[-1:]), opened_ns + 3)
        by_device = connection.aborted_by_peer
        closing = (Direction.FROM_DEVICE, Direction.TO_DEVICE) if by_device else (Direction.TO_DEVICE, Direction.FROM_DEVICE)
        for after, direction in enumerate(closing):
            talk.say(closed_ns + after, direction, FIN | ACK)
    return talk.segments


def _parts(data: bytes) -> Iterator[bytes]:
    return (data[start : start + _LARGEST] for start in range(0, len(data), _LARGEST))


def _address(text: str, last: int) -> bytes:
    """Four bytes; an IPv6 address, which has no place in this envelope, becomes one kept for documentation (RFC 5737)."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return bytes((192, 0, 2, last))
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped.packed if address.ipv4_mapped else bytes((192, 0, 2, last))
    return address.packed


def _tcp(source: _End, target: _End, acknowledged: int, flags: int, payload: bytes) -> bytes:
    def header(checksum: int) -> bytes:
        ports_and_numbers = struct.pack(">HHII", source.port, target.port, source.next_sequence, acknowledged)
        return ports_and_numbers + struct.pack(">BBHHH", 5 << 4, flags, 65535, checksum, 0)

    pseudo = source.address + target.address + struct.pack(">BBH", 0, 6, 20 + len(payload))
    return header(_checksum(pseudo + header(0) + payload)) + payload


def _ipv4(source: _End, target: _End, content: bytes) -> bytes:
    def header(checksum: int) -> bytes:
        start = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(content), 0, 0x4000, 64, 6, checksum)
        return start + source.address + target.address

    return header(_checksum(header(0))) + content


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): a sum of 16-bit words in ones' complement is a remainder by 0xFFFF."""
    total = int.from_bytes(data + bytes(len(data) % 2), "big") % 0xFFFF
    return 0xFFFF - total
