"""What a conversation is held over: TLS between memory buffers, so that the wire's own bytes are seen, or plain text."""

import ssl
from contextlib import suppress
from typing import Protocol

from rig import clock
from rig.evidence.records import Alert, ClientHello
from rig.receiver.alerts import alert_of_reason, alert_of_record
from rig.receiver.hello import HANDSHAKE, Incomplete, read_client_hello
from rig.receiver.tls import Presentation
from rig.receiver.wire import HungUp, Over, Wire

_ALERT = 21
_RECORD_TYPES = range(20, 25)  # RFC 8446, 5.1, and heartbeat
_HEADER = 5
_HELLO_LIMIT = 65536
_ALERT_WAIT_NS = 1_000_000_000
# Reasons for which OpenSSL breaks off because the client offers nothing that the server has.
_NOTHING_IN_COMMON = frozenset(
    {
        "NO_SHARED_CIPHER",
        "NO_SHARED_GROUPS",
        "NO_SHARED_SIGNATURE_ALGORITHMS",
        "NO_SUITABLE_GROUPS",
        "NO_SUITABLE_KEY_SHARE",
        "NO_SUITABLE_SIGNATURE_ALGORITHM",
        "UNSUPPORTED_PROTOCOL",
        "VERSION_TOO_LOW",
    }
)


class NotTls(Over):
    """The device spoke something else; `first` is how it began."""

    def __init__(self, first: bytes) -> None:
        super().__init__("no TLS: the device spoke plain text")
        self.first = first


class Broken(Over):
    """The receiver's own TLS broke off."""


class Channel(Protocol):
    """Application bytes of one connection."""

    encrypted: bool
    arrived_ns: int
    """When the record (of plain text: the piece) began to arrive that carried what `read` gave last."""

    def read(self, until_ns: int | None = None) -> bytes:
        """What the device sent, at least one byte; raises `Over` when nothing more can come, or not until then."""
        ...

    def write(self, data: bytes) -> None:
        """Sends all of it."""
        ...

    def finish(self) -> None:
        """Tells the device that nothing more will come."""
        ...


class PlainChannel:
    """No TLS at all."""

    encrypted = False

    def __init__(self, wire: Wire, first: bytes, limit: int) -> None:
        self.arrived_ns = wire.record.started_ns
        self._wire = wire
        self._first = first
        self._limit = limit

    def read(self, until_ns: int | None = None) -> bytes:
        """As it came."""
        data, self._first = self._first or self._wire.receive(until_ns=until_ns), b""
        self.arrived_ns = self._wire.stamp_ns
        record = self._wire.record
        record.plain_text = (record.plain_text + data)[: self._limit]
        return data

    def write(self, data: bytes) -> None:
        """As it is."""
        self._wire.send(data)

    def finish(self) -> None:
        """FIN."""
        self._wire.say_no_more()


class TlsChannel:
    """TLS over one wire. What the handshake shows goes into the connection's record."""

    encrypted = True

    def __init__(self, wire: Wire, presentation: Presentation) -> None:
        self.arrived_ns = wire.record.accepted_ns
        self._wire = wire
        self._presentation = presentation
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = presentation.context.wrap_bio(self._in, self._out, server_side=True)
        self._frames = _Frames()

    def await_hello(self, until_ns: int) -> ClientHello | None:
        """Reads the ClientHello and nothing beyond it; None if what came in its place is TLS but makes no sense.

        Raises:
            NotTls: the device spoke something else.
        """
        begun = bytearray()
        while self._wire.record.hello is None and len(begun) < _HELLO_LIMIT:
            begun += self._fill(until_ns)
            if not self._frames.is_tls:
                raise NotTls(bytes(begun))
            try:
                self._wire.record.hello = read_client_hello(bytes(begun))
            except Incomplete:
                continue
            except ValueError:
                break
        return self._wire.record.hello

    def handshake(self, until_ns: int) -> None:
        """From the ClientHello to the client's Finished.

        Raises:
            HungUp: the device broke off, by an alert or without a word.
            NotTls: the device spoke something else.
            Broken: the receiver broke off, because the two have nothing in common or the client certificate will not do.
        """
        hello = self.await_hello(until_ns)
        try:
            while True:
                try:
                    self._tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    self._flush()
                    self._fill(until_ns)
        except ssl.SSLError as error:
            raise self._broken(error) from error
        finally:
            if hello is not None:
                self._wire.record.key_log += self._presentation.keys_of(hello.random)
        self._flush()
        self._note_agreement()

    def answer_hello(self) -> bytes:
        """The first record of what follows a ClientHello, the ServerHello; sends nothing."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            flight = self._out.read()
            return flight[: _HEADER + int.from_bytes(flight[3:_HEADER], "big")]
        except ssl.SSLError as error:
            raise self._broken(error) from error
        return b""

    def watch(self, until_ns: int) -> None:
        """Takes what comes and answers nothing, until then or until the device hangs up; raises like `read`."""
        while True:
            self._take(until_ns)

    def read(self, until_ns: int | None = None) -> bytes:
        """The next decrypted bytes."""
        while True:
            try:
                data = self._tls.read(65536)
            except ssl.SSLWantReadError:
                self._flush()
                self._fill(until_ns)
                continue
            except ssl.SSLZeroReturnError:
                raise HungUp("the device closed the connection") from None
            except ssl.SSLError as error:
                raise self._broken(error) from error
            if not data:
                raise HungUp("the device closed the connection")
            self.arrived_ns = self._frames.started_ns
            self._wire.record.application_bytes += len(data)
            self._wire.noted()
            return data

    def write(self, data: bytes) -> None:
        """One record or as many as it takes."""
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise self._broken(error) from error
        self._flush()

    def finish(self) -> None:
        """close_notify and FIN."""
        with suppress(ssl.SSLError):  # the device's own close_notify is not waited for, and a broken handshake has none
            self._tls.unwrap()
        with suppress(Over):  # it has gone already
            self._flush()
        self._wire.say_no_more()

    def _fill(self, until_ns: int | None) -> bytes:
        """Gives TLS one piece of a record."""
        data = self._take(until_ns)
        self._in.write(data)
        return data

    def _take(self, until_ns: int | None) -> bytes:
        """Takes one piece of a record from the wire; never beyond the record, so that each has its own stamp."""
        data = self._wire.receive(self._frames.wanted, until_ns)
        alert = self._frames.feed(data, self._wire.stamp_ns)
        if alert is not None and alert.description != 0:
            self._wire.record.alert = alert
        return data

    def _flush(self) -> None:
        data = self._out.read()
        if data:
            self._wire.send(data)

    def _note_agreement(self) -> None:
        record, cipher = self._wire.record, self._tls.cipher()
        record.handshaken_ns = clock.now_ns()
        record.tls_version = self._tls.version()
        record.cipher = cipher[0] if cipher else None
        record.resumed = bool(self._tls.session_reused)
        record.client_certificate = self._tls.getpeercert(binary_form=True)

    def _broken(self, error: ssl.SSLError) -> Over:
        """What an error of OpenSSL means: the device's alert, or that this end had to break off."""
        record, reason = self._wire.record, error.reason or str(error)
        with suppress(Over):  # TLS may have given up at the header of the record that says why
            while self._frames.alert_under_way:
                self._take(clock.now_ns() + _ALERT_WAIT_NS)
        record.alert = record.alert or alert_of_reason(error.reason)
        with suppress(Over):  # nobody is there to read it
            self._flush()  # the receiver's own alert
        if record.alert is not None:
            return HungUp(f"the device sent the alert {record.alert.name}")
        record.no_agreement = reason in _NOTHING_IN_COMMON
        return Broken(f"the receiver broke off: {reason.lower().replace('_', ' ')}")


class _Frames:
    """Follows the TLS records in what a device sends (RFC 8446, 5.1)."""

    def __init__(self) -> None:
        self.started_ns = 0
        """When the record began that is under way or came last."""
        self.is_tls = True
        self._header = b""
        self._payload = b""
        self._left = 0

    @property
    def wanted(self) -> int:
        """How many bytes may be read without running into the next record."""
        return self._left or _HEADER - len(self._header)

    @property
    def alert_under_way(self) -> bool:
        """Whether the header of an alert has come, and the rest has not."""
        return self._left > 0 and self._header[:1] == bytes([_ALERT])

    def feed(self, data: bytes, stamp_ns: int) -> Alert | None:
        """Takes at most `wanted` bytes; the alert, where they complete one in the clear."""
        if self._left:
            self._left -= len(data)
            self._payload += data if self._header[0] == _ALERT else b""
        else:
            self.started_ns = self.started_ns if self._header else stamp_ns
            self._header += data
            self.is_tls = self.is_tls and self._header[0] in _RECORD_TYPES and self._header[1:2] in {b"", b"\3"}
            self._left = int.from_bytes(self._header[3:], "big") if len(self._header) == _HEADER else 0
        if len(self._header) < _HEADER or self._left:
            return None
        kind, payload = self._header[0], self._payload
        self._header = self._payload = b""
        return alert_of_record(payload) if kind == _ALERT and len(payload) == 2 else None


__all__ = ["HANDSHAKE", "Broken", "Channel", "NotTls", "PlainChannel", "TlsChannel"]
