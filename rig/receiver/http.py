"""Reading HTTP/1.1 requests as they are (RFC 9112): nothing is corrected, joined or refused that can still be shown.

A library would turn down just the requests a conformance test is after, those with two Host headers or none; here only what
leaves the length of the message in doubt is an error.
"""

import re
from dataclasses import dataclass, field

from rig.receiver.limits import Limits

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_CHUNK_LINE_LIMIT = 4096


class Malformed(Exception):  # noqa: N818 (the device's error, not one of the rig)
    """No request can be made of these bytes; `status` is what a server would answer."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Message:
    """A request, complete or growing; `arrived_ns` and `completed_ns` are when its first and last byte came."""

    arrived_ns: int
    head: bytes
    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    body: bytearray = field(default_factory=bytearray)
    """As much of it as is kept."""
    length: int = 0
    completed_ns: int = 0

    def values(self, name: str) -> list[str]:
        """Values of every header of that name (lower case)."""
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def keeps_connection(self) -> bool:
        """Whether the client would send another request on the same connection (RFC 9112, 9.3)."""
        options = {option.strip().lower() for value in self.values("connection") for option in value.split(",")}
        return "close" not in options and (self.version != "HTTP/1.0" or "keep-alive" in options)

    @property
    def waits_for_continue(self) -> bool:
        """Whether the client wants a word before it sends the body (RFC 9110, 10.1.1)."""
        return "100-continue" in {value.lower() for value in self.values("expect")}


class RequestReader:
    """Bytes in, requests out. `pending` is what belongs to no complete request yet."""

    def __init__(self, limits: Limits) -> None:
        self.message: Message | None = None
        """The request under way, once its head is there."""
        self._limits = limits
        self._buffer = bytearray()
        self._raw = bytearray()
        self._arrived_ns = 0
        self._stamp_ns = 0
        self._left: int | None = None
        self._chunked = False
        self._in_trailers = False

    @property
    def waiting(self) -> int:
        """How many bytes have not been looked at yet."""
        return len(self._buffer)

    @property
    def pending(self) -> bytes:
        """The beginning of what came and is in no complete request, as it came."""
        return bytes(self._raw)

    def feed(self, data: bytes, stamp_ns: int) -> None:
        """Takes what arrived at `stamp_ns`."""
        if not self._buffer and self.message is None:
            self._arrived_ns = stamp_ns
        self._buffer += data
        self._raw += data[: max(0, self._limits.malformed - len(self._raw))]
        self._stamp_ns = stamp_ns

    def next(self) -> Message | None:
        """The next complete request, if it is there.

        Raises:
            Malformed: these bytes are no request, or too large.
        """
        if self.message is None:
            self._read_head()
        if self.message is None or not (self._read_chunks() if self._chunked else self._read_counted()):
            return None
        if self.message.length > self._limits.body_kept:
            raise Malformed(f"the body has {self.message.length} bytes; more than {self._limits.body_kept} are not kept", 413)
        message, self.message = self.message, None
        message.completed_ns = self._arrived_ns = self._stamp_ns
        self._raw = self._buffer[: self._limits.malformed]
        return message

    def _read_head(self) -> None:
        while self._buffer.startswith((b"\r", b"\n")):  # RFC 9112, 2.2: empty lines before a request are to be ignored
            del self._buffer[:1]
        end = _HEAD_END.search(self._buffer)
        if (end.end() if end else len(self._buffer)) > self._limits.head:
            raise Malformed(f"the head of the request is larger than {self._limits.head} bytes", 431)
        if end is None:
            return
        head = bytes(self._buffer[: end.end()])
        line, *lines = _LINE_END.split(head[: end.start()])
        method, _, rest = line.decode("latin-1").partition(" ")
        target, _, version = rest.rpartition(" ")
        if not method or not target or not version.startswith("HTTP/"):
            raise Malformed(f"no request line: {line[:80]!r}")
        message = Message(self._arrived_ns, head, method, target, version, tuple(_header(each) for each in lines))
        self._left = _length(message)
        self._chunked, self._in_trailers = self._left is None, False
        del self._buffer[: end.end()]
        self.message = message

    def _read_counted(self) -> bool:
        self._take_body()
        return not self._left

    def _read_chunks(self) -> bool:
        while not self._in_trailers:
            if self._left is None:
                end = self._buffer.find(b"\n") + 1
                if end == 0 and len(self._buffer) < _CHUNK_LINE_LIMIT:
                    return False
                self._left = _chunk_size(bytes(self._buffer[: end or _CHUNK_LINE_LIMIT]))
                del self._buffer[:end]
                self._in_trailers = self._left == 0
            elif self._left == 0 and len(self._buffer) >= 2:
                if not self._buffer.startswith(b"\r\n"):
                    raise Malformed(f"a chunk ends with {bytes(self._buffer[:2])!r}")
                del self._buffer[:2]
                self._left = None
            elif self._left == 0 or not self._buffer:
                return False
            else:
                self._take_body()
        return self._read_trailers()

    def _read_trailers(self) -> bool:
        while True:
            end = self._buffer.find(b"\n") + 1
            if end == 0:
                if len(self._buffer) > self._limits.head:
                    raise Malformed(f"the trailers are larger than {self._limits.head} bytes", 431)
                return False
            line = bytes(self._buffer[:end])
            del self._buffer[:end]
            if not line.strip(b"\r\n"):
                return True

    def _take_body(self) -> None:
        if self.message is None or not self._left:
            return
        piece = self._buffer[: self._left]
        del self._buffer[: len(piece)]
        self._left -= len(piece)
        self.message.length += len(piece)
        self.message.body += piece[: max(0, self._limits.body_kept - len(self.message.body))]
        if self.message.length > self._limits.body_read:
            raise Malformed(f"the body goes on beyond {self._limits.body_read} bytes", 0)


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name, value.strip(" \t")


def _length(message: Message) -> int | None:
    """Length of the body; None if it is chunked, which wins where both are said (RFC 9112, 6.3)."""
    codings = [coding.strip().lower() for value in message.values("transfer-encoding") for coding in value.split(",")]
    if codings and codings != ["chunked"]:
        raise Malformed(f"unknown transfer coding: {', '.join(codings)}", 501)
    lengths = set(message.values("content-length"))
    if not codings and (len(lengths) > 1 or not all(length.isascii() and length.isdigit() for length in lengths)):
        raise Malformed(f"Content-Length says {', '.join(sorted(lengths))}")
    return None if codings else int(lengths.pop()[:20]) if lengths else 0


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", digits):
        raise Malformed(f"no chunk size: {line[:40]!r}")
    return int(digits, 16)
