"""How a connection begins: ordinarily with a handshake, or as an act has it."""

from contextlib import suppress
from dataclasses import dataclass
from functools import singledispatch

from rig import clock
from rig.receiver import acts
from rig.receiver.channel import Channel, NotTls, PlainChannel, TlsChannel
from rig.receiver.limits import Limits
from rig.receiver.reply import Reply
from rig.receiver.scripted import first_flight
from rig.receiver.tls import Presentation
from rig.receiver.wire import OutOfTime, Over, Wire

_ANSWER_READ_S = 2.0
_SLACK_S = 5.0
_NOT_TLS = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 11\r\nConnection: close\r\n\r\nplain HTTP\n"


class ByReceiver(Over):
    """The receiver ended the conversation, as it was told to."""


@dataclass(frozen=True)
class Opening:
    """What an opening has at hand."""

    wire: Wire
    presentation: Presentation
    limits: Limits

    def handshake(self) -> TlsChannel:
        """The ordinary handshake."""
        tls = self.tls()
        tls.handshake(self.handshake_ends_ns)
        return tls

    def tls(self) -> TlsChannel:
        """TLS that has not begun yet."""
        return TlsChannel(self.wire, self.presentation)

    @property
    def handshake_ends_ns(self) -> int:
        """When a handshake has to be done."""
        return self.wire.record.accepted_ns + round(self.limits.handshake_s * 1e9)

    def reset(self) -> Over:
        """Sends RST; to be raised."""
        self.wire.reset()
        return ByReceiver("the receiver reset the connection, as it was told to")

    def watch(self, tls: TlsChannel, seconds: float) -> Over:
        """Listens to the device until it hangs up (which raises) or for so long; to be raised."""
        self.wire.allow(seconds + _SLACK_S)
        with suppress(OutOfTime):
            tls.watch(clock.now_ns() + round(seconds * 1e9))
        return ByReceiver("the receiver gave up listening, as it was told to")


@singledispatch
def open_by(act: acts.Act | None, opening: Opening) -> tuple[Channel, Reply | None]:
    """Begins a connection; gives the channel to serve, and the reply where the act has one.

    Raises:
        Over: there is nothing to serve.
    """
    if act is not None:
        raise TypeError(f"the receiver has no way to perform {act}")
    return opening.handshake(), None


@open_by.register
def _(_act: acts.ResetOnAccept, opening: Opening) -> tuple[Channel, Reply | None]:
    raise opening.reset()


@open_by.register
def _(_act: acts.ResetInHandshake, opening: Opening) -> tuple[Channel, Reply | None]:
    opening.tls().await_hello(opening.handshake_ends_ns)
    raise opening.reset()


@open_by.register
def _(_act: acts.ResetAfterHandshake, opening: Opening) -> tuple[Channel, Reply | None]:
    opening.handshake()
    raise opening.reset()


@open_by.register
def _(act: acts.ResetAfterBytes, opening: Opening) -> tuple[Channel, Reply | None]:
    tls = opening.handshake()
    while opening.wire.record.application_bytes < act.count:
        tls.read()
    raise opening.reset()


@open_by.register
def _(act: acts.SilentOnAccept, opening: Opening) -> tuple[Channel, Reply | None]:
    tls, until_ns = opening.tls(), opening.wire.record.accepted_ns + round(act.for_s * 1e9)
    opening.wire.allow(act.for_s + _SLACK_S)
    with suppress(OutOfTime):
        tls.await_hello(until_ns)
    raise opening.watch(tls, (until_ns - clock.now_ns()) / 1e9)


@open_by.register
def _(act: acts.StallHandshake, opening: Opening) -> tuple[Channel, Reply | None]:
    tls = opening.tls()
    tls.await_hello(opening.handshake_ends_ns)
    opening.wire.send(tls.answer_hello())
    raise opening.watch(tls, act.for_s)


@open_by.register
def _(act: acts.ScriptedServerHello, opening: Opening) -> tuple[Channel, Reply | None]:
    tls = opening.tls()
    tls.await_hello(opening.handshake_ends_ns)
    opening.wire.send(first_flight(act.version, act.cipher_suite, opening.presentation.chain_pem))
    raise opening.watch(tls, act.for_s)


@open_by.register
def _(act: acts.Garbage, opening: Opening) -> tuple[Channel, Reply | None]:
    tls = opening.tls()
    tls.await_hello(opening.handshake_ends_ns)
    opening.wire.send(act.data)
    raise opening.watch(tls, act.for_s)


@open_by.register
def _(act: acts.PlainHttp, opening: Opening) -> tuple[Channel, Reply | None]:
    tls = opening.tls()
    try:
        tls.await_hello(opening.handshake_ends_ns)
    except NotTls as plain:
        return PlainChannel(opening.wire, plain.first, opening.limits.malformed), act.reply
    opening.wire.send(_NOT_TLS)
    raise opening.watch(tls, _ANSWER_READ_S)
