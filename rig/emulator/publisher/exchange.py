"""An attempt on the network: connect, shake hands, send, read, within the time limit; errors by the firmware's names."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from urllib.parse import urljoin

from rig.emulator.behaviour import Point
from rig.emulator.publisher import request
from rig.emulator.publisher.response import Answer, AnswerReader, Ended, NoAnswerError, SilenceError
from rig.emulator.publisher.trust import Trust, context_of, trust_line, trust_of
from rig.emulator.publisher.turn import Exchange, Turn
from rig.emulator.publisher.url import BadUrlError, Url, parse
from rig.emulator.publisher.wire import Wire

CONNECT, FETCH_HEADER, EAGAIN = "ESP_ERR_HTTP_CONNECT", "ESP_ERR_HTTP_FETCH_HEADER", "ESP_ERR_HTTP_EAGAIN"
WRITE, REDIRECTED, FAILED = "ESP_ERR_HTTP_WRITE_DATA", "ESP_ERR_HTTP_MAX_REDIRECT", "ESP_FAIL"


class AttemptError(Exception):
    """An attempt that ended without an answer; `name` is the firmware's name for it, `detail` the library's own line."""

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(name)
        self.name, self.detail = name, detail


class ClosedError(AttemptError):
    """The server closed instead of answering, or answered nonsense."""


class Conversation:
    """One attempt with one body. Whatever goes wrong becomes an `Exchange`; nothing is raised but cancellation."""

    def __init__(self, turn: Turn, body: bytes, gate: asyncio.Lock) -> None:
        self._turn = turn
        self._gate = gate
        self._limit = asyncio.timeout(None)
        self._body = body
        self._behaviour = turn.device.behaviour
        self._wire: Wire | None = None
        self._step = "while connecting"

    async def run(self) -> Exchange:
        """Does it."""
        try:
            async with self._alone("exchange"), self._in_time():
                return await self._talk()
        except AttemptError as error:
            for line in error.detail.splitlines():
                self._turn.device.log("E", _tag_of(error.name, line), line)
            if error.name == CONNECT and self._falls_back():
                return await self._in_plain_text()
            return Exchange(error=error.name, detail=error.detail)
        finally:
            self._let_go(keep=False)

    async def _talk(self) -> Exchange:
        try:
            url = request.destination_url(self._turn)
        except BadUrlError as error:
            raise AttemptError(FAILED, str(error)) from error
        answer = await self._ask_kept(url) or await self._ask(url)
        for _ in range(self._behaviour.redirect_hops):
            following = self._redirection(url, answer)
            if following is None:
                break
            answer, url = await self._follow(url, following, answer), following
        else:
            if self._behaviour.redirect_hops and self._redirection(url, answer):
                raise AttemptError(REDIRECTED, f"Error, reach max_redirection_count count={self._behaviour.redirect_hops}")
        self._let_go(keep=answer.reusable)
        return Exchange(answer, "" if answer.ended is not Ended.CUT else "ESP_ERR_HTTP_INCOMPLETE_DATA")

    # One request ------------------------------------------------------------------------------------------------------

    async def _ask(self, url: Url, host: str | None = None) -> Answer:
        """Connects and asks."""
        self._wire = await self._open(url)
        return await self._post(self._wire, url, host or url.host_header(either_default=self._behaviour.either_port_left_out))

    async def _ask_kept(self, url: Url) -> Answer | None:
        """Asks on the connection that was kept, if there is one and it still holds (RFC 9112, 9.3.1)."""
        self._wire, self._turn.lane.kept = self._turn.lane.kept, None
        if self._wire is not None and self._wire.usable:
            return await self._post(self._wire, url, url.host_header())
        self._let_go(keep=False)
        return None

    async def _post(self, wire: Wire, url: Url, host: str) -> Answer:
        lines = request.header_lines(self._turn, host, len(self._body))
        try:
            writes = request.request_bytes(self._turn, url.target, lines, self._body)
        except request.HeadLostError as error:
            raise AttemptError(WRITE, str(error)) from error
        with _named(WRITE):
            if self._behaviour.request_ms:
                await asyncio.sleep(self._behaviour.request_ms / 1000)
            for data in writes:
                async with self._within():
                    await wire.send(data)
        self._step = "waiting for the answer"
        reader = AnswerReader(self._reading(wire), interim_is_final=self._behaviour.interim_is_final)
        try:
            with _named(FETCH_HEADER):
                return await reader.answer()
        except SilenceError as error:
            raise AttemptError(EAGAIN) from error
        except NoAnswerError as error:
            raise ClosedError(FETCH_HEADER, str(error)) from error

    def _reading(self, wire: Wire) -> Callable[[], Awaitable[bytes]]:
        async def receive() -> bytes:
            try:
                async with self._within():
                    return await wire.receive()
            except AttemptError as error:
                raise SilenceError from error

        return receive

    # The connection ---------------------------------------------------------------------------------------------------

    async def _open(self, url: Url) -> Wire:
        if not url.encrypted and not self._plain_allowed():
            raise AttemptError(CONNECT, "an HTTPS destination sends nothing in plain text")
        host, port = self._behaviour.pass_through(Point.CONNECT, (url.host, url.port), self._turn)
        self._step = "while connecting"
        with _named(CONNECT):
            async with self._within():
                wire = await Wire.connect(await self._resolved(host), port)
        self._wire = wire
        self._turn.started = asyncio.get_running_loop().time()
        if url.encrypted:
            async with self._alone("handshake"):
                await self._encrypt(wire, trust_of(self._turn, url))
        return wire

    async def _resolved(self, host: str) -> str:
        try:
            return await asyncio.to_thread(self._turn.device.resolve, host)
        except OSError as error:
            raise AttemptError(CONNECT, f"couldn't get hostname for :{host}: getaddrinfo() returns 202, addrinfo=0x0") from error

    async def _encrypt(self, wire: Wire, trust: Trust) -> None:
        level, line = trust_line(self._turn)
        self._turn.device.log(level, "AUTO_PID", line)
        if not trust.anchors and self._behaviour.unreadable_ca_closes and trust.unreadable:
            raise AttemptError(CONNECT, "mbedtls_x509_crt_parse returned -0x2180")
        if trust.identity:
            self._turn.device.log("I", "AUTO_PID", f"Using client cert+key from set '{self._turn.destination.cert_set}' for HTTPS")
        lane = self._turn.lane
        self._step = "during the TLS handshake"
        with _named(CONNECT):
            async with self._within() if self._behaviour.handshake_limit_s is None else self._own_limit(self._behaviour.handshake_limit_s):
                await wire.encrypt(context_of(trust), trust.server_name, lane.session if self._behaviour.session_resumption else None)
        if not trust.by_openssl:
            from rig.emulator.publisher.lenient import objection  # noqa: PLC0415 (only a device that leaves rules out needs it)

            wrong = objection(wire.presented, trust)
            if wrong:
                raise AttemptError(CONNECT, f"Failed to verify peer certificate! ({wrong})")

    def _plain_allowed(self) -> bool:
        if self._turn.destination.over_https:
            return self._behaviour.plain_redirects
        return self._turn.destination.type != "HTTPS" or self._behaviour.plain_http

    def _falls_back(self) -> bool:
        after = self._behaviour.plain_fallback_after
        return after is not None and self._turn.lane.failures_in_a_row + 1 >= after

    async def _in_plain_text(self) -> Exchange:
        """The same request without TLS, by a device that prefers any connection to none."""
        try:
            url = replace(request.destination_url(self._turn), scheme="http")
            async with asyncio.timeout(self._behaviour.time_limit_s):
                self._wire = await Wire.connect(await self._resolved(url.host), url.port)
                return Exchange(await self._post(self._wire, url, url.host_header()))
        except (AttemptError, OSError, TimeoutError):
            return Exchange(error=CONNECT)

    # Redirects --------------------------------------------------------------------------------------------------------

    def _redirection(self, url: Url, answer: Answer) -> Url | None:
        location = answer.header("Location")
        if answer.status not in self._behaviour.redirect_statuses or not location:
            return None
        try:
            where = parse(urljoin(f"{url.scheme}://{url.host_header()}{url.target}", location))
        except BadUrlError as error:
            raise AttemptError(CONNECT, str(error)) from error
        followed: Url | None = self._behaviour.pass_through(Point.REDIRECT, where, self._turn)
        return followed

    async def _follow(self, url: Url, where: Url, answer: Answer) -> Answer:
        """The same POST at another place, its Host as the shipped firmware writes it (web API facts 5.5)."""
        same_server = (where.host, where.port, where.scheme) == (url.host, url.port, url.scheme)
        host = url.host_header() if where.host == url.host else replace(where, port=443, scheme="https").host_header()
        if same_server and answer.reusable and self._wire is not None and self._wire.usable:
            with contextlib.suppress(ClosedError):
                return await self._post(self._wire, where, host)
        self._let_go(keep=False)
        if where.encrypted and not url.encrypted:
            raise AttemptError(CONNECT, "no server verification option set")
        return await self._ask(where, host)

    # ------------------------------------------------------------------------------------------------------------------

    def _let_go(self, *, keep: bool) -> None:
        wire, self._wire = self._wire, None
        if wire is None:
            return
        if self._behaviour.session_resumption:
            self._turn.lane.session = wire.session or self._turn.lane.session
        if keep and self._behaviour.keep_alive:
            self._turn.lane.kept = wire
        else:
            wire.close()

    @contextlib.asynccontextmanager
    async def _alone(self, what: str) -> AsyncIterator[None]:
        """Nobody else's turn meanwhile, on a device that does one `what` at a time."""
        async with self._gate if self._behaviour.exclusive == what else contextlib.nullcontext():
            yield

    @contextlib.asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """The time limit over everything, where the device counts like that."""
        self._limit = asyncio.timeout(None if self._behaviour.limit_per_step else self._behaviour.time_limit_s)
        try:
            async with self._limit:
                yield
        except TimeoutError as error:
            raise AttemptError(EAGAIN, f"timed out {self._step}") from error

    @contextlib.asynccontextmanager
    async def _within(self) -> AsyncIterator[None]:
        """The time limit over one step, where the device counts like that."""
        try:
            async with asyncio.timeout(self._behaviour.time_limit_s if self._behaviour.limit_per_step else None):
                yield
        except TimeoutError as error:
            raise AttemptError(EAGAIN, f"timed out {self._step}") from error

    @contextlib.asynccontextmanager
    async def _own_limit(self, limit_s: float) -> AsyncIterator[None]:
        """A limit of its own for one step; for the limit over everything time stands still meanwhile."""
        clock = asyncio.get_running_loop().time
        until = self._limit.when()
        left = None if until is None else until - clock()
        self._limit.reschedule(None)
        try:
            async with asyncio.timeout(limit_s):
                yield
        except TimeoutError as error:
            raise AttemptError(EAGAIN, f"timed out {self._step}") from error
        finally:
            self._limit.reschedule(None if left is None else clock() + left)


@contextlib.contextmanager
def _named(name: str) -> Iterator[None]:
    """Errors of the network, by the firmware's name for where they happen."""
    try:
        yield
    except ssl.SSLError as error:
        raise AttemptError(name, _in_the_librarys_words(error, during="handshake" if name == CONNECT else "read")) from error
    except OSError as error:
        said = os.strerror(error.errno) if error.errno else str(error)
        raise AttemptError(name, f"delayed connect error: {said}" if name == CONNECT else f"transport error: {said}") from error


def _in_the_librarys_words(error: ssl.SSLError, during: str) -> str:
    """What the TLS library of the device logs, with OpenSSL's reason; one line after the other (console facts, 10.2)."""
    verified = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else None
    number = "2700" if verified else "7780" if "ALERT" in str(error.reason) else "7280"
    first = f"mbedtls_ssl_{during} returned -0x{number} ({error.reason or error})"
    return f"{first}\nFailed to verify peer certificate!\nverification info: {verified}" if verified else first


def _tag_of(name: str, line: str) -> str:
    """Which part of the device logs a line about an error."""
    if "mbedtls" in line or "verif" in line:
        return "esp-tls-mbedtls"
    return "esp-tls" if name == CONNECT else "HTTP_CLIENT"
