"""The answer: status, header lines and the end of the body, in every framing that HTTP/1.1 allows (RFC 9112, 6.3)."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

MAX_HEAD = 64 * 1024
MAX_BODY = 64 * 1024 * 1024
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\r?\n")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


class Ended(Enum):
    """How a body ended."""

    WHOLE = "whole"
    """At its announced length, its last chunk, or without a body."""
    CLOSED = "closed"
    """With the connection, as an answer without length does."""
    CUT = "cut"
    """Before its announced length or last chunk."""


@dataclass(frozen=True)
class Answer:
    """A final answer, its body read and thrown away."""

    status: int
    headers: tuple[tuple[str, str], ...]
    ended: Ended
    size: int = 0
    """Bytes of the body, transfer coding aside."""

    def header(self, name: str) -> str | None:
        """Value of the first header line of that name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request."""
        return self.ended is Ended.WHOLE and "close" not in (self.header("Connection") or "").lower()


class NoAnswerError(Exception):
    """The server closed before an answer, or sent something that is none."""


class SilenceError(Exception):
    """Nothing came within the time limit of one read."""


class AnswerReader:
    """Reads answers from a connection; `receive` returns some bytes, none at the end, and may raise `SilenceError`.

    With `interim_is_final` an answer 1xx is taken for the final one.
    """

    def __init__(self, receive: Callable[[], Awaitable[bytes]], *, interim_is_final: bool = False) -> None:
        self._receive = receive
        self._interim_is_final = interim_is_final
        self._buffer = bytearray()
        self._size = 0

    async def answer(self) -> Answer:
        """The next final answer.

        Raises:
            NoAnswerError: there is none, or it is not HTTP.
        """
        while True:
            status, headers = await self._head()
            if self._interim_is_final and 100 <= status < 200 and not self._buffer:
                return Answer(status, headers, Ended.WHOLE)
            if status == 101 or not 100 <= status < 200:
                break
        self._size = 0
        ended = await self._body(status, {key.lower(): value for key, value in headers})
        return Answer(status, headers, ended, self._size)

    async def _head(self) -> tuple[int, tuple[tuple[str, str], ...]]:
        while not (end := _END_OF_HEAD.search(self._buffer)):
            if len(self._buffer) > MAX_HEAD or (len(self._buffer) >= 5 and not self._buffer.startswith(b"HTTP/")):
                raise NoAnswerError("not an HTTP answer")
            if not await self._more():
                raise NoAnswerError("closed before the end of the head")
        head = bytes(self._buffer[: end.end()])
        del self._buffer[: end.end()]
        first = _STATUS_LINE.match(head)
        if first is None:
            raise NoAnswerError("no status line")
        lines = head[first.end() :].decode("latin-1").splitlines()
        pairs = (line.partition(":") for line in lines if ":" in line)
        return int(first[1]), tuple((name.strip(), value.strip()) for name, _, value in pairs)

    async def _body(self, status: int, headers: dict[str, str]) -> Ended:
        if status in (101, 204, 304):
            return Ended.WHOLE
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return await self._chunks()
        length = headers.get("content-length")
        if length is None:
            return await self._rest()
        if not re.fullmatch(r"\d{1,15}", length):
            raise NoAnswerError("a length that is none")
        return Ended.WHOLE if await self._skip(int(length)) else Ended.CUT

    async def _rest(self) -> Ended:
        while self._size < MAX_BODY:
            self._size += len(self._buffer)
            self._buffer.clear()
            try:
                if not await self._more():
                    return Ended.CLOSED
            except SilenceError:  # the firmware takes silence for the end of a body without length (web API facts 5.5)
                return Ended.WHOLE
        return Ended.CUT

    async def _chunks(self) -> Ended:
        """Chunks, then trailers up to the empty line (RFC 9112, 7.1)."""
        while self._size < MAX_BODY:
            line = await self._line()
            size = re.match(rb"\s*([0-9A-Fa-f]{1,8})\s*(;|\r?\n)", line)
            if size is None:
                return Ended.CUT
            if int(size[1], 16) == 0:
                return await self._trailers()
            if not await self._skip(int(size[1], 16)) or not (await self._line()).endswith(b"\n"):
                return Ended.CUT
        return Ended.CUT

    async def _trailers(self) -> Ended:
        while line := await self._line():
            if not line.strip():
                return Ended.WHOLE
        return Ended.CUT

    async def _line(self) -> bytes:
        """The next line with its end; empty where the connection ends before, or the line is endless."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > MAX_HEAD or not await self._more():
                return b""
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    async def _skip(self, count: int) -> bool:
        """Whether `count` bytes came before the end."""
        if count > MAX_BODY:
            return False
        self._size += count
        while count > len(self._buffer):
            count -= len(self._buffer)
            self._buffer.clear()
            if not await self._more():
                return False
        del self._buffer[:count]
        return True

    async def _more(self) -> bool:
        data = await self._receive()
        self._buffer += data
        return bool(data)
