"""Which connections a capsule may open: those whose plain text held no secret.

The plain text is what the keys open in the bytes that were tapped, and what the receiver made of it: a secret may be whole only
once chunks are joined. Where part of it is not known, the keys are left out as well: nobody could say that it held none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rig.evidence.records import Connection, Direction, Request
from rig.evidence.redaction import Redactor
from rig.evidence.tls_reading import client_random, key_log_entries, open_streams

Name: TypeAlias = tuple[str, int]
"""Receiver and number of a connection."""


@dataclass(frozen=True)
class Keys:
    """The key-log lines of a connection that go into the capsule, or why none do (empty where it had none)."""

    lines: Sequence[str] = ()
    left_out: str = ""


def decide(
    connections: Iterable[Connection], requests: Mapping[Name, Sequence[Request]], redactor: Redactor, *, keep_secrets: bool
) -> dict[Name, Keys]:
    """Keys of each connection. With `keep_secrets` all of them."""
    connections = list(connections)
    reasons = {
        name: "" if keep_secrets else _reason(connection, requests.get(name, ()), redactor)
        for connection in connections
        if (name := (connection.receiver, connection.number))
    }
    closed = {
        secret
        for connection in connections
        if reasons[connection.receiver, connection.number]
        for secret in map(_secret, connection.key_log)
    }
    keys = {}
    for connection in connections:
        name = connection.receiver, connection.number
        reason = reasons[name]
        if not reason and not closed.isdisjoint(map(_secret, connection.key_log)):
            # A session resumed in TLS 1.2 has the master secret of the one it resumes (RFC 5246, 7.3).
            reason = "it shares its session with a connection whose keys are left out"
        keys[name] = Keys(() if reason else tuple(connection.key_log), reason if connection.key_log else "")
    return keys


def _reason(connection: Connection, requests: Sequence[Request], redactor: Redactor) -> str:
    known = [part for request in requests for part in (request.head, request.body)] + [connection.decrypted]
    try:
        opened = _opened(connection)
        complete = not connection.tap_cut
    except ValueError:
        opened = b""
        complete = connection.application_bytes <= sum(map(len, known))
    if any(redactor.holds_secret(part) for part in (*known, opened)):
        return "its plain text held a secret found on the device"
    if redactor.knows_secrets and not complete:
        return "not all of its plain text is known, so nobody can say that it held no secret"
    return ""


def _opened(connection: Connection) -> bytes:
    def stream(direction: Direction) -> bytes:
        return b"".join(piece.data for piece in connection.tapped if piece.direction is direction)

    secrets = key_log_entries(connection.key_log)
    from_device = stream(Direction.FROM_DEVICE)
    return open_streams(from_device, stream(Direction.TO_DEVICE), secrets.get(client_random(from_device) or b"", {}))


def _secret(line: str) -> str:
    """The third field of a key-log line: the secret itself."""
    return line.rsplit(maxsplit=1)[-1] if line.strip() else ""
