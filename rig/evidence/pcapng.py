"""Writing pcapng: several interfaces, comments, and the secrets that open TLS (pcapng, IETF draft; section 4).

Blocks are held until the end, because a secrets block opens only packets that follow it (Wireshark and tshark 4.0), and keys
are known only when a handshake is over.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

CAN = 227
"""LINKTYPE_CAN_SOCKETCAN."""
IPV4 = 228
"""LINKTYPE_IPV4: a packet begins with its IPv4 header."""
UPPER_PDU = 252
"""LINKTYPE_WIRESHARK_UPPER_PDU: a payload with the name of who can read it, for what was never a packet."""

_TLS_KEY_LOG = 0x544C534B
_NANOSECONDS = 9


class Block(IntEnum):
    """Kinds of block that the rig writes."""

    SECTION = 0x0A0D0D0A
    INTERFACE = 1
    PACKET = 6
    SECRETS = 10


class _Option(IntEnum):
    COMMENT = 1
    NAME = 2
    INTERFACE_DESCRIPTION = 3
    APPLICATION = 4
    RESOLUTION = 9


@dataclass(frozen=True)
class Packet:
    """One packet: when (ns since 1970), at which interface, its bytes, and a comment for whoever reads the file."""

    wall_ns: int
    interface: int
    data: bytes
    comment: str = ""


@dataclass
class Capture:
    """A capture file in the making. `comment` is what the whole file has to say to its reader."""

    application: str
    comment: str = ""
    _interfaces: list[bytes] = field(default_factory=list)
    _packets: list[Packet] = field(default_factory=list)
    _keys: list[str] = field(default_factory=list)

    def interface(self, linktype: int, name: str, description: str) -> int:
        """A new interface; its number is what packets name."""
        resolution = bytes([_NANOSECONDS])
        options = _options((_Option.NAME, name), (_Option.INTERFACE_DESCRIPTION, description), (_Option.RESOLUTION, resolution))
        self._interfaces.append(_block(Block.INTERFACE, struct.pack("<HHI", linktype, 0, 0) + options))
        return len(self._interfaces) - 1

    def add(self, packets: Iterable[Packet]) -> None:
        """More packets, in any order; the file has them by time."""
        self._packets.extend(packets)

    def open_with(self, key_log: Iterable[str]) -> None:
        """Lines of the NSS key log that open the TLS in this file."""
        self._keys.extend(line.strip() for line in key_log)

    def to_bytes(self) -> bytes:
        """The whole file."""
        version_and_unknown_length = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
        options = _options((_Option.COMMENT, self.comment), (_Option.APPLICATION, self.application))
        blocks = [_block(Block.SECTION, version_and_unknown_length + options), *self._interfaces]
        if self._keys:
            log = "".join(f"{line}\n" for line in self._keys).encode()
            blocks.append(_block(Block.SECRETS, struct.pack("<II", _TLS_KEY_LOG, len(log)) + _padded(log)))
        blocks += [_packet(packet) for packet in sorted(self._packets, key=lambda packet: packet.wall_ns)]
        return b"".join(blocks)


def _packet(packet: Packet) -> bytes:
    high, low = divmod(packet.wall_ns, 1 << 32)
    head = struct.pack("<IIIII", packet.interface, high, low, len(packet.data), len(packet.data))
    options = _options((_Option.COMMENT, packet.comment)) if packet.comment else b""
    return _block(Block.PACKET, head + _padded(packet.data) + options)


def _block(kind: Block, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _options(*options: tuple[_Option, str | bytes]) -> bytes:
    """The options that have a value, and the mark that ends them."""
    written = b""
    for code, value in options:
        raw = value if isinstance(value, bytes) else value.encode("utf-8", "backslashreplace")[:0xFFFF]
        written += struct.pack("<HH", code, len(raw)) + _padded(raw) if raw else b""
    return written + bytes(4)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
