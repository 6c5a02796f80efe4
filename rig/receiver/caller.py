"""One connection from acceptance to its end: opened, served, and written down however it goes."""

from collections.abc import Callable
from contextlib import suppress

from rig import clock
from rig.evidence.records import Connection, Ending, Request
from rig.receiver.acts import Act
from rig.receiver.channel import Channel, NotTls, PlainChannel
from rig.receiver.http import Malformed, Message, RequestReader
from rig.receiver.journal import Journal, Trial
from rig.receiver.limits import Limits
from rig.receiver.opening import Opening, open_by
from rig.receiver.reply import Reply
from rig.receiver.wire import HungUp, OutOfTime, Over, Stopped

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_PLAIN_TEXT_READ_S = 1.0


class Caller:
    """The device, as one connection shows it."""

    def __init__(
        self,
        opening: Opening,
        act: Act | None,
        journal: Journal,
        trial: Trial,
        reply_to: Callable[[Request], Reply],
        success_within_s: float,
    ) -> None:
        self._opening = opening
        self._act = act
        self._journal = journal
        self._trial: Trial | None = trial
        self._reply_to = reply_to
        self._success_within_s = success_within_s
        self._wire = opening.wire
        self._record: Connection = opening.wire.record
        self._reader = RequestReader(opening.limits)
        self._served = 0
        self._answering: Reply | None = None

    def run(self) -> None:
        """The whole conversation; returns when the connection is closed and written down."""
        try:
            self._converse()
        except Over as over:
            self._note(over)
        except Exception as error:
            self._record.failure = f"the rig's own error: {error!r}"
            self._settle(Ending.NEITHER)
            raise
        finally:
            if not self._record.plain_text:
                self._record.decrypted = self._record.decrypted or self._reader.pending
            self._wire.close()
            self._journal.closed(self._record)

    def _converse(self) -> None:
        channel, reply = self._open()
        self._journal.note()
        try:
            self._serve(channel, reply)
        except Malformed as malformed:
            self._refuse(channel, malformed)
        except OutOfTime:
            channel.finish()
            raise
        self._part(channel)

    def _open(self) -> tuple[Channel, Reply | None]:
        try:
            return open_by(self._act, self._opening)
        except (HungUp, Stopped):
            raise
        except NotTls as plain:
            self._read_plain_text(plain.first)
            raise
        except Over:
            self._wire.say_no_more()  # FIN, so that the receiver's own alert is not reset away
            with suppress(Over):
                self._drain(self._wire.receive)
            raise

    def _read_plain_text(self, first: bytes) -> None:
        plain = PlainChannel(self._wire, first, self._limits.malformed)
        with suppress(Over):
            while True:
                plain.read(clock.now_ns() + round(_PLAIN_TEXT_READ_S * 1e9))

    @property
    def _limits(self) -> Limits:
        return self._opening.limits

    # Serving ----------------------------------------------------------------------------------------------------------

    def _serve(self, channel: Channel, fixed: Reply | None) -> None:
        while True:
            message = self._next_message(channel)
            request = self._keep(message, channel)
            reply = fixed or self._reply_to(request)
            self._answer(channel, reply)
            if not (reply.keeps_connection and message.keeps_connection):
                return
            self._wire.allow(self._limits.connection_s)

    def _next_message(self, channel: Channel) -> Message:
        told = False
        while (message := self._reader.next()) is None:
            growing = self._reader.message
            if growing is not None and growing.waits_for_continue and not growing.length and not told:
                told = True
                channel.write(_CONTINUE)
            data = channel.read()
            if self._trial is None:
                self._trial = self._journal.begun(Trial(self._record, begun_ns=channel.arrived_ns))
            self._reader.feed(data, channel.arrived_ns)
        return message

    def _keep(self, message: Message, channel: Channel) -> Request:
        if self._trial is None:  # it came whole with the one before
            self._trial = self._journal.begun(Trial(self._record, begun_ns=message.arrived_ns))
        trial = self._trial
        self._served += 1
        return self._journal.arrived(
            trial,
            lambda number: Request(
                receiver=self._record.receiver,
                connection=self._record.number,
                number=number,
                started_ns=trial.started_ns,
                arrived_ns=message.arrived_ns,
                completed_ns=message.completed_ns,
                method=message.method,
                target=message.target,
                version=message.version,
                headers=message.headers,
                head=message.head,
                body=bytes(message.body),
                encrypted=channel.encrypted,
            ),
        )

    # Answering --------------------------------------------------------------------------------------------------------

    def _answer(self, channel: Channel, reply: Reply) -> None:
        self._wire.allow(self._limits.connection_s + reply.delay_s)
        self._linger(channel, reply.delay_s)
        sent = 0
        for piece in reply.pieces():
            if sent and reply.pause_s:
                self._linger(channel, reply.pause_s)
            room = len(piece) if reply.cut_after is None else min(len(piece), reply.cut_after - sent)
            if room:
                channel.write(piece[:room])
                self._answering = reply
            sent += room
            if sent == reply.cut_after:
                raise self._opening.reset()
        started_ns = self._trial.started_ns if self._trial else 0
        in_time = clock.now_ns() - started_ns <= self._success_within_s * 1e9
        self._settle(reply.ending(complete=True, in_time=in_time), reply.status)
        self._answering = None

    def _linger(self, channel: Channel, seconds: float) -> None:
        """Lets time pass with an ear on the device: raises once it hangs up, or sends what nobody can keep."""
        until_ns = clock.now_ns() + round(seconds * 1e9)
        try:
            while self._reader.waiting <= self._limits.malformed:
                self._reader.feed(channel.read(until_ns), channel.arrived_ns)
            raise Malformed(f"more than {self._limits.malformed} bytes came before the answer to the request before them")
        except OutOfTime:
            if clock.now_ns() >= self._wire.deadline_ns:
                raise

    def _settle(self, ending: Ending, status: int | None = None) -> None:
        if self._trial is not None:
            self._journal.settled(self._trial, ending, status)
            self._trial = None

    # Ending -----------------------------------------------------------------------------------------------------------

    def _refuse(self, channel: Channel, malformed: Malformed) -> None:
        """What arrived is no request: it is kept, and answered as a server would."""
        self._record.failure = str(malformed)
        self._settle(Ending.FAILURE, malformed.status or None)
        if not malformed.status:
            raise self._opening.reset()
        for piece in Reply(status=malformed.status, body=b"").pieces():
            channel.write(piece)

    def _part(self, channel: Channel) -> None:
        """FIN first, then what the device still sends, then its FIN: a mere close could reset the answer away."""
        channel.finish()
        surplus = bytearray(self._record.decrypted or self._reader.pending)
        with suppress(Over):
            self._drain(channel.read, surplus)
        if surplus:
            self._record.failure = self._record.failure or f"{len(surplus)} bytes after the end of the request"
            self._record.decrypted = bytes(surplus[: self._limits.malformed])

    def _drain(self, read: Callable[..., bytes], into: bytearray | None = None) -> None:
        until_ns = clock.now_ns() + round(self._limits.drain_s * 1e9)
        while True:
            data = read(until_ns=until_ns)
            if into is not None and len(into) < self._limits.malformed:
                into += data

    def _note(self, over: Over) -> None:
        """Writes down how a conversation ended that did not end well."""
        if self._trial is None:
            return  # between two requests of a connection that was kept, or written down already
        record = self._record
        record.failure = record.failure or self._words(over)
        record.aborted_by_peer = isinstance(over, HungUp) and self._served == 0
        if isinstance(over, Stopped):
            self._settle(Ending.NEITHER)
        elif self._answering is not None:
            self._settle(self._answering.ending(complete=False, in_time=False), self._answering.status)
        else:
            self._settle(Ending.FAILURE)

    def _words(self, over: Over) -> str:
        alert = self._record.alert
        why = f"the device sent the alert {alert.name}" if isinstance(over, HungUp) and alert else str(over)
        return f"{why} {self._stage()}".strip() if isinstance(over, HungUp | OutOfTime) else why

    def _stage(self) -> str:
        record = self._record
        if record.hello_ns is None:
            return "before it sent anything"
        if self._answering is not None:
            return "in the middle of the answer"
        if self._served and self._trial is not None and self._trial.request is not None:
            return "before the answer"
        if self._reader.pending:
            return "in the middle of a request"
        if record.handshaken_ns is not None or record.plain_text:
            return "after the handshake, before any request"
        return "in the handshake"
