"""Requests and connections as lines of JSON: what the report reads, and what anybody can read without it.

Stamps are seconds since 1970. Bodies are text; bytes that are no UTF-8 are written as escapes.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict

from cryptography import x509

from rig import clock
from rig.evidence.keys import Keys
from rig.evidence.records import Attempt, Connection, Request
from rig.evidence.redaction import Redactor

_BODY_KEPT = 256 << 10
_PLAIN_TEXT_KEPT = 4 << 10


def exchange(request: Request, attempt: Attempt | None, redactor: Redactor) -> dict[str, object]:
    """A request, and how it was answered where that is known."""
    return {
        "receiver": request.receiver,
        "connection": request.connection,
        "number": request.number,
        "started_s": clock.to_wall_s(request.started_ns),
        "arrived_s": clock.to_wall_s(request.arrived_ns),
        "completed_s": clock.to_wall_s(request.completed_ns),
        "encrypted": request.encrypted,
        "method": redactor.text(request.method),
        "target": redactor.text(request.target),
        "version": redactor.text(request.version),
        "headers": [[redactor.text(name), redactor.text(value)] for name, value in request.headers],
        "head": _readable(redactor.data(request.head)),
        "body": _readable(redactor.data(request.body)[:_BODY_KEPT]),
        "body_size": len(request.body),
        "body_cut": len(request.body) > _BODY_KEPT,
        "status": attempt.status if attempt else None,
        "ending": attempt.ending.value if attempt else None,
        "ended_s": _wall(attempt.ended_ns) if attempt else None,
    }


def connection(record: Connection, keys: Keys, redactor: Redactor) -> dict[str, object]:
    """A connection: its handshake, how it went wrong, and whether the capsule opens it."""
    return {
        "receiver": record.receiver,
        "number": record.number,
        "peer": f"{record.peer[0]}:{record.peer[1]}",
        "local": f"{record.local[0]}:{record.local[1]}",
        "accepted_s": clock.to_wall_s(record.accepted_ns),
        "started_s": clock.to_wall_s(record.started_ns),
        "handshaken_s": _wall(record.handshaken_ns),
        "closed_s": _wall(record.closed_ns),
        "tls_version": record.tls_version,
        "cipher": record.cipher,
        "resumed": record.resumed,
        "hello": redactor.plain(asdict(record.hello) | {"random": record.hello.random.hex()}) if record.hello else None,
        "client_certificate": _certificate(record.client_certificate),
        "alert": asdict(record.alert) if record.alert else None,
        "failure": redactor.text(record.failure) if record.failure else None,
        "aborted_by_peer": record.aborted_by_peer,
        "no_agreement": record.no_agreement,
        "refused": record.refused,
        "act": record.act,
        "application_bytes": record.application_bytes,
        "plain_text": _readable(redactor.data(record.plain_text)[:_PLAIN_TEXT_KEPT]),
        "malformed": _readable(redactor.data(record.decrypted)[:_PLAIN_TEXT_KEPT]),
        "tapped_bytes": sum(len(piece.data) for piece in record.tapped),
        "tap_cut": record.tap_cut,
        "capsule_keys": f"left out: {keys.left_out}" if keys.left_out else "included" if keys.lines else None,
    }


def lines(rows: Iterable[object]) -> str:
    """One JSON text in each line."""
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)


def _wall(stamp_ns: int | None) -> float | None:
    return None if stamp_ns is None else clock.to_wall_s(stamp_ns)


def _readable(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _certificate(der: bytes | None) -> str | None:
    if der is None:
        return None
    try:
        subject = x509.load_der_x509_certificate(der).subject.rfc4514_string()
    except ValueError:
        subject = "unreadable certificate"
    return f"{subject} (sha256 {hashlib.sha256(der).hexdigest()})"
