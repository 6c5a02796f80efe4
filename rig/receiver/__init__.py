"""HTTPS ends that keep what arrives: requests, and every connection that never became one.

Not modelled: HTTP/2, TLS 1.3 early data, compressed bodies. On systems without kernel receive stamps (all but Linux) arrivals
carry the clock's time at reading instead.
"""

from rig.evidence.records import Attempt, Connection, Ending, Request
from rig.receiver.acts import (
    Act,
    Garbage,
    PlainHttp,
    Present,
    ResetAfterBytes,
    ResetAfterHandshake,
    ResetInHandshake,
    ResetOnAccept,
    ScriptedServerHello,
    ScriptedSsl3,
    SilentOnAccept,
    StallHandshake,
)
from rig.receiver.clock_error import ClockError, clock_error
from rig.receiver.limits import Limits
from rig.receiver.reply import Framing, Reply
from rig.receiver.server import Receiver
from rig.receiver.tls import Identity, ServerTls

__all__ = [
    "Act",
    "Attempt",
    "ClockError",
    "Connection",
    "Ending",
    "Framing",
    "Garbage",
    "Identity",
    "Limits",
    "PlainHttp",
    "Present",
    "Receiver",
    "Reply",
    "Request",
    "ResetAfterBytes",
    "ResetAfterHandshake",
    "ResetInHandshake",
    "ResetOnAccept",
    "ScriptedServerHello",
    "ScriptedSsl3",
    "ServerTls",
    "SilentOnAccept",
    "StallHandshake",
    "clock_error",
]
