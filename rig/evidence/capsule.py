"""The capsule: CAN frames, TLS bytes and the keys to read them, console lines and the rig's own notes in one pcapng.

``tshark -r capsule.pcapng`` shows the ECU's answer followed by the decrypted POST; stimuli and verdicts stand between them.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

from rig import clock
from rig.evidence import envelope, pcapng
from rig.evidence.keys import Keys, Name
from rig.evidence.records import Connection, Direction, TlsBytes
from rig.evidence.redaction import Redactor

_LARGEST = 64 << 20
_ABOUT_TLS = "TCP and IPv4 around the bytes as tapped inside the receiver: opening, closing, sequence numbers and checksums are made up"
_DISSECTOR_NAME, _END_OF_TAGS = 12, 0


@dataclass(frozen=True)
class Note:
    """A line at a moment (ns of the rig's clock): something the rig did, or the device said on its console."""

    stamp_ns: int
    kind: str
    text: str


@dataclass(frozen=True)
class Contents:
    """What a scenario saw. `frames` are pairs of stamp and frame in the form of LINKTYPE_CAN_SOCKETCAN; texts are redacted."""

    frames: Sequence[tuple[int, bytes]]
    connections: Sequence[Connection]
    keys: Mapping[Name, Keys]
    events: Sequence[Note]
    lines: Sequence[Note]


def build(contents: Contents, redactor: Redactor, *, keep_secrets: bool) -> bytes:
    """The file. Connections beyond 64 MiB of tapped bytes are left out, and it says so."""
    kept = list(_within_limit(contents.connections))
    left_out = len(contents.connections) - len(kept)
    capture = pcapng.Capture(f"wican-rig {version('wican-rig')}", _comment(contents.keys, left_out, keep_secrets=keep_secrets))
    can = capture.interface(pcapng.CAN, "can", "CAN bus of the simulated vehicle")
    https = capture.interface(pcapng.IPV4, "https", _ABOUT_TLS)
    notes = capture.interface(pcapng.UPPER_PDU, "rig", "notes of the rig, in the form of syslog: these were never packets")
    console = capture.interface(pcapng.UPPER_PDU, "console", "console lines of the device, in the form of syslog")
    capture.add(pcapng.Packet(clock.to_wall_ns(stamp_ns), can, frame) for stamp_ns, frame in contents.frames)
    for connection in kept:
        keys = contents.keys[connection.receiver, connection.number]
        capture.add(_packets(connection, https, keys, None if keep_secrets else redactor))
        capture.open_with(keys.lines)
    capture.add(_noted(note, notes, comment=True) for note in contents.events)
    capture.add(_noted(note, console, comment=False) for note in contents.lines)
    return capture.to_bytes()


def _comment(keys: Mapping[Name, Keys], left_out: int, *, keep_secrets: bool) -> str:
    closed = [f"{receiver} #{number}: {entry.left_out}" for (receiver, number), entry in keys.items() if entry.left_out]
    lines = ["This file opens what the device sent over TLS, tokens made for this run included."]
    if keep_secrets:
        lines = ["This file opens all that the device sent over TLS, secrets found on the device included (--keep-secrets)."]
    if closed:
        lines += ["TLS keys are left out of these connections:", *closed[:200]]
        lines += [f"and of {len(closed) - 200} more"] if len(closed) > 200 else []
    if left_out:
        lines.append(f"{left_out} connections are left out: the file would have become too large.")
    return "\n".join(lines)


def _within_limit(connections: Iterable[Connection]) -> Iterator[Connection]:
    total = 0
    for connection in connections:
        total += sum(len(piece.data) for piece in connection.tapped)
        if total <= _LARGEST:
            yield connection


def _packets(connection: Connection, interface: int, keys: Keys, redactor: Redactor | None) -> Iterator[pcapng.Packet]:
    if redactor is not None and connection.handshaken_ns is None:
        connection = replace(connection, tapped=_masked(connection.tapped, redactor))
    comment = f"{connection.receiver} connection {connection.number}"
    comment += f"; TLS keys left out: {keys.left_out}" if keys.left_out else ""
    comment += "; not all bytes were kept" if connection.tap_cut else ""
    for segment in envelope.segments(connection):
        yield pcapng.Packet(clock.to_wall_ns(segment.stamp_ns), interface, segment.data, comment)
        comment = ""


def _masked(pieces: Sequence[TlsBytes], redactor: Redactor) -> list[TlsBytes]:
    """Plain text without secrets, those included that one piece begins and the next one ends."""
    masked = list(pieces)
    for direction in Direction:
        places = [place for place, piece in enumerate(pieces) if piece.direction is direction]
        stream = redactor.mask(b"".join(pieces[place].data for place in places))
        start = 0
        for place in places:
            length = len(pieces[place].data)
            masked[place] = replace(pieces[place], data=stream[start : start + length])
            start += length
    return masked


def _noted(note: Note, interface: int, *, comment: bool) -> pcapng.Packet:
    """A line as syslog (RFC 3164), which Wireshark shows as text: user-level messages, severity notice."""
    text = f"{note.kind}: {note.text}"
    name = b"syslog\0\0"
    tags = struct.pack(">HH", _DISSECTOR_NAME, len(name)) + name + struct.pack(">HH", _END_OF_TAGS, 0)
    data = tags + f"<13>{text}".encode("utf-8", "backslashreplace")
    return pcapng.Packet(clock.to_wall_ns(note.stamp_ns), interface, data, text if comment else "")
