"""What a receiver may do with a connection in place of serving it."""

from dataclasses import dataclass, field

from rig.receiver.reply import Reply
from rig.receiver.tls import Identity, ServerTls


@dataclass(frozen=True)
class Act:
    """Base of all acts; each is for one connection."""


@dataclass(frozen=True)
class Present(Act):
    """Serves the connection, but under this identity, and these settings where they are given.

    `label` is what the connection's record says of it (``Connection.act``).
    """

    identity: Identity
    tls: ServerTls | None = None
    label: str = "another identity"

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class ResetOnAccept(Act):
    """RST as soon as the connection is there."""


@dataclass(frozen=True)
class ResetInHandshake(Act):
    """RST in place of an answer to the ClientHello."""


@dataclass(frozen=True)
class ResetAfterHandshake(Act):
    """RST as soon as the handshake is done, before any request is read."""


@dataclass(frozen=True)
class ResetAfterBytes(Act):
    """RST after `count` bytes of application data have come."""

    count: int


@dataclass(frozen=True)
class SilentOnAccept(Act):
    """Accepts, listens and says nothing, for `for_s` seconds or until the device hangs up."""

    for_s: float = 60.0


@dataclass(frozen=True)
class StallHandshake(Act):
    """Sends its ServerHello and then nothing, for `for_s` seconds or until the device hangs up."""

    for_s: float = 60.0


@dataclass(frozen=True)
class PlainHttp(Act):
    """Speaks plain HTTP: answers a readable request with `reply`, and a ClientHello as such a server does, with HTTP 400."""

    reply: Reply = field(default_factory=Reply)


@dataclass(frozen=True)
class Garbage(Act):
    """Answers the first bytes with `data`, which is neither TLS nor HTTP, and listens until the device hangs up."""

    data: bytes = b"\x00garbage\xff" * 8
    for_s: float = 5.0


@dataclass(frozen=True)
class ScriptedServerHello(Act):
    """Answers a ClientHello with a ServerHello of this `version` and `cipher_suite`, whatever the device offered.

    The server's certificate and ServerHelloDone follow, as up to TLS 1.2 with a key exchange by RSA: for what the TLS library
    of the rig can no longer speak, or would not speak with a client that does not offer it. A device that refuses breaks off
    here; one that goes on has accepted. The receiver should have an RSA key, so that the suite alone is wrong.
    """

    version: int
    cipher_suite: int
    for_s: float = 5.0


@dataclass(frozen=True)
class ScriptedSsl3(ScriptedServerHello):
    """A server that knows nothing newer than SSL 3 (RFC 6101): RSA with 3DES, its suite for everybody."""

    version: int = 0x0300
    cipher_suite: int = 0x000A
