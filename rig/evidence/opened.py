"""What a capsule shows to whoever has it: the plain text that its keys open.

Written for looking for secrets, so that nothing needs Wireshark; it reads capsules of this rig only, not any capture. TLS 1.3
and the AEAD suites of TLS 1.2 are opened; what has keys and is not opened is said.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from rig.evidence import pcapng
from rig.evidence.tls_reading import Secrets, client_random, key_log_entries, open_streams


@dataclass
class Conversation:
    """One TCP connection of the capsule: what each side sent, as it passed the socket."""

    ports: tuple[int, int]
    from_device: bytearray = field(default_factory=bytearray)
    to_device: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True)
class PlainText:
    """What can be read of one connection; `unread` says why, where there are keys and yet nothing could be read."""

    ports: tuple[int, int]
    data: bytes
    unread: str = ""


def plain_texts(capsule: bytes) -> Iterator[PlainText]:
    """The plain text of every connection in a capsule that was never encrypted or that its keys open.

    Raises:
        ValueError: this is no capsule.
    """
    conversations, secrets = _read(capsule)
    for conversation in conversations:
        random = client_random(bytes(conversation.from_device))
        if random is None:
            yield PlainText(conversation.ports, bytes(conversation.from_device + conversation.to_device))
        elif keys := secrets.get(random):
            try:
                yield PlainText(conversation.ports, open_streams(bytes(conversation.from_device), bytes(conversation.to_device), keys))
            except ValueError as error:
                yield PlainText(conversation.ports, b"", unread=str(error))


def _read(capsule: bytes) -> tuple[list[Conversation], dict[bytes, Secrets]]:
    linktypes: list[int] = []
    secrets: dict[bytes, Secrets] = {}
    conversations: list[Conversation] = []
    current: dict[tuple[int, int], Conversation] = {}
    for kind, body in _blocks(capsule):
        if kind == pcapng.Block.INTERFACE:
            linktypes.append(struct.unpack_from("<H", body)[0])
        elif kind == pcapng.Block.SECRETS:
            length = struct.unpack_from("<I", body, 4)[0]
            secrets |= key_log_entries(body[8 : 8 + length].decode("ascii", "replace").splitlines())
        elif kind == pcapng.Block.PACKET:
            interface, _, _, length = struct.unpack_from("<IIII", body)
            if linktypes[interface] == pcapng.IPV4:
                _segment(body[20 : 20 + length], conversations, current)
    return conversations, secrets


def _blocks(capsule: bytes) -> Iterator[tuple[int, bytes]]:
    if capsule[:4] != struct.pack("<I", pcapng.Block.SECTION):
        raise ValueError("no pcapng of this rig")
    place = 0
    while place + 12 <= len(capsule):
        kind, length = struct.unpack_from("<II", capsule, place)
        if length < 12 or place + length > len(capsule):
            raise ValueError(f"a block of {length} bytes at {place} does not fit into the file")
        yield kind, capsule[place + 8 : place + length - 4]
        place += length


def _segment(packet: bytes, conversations: list[Conversation], current: dict[tuple[int, int], Conversation]) -> None:
    """Segments come in order and once each: nobody but the rig wrote them."""
    source, target = struct.unpack_from(">HH", packet, 20)
    flags, payload = packet[33], packet[40:]
    if flags == 0x02:
        current[source, target] = Conversation((source, target))
        conversations.append(current[source, target])
    elif conversation := current.get((source, target)):
        conversation.from_device.extend(payload)
    elif conversation := current.get((target, source)):
        conversation.to_device.extend(payload)
