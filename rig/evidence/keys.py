"""Which connections a capsule may open: those whose plain text held no secret.

The plain text of a connection is known from its requests and from what arrived besides. Where part of it is not known, its keys
are left out as well: nobody could say that it held none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rig.evidence.records import Connection, Request
from rig.evidence.redaction import Redactor

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
    if any(redactor.holds_secret(part) for part in known):
        return "its plain text held a secret found on the device"
    if redactor.knows_secrets and connection.application_bytes > sum(map(len, known)):
        return "not all of its plain text is known, so nobody can say that it held no secret"
    return ""


def _secret(line: str) -> str:
    """The third field of a key-log line: the secret itself."""
    return line.rsplit(maxsplit=1)[-1] if line.strip() else ""
