"""What a receiver records: connections with their bytes, requests, attempts. Plain values, kept as evidence.

Stamps are nanoseconds of ``rig.clock``. Nothing here is trusted: every field is what the peer sent, within limits of size.
"""

from dataclasses import dataclass, field
from enum import Enum


class Direction(Enum):
    """Which way bytes went."""

    FROM_DEVICE = "from_device"
    TO_DEVICE = "to_device"


@dataclass(frozen=True)
class TlsBytes:
    """One piece of a connection as it passed the socket (TLS records; plain text where the peer spoke plain text)."""

    stamp_ns: int
    direction: Direction
    data: bytes


@dataclass(frozen=True)
class ClientHello:
    """What the device offered (RFC 8446, 4.1.2), numbers as on the wire.

    `session_offered` is an attempt at resumption; `random` is the client random, by which key-log lines are found.
    """

    record_version: int
    legacy_version: int
    versions: tuple[int, ...] = ()
    cipher_suites: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    signature_algorithms: tuple[int, ...] = ()
    server_name: str | None = None
    alpn: tuple[str, ...] = ()
    session_offered: bool = False
    random: bytes = b""


@dataclass(frozen=True)
class Alert:
    """A TLS alert that the device sent: level 1 warning, 2 fatal; description as RFC 8446, 6 (42 bad_certificate, 48 unknown_ca)."""

    level: int
    description: int
    name: str


@dataclass(frozen=True)
class Request:
    """A complete request as it arrived.

    `started_ns` is the first byte of its attempt (of the connection, for the first request on it), `arrived_ns` the first byte
    of the request itself, `completed_ns` the last. `number` counts the receiver's requests from 1. `head` is raw, up to and
    including the blank line; `body` is without its transfer coding. A header line without a colon stands in `headers` as a name
    without a value.
    """

    receiver: str
    connection: int
    number: int
    started_ns: int
    arrived_ns: int
    completed_ns: int
    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    head: bytes
    body: bytes
    encrypted: bool = True

    def __repr__(self) -> str:
        authorization = "".join(f", Authorization: {value}" for value in self.header("Authorization"))
        return f"<request {self.number} of {self.receiver}: {self.method} {self.target}{authorization}, {len(self.body)} bytes>"

    def header(self, name: str) -> list[str]:
        """Values of every header line of that name, whatever its case, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Ending(Enum):
    """How an attempt ended, as the catalogue defines success."""

    OPEN = "open"
    """Under way."""
    SUCCESS = "success"
    """A complete 2xx answer was written inside the time limit while the connection was up."""
    FAILURE = "failure"
    """No request got through, or it was answered with another status, or not at all."""
    NEITHER = "neither"
    """The answer came late or was cut."""


@dataclass(frozen=True)
class Attempt:
    """One connection, or one request on a connection that is kept, of one destination."""

    receiver: str
    connection: int
    started_ns: int
    ended_ns: int | None
    ending: Ending
    request: Request | None = None
    status: int | None = None

    def __repr__(self) -> str:
        answered = "" if self.status is None else f", answered {self.status}"
        return f"<attempt on connection {self.connection} of {self.receiver}: {self.ending.value}{answered}>"

    @property
    def success(self) -> bool:
        """Whether it was a success."""
        return self.ending is Ending.SUCCESS


@dataclass
class Connection:
    """One TCP connection at a receiver, refused and stalled handshakes included.

    `hello_ns` is the kernel's stamp of its first byte where the system has such stamps. `failure` says in words how it went
    wrong (None while all is well), `aborted_by_peer` whether the device broke the handshake or the connection off before any
    request, `no_agreement` that the two had no version, suite or group in common, so that the receiver had to break off.
    `plain_text` is what arrived in place of TLS, `application_bytes` how many decrypted bytes the device sent, `decrypted` those
    of them that belong to no complete request. `client_certificate` is DER. `key_log` are the NSS key-log lines of this
    connection. `act` is what the receiver was told to do in place of serving; `tap_cut` says that `tapped` is not all.
    """

    receiver: str
    number: int
    peer: tuple[str, int]
    local: tuple[str, int]
    accepted_ns: int
    hello_ns: int | None = None
    handshaken_ns: int | None = None
    closed_ns: int | None = None
    hello: ClientHello | None = None
    tls_version: str | None = None
    cipher: str | None = None
    resumed: bool = False
    client_certificate: bytes | None = None
    alert: Alert | None = None
    failure: str | None = None
    aborted_by_peer: bool = False
    no_agreement: bool = False
    act: str | None = None
    plain_text: bytes = b""
    application_bytes: int = 0
    decrypted: bytes = b""
    tapped: list[TlsBytes] = field(default_factory=list)
    tap_cut: bool = False
    key_log: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        how = self.failure or ("refused" if self.refused else "open" if self.closed_ns is None else "over")
        alert = f", alert {self.alert.name}" if self.alert else ""
        return f"<connection {self.number} of {self.receiver}: {how}{alert}, {self.application_bytes} application bytes>"

    @property
    def started_ns(self) -> int:
        """When the attempt began: its first byte, or its acceptance where no byte came."""
        return self.hello_ns if self.hello_ns is not None else self.accepted_ns

    @property
    def refused(self) -> bool:
        """Whether the device broke off, or left nothing to agree on, and not one byte of application data reached the server."""
        broke_off = self.aborted_by_peer or self.no_agreement
        return broke_off and self.application_bytes == 0 and not self.plain_text
