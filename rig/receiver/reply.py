"""What a receiver answers: an ordinary 200 unless said otherwise, down to what no ordinary server would send."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Literal, Self

from rig.errors import UsageError
from rig.evidence.records import Ending

_PIECE = 16384
_NEVER_REACHED = 1 << 30
_ENDLESS_PAUSE_S = 0.25
_CHUNK = 1024


class Framing(Enum):
    """How the end of the body is told."""

    LENGTH = "length"
    """Content-Length."""
    CHUNKED = "chunked"
    """Transfer-Encoding: chunked."""
    CLOSE = "close"
    """By closing the connection (RFC 9112, 6.3, case 8)."""
    NONE = "none"
    """No body and no length."""


@dataclass(frozen=True)
class Reply:
    """One answer.

    `delay_s` passes between the request and the first byte. `cut_after` resets the connection after so many bytes of the
    answer, head included. `pieces_s` sends it byte by byte, each in a record of its own, with this pause. `raw` is sent in
    place of HTTP. `endless` trickles header lines or body bytes for as long as the device listens, every `pieces_s` (0.25 s
    by default), and breaks off after `endless_pieces` where that is said. `repeat_body` sends the body so many times over, as one.
    """

    status: int = 200
    body: bytes = b"OK"
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.0
    framing: Framing = Framing.LENGTH
    keep_alive: bool = False
    cut_after: int | None = None
    pieces_s: float | None = None
    raw: bytes | None = None
    endless: Literal["head", "body"] | None = None
    endless_pieces: int = _NEVER_REACHED
    repeat_body: int = 1

    def __post_init__(self) -> None:
        if not 100 <= self.status <= 999:
            raise UsageError(f"{self.status} is no HTTP status; it has three digits")
        if self.endless not in {None, "head", "body"}:
            raise UsageError(f"endless is 'head', 'body' or None, not {self.endless!r}")
        if min(self.delay_s, self.pieces_s or 0.0, self.cut_after or 0, self.repeat_body) < 0:
            raise UsageError("times and counts of a reply are not negative")

    @classmethod
    def redirect(cls, status: int, location: str) -> Self:
        """Sends the device to `location` (301, 302, 303, 307 or 308)."""
        return cls(status=status, body=b"", headers=(("Location", location),))

    @property
    def pause_s(self) -> float | None:
        """Time between two pieces; None if there is none."""
        return _ENDLESS_PAUSE_S if self.endless and self.pieces_s is None else self.pieces_s

    @property
    def keeps_connection(self) -> bool:
        """Whether the connection can go on after it."""
        closing = self.endless or self.raw is not None or self.cut_after is not None
        return self.keep_alive and not closing and (self.framing in {Framing.LENGTH, Framing.CHUNKED} or self._bodiless)

    def pieces(self) -> Iterator[bytes]:
        """The answer in the pieces in which it is sent."""
        whole = self._pieces()
        if self.pieces_s is None or self.endless:
            return whole
        return (piece[at : at + 1] for piece in whole for at in range(len(piece)))

    def ending(self, *, complete: bool, in_time: bool) -> Ending:
        """What an attempt becomes by this answer, as the catalogue defines success."""
        if self.raw is not None:
            return Ending.NEITHER if self.raw.startswith(b"HTTP/") else Ending.FAILURE
        if not 200 <= self.status <= 299:
            return Ending.FAILURE
        has_length = self._bodiless or self.framing in {Framing.LENGTH, Framing.CHUNKED}
        return Ending.SUCCESS if complete and in_time and has_length else Ending.NEITHER

    @property
    def _bodiless(self) -> bool:
        return self.status == 204

    def _pieces(self) -> Iterator[bytes]:
        if self.raw is not None:
            yield self.raw
            return
        head = self._head()
        if self.endless == "head":
            yield head
            for number in range(self.endless_pieces):
                yield b"X-Endless: %d\r\n" % number
            return
        if self.endless == "body":
            yield head + b"\r\n"
            for _ in range(self.endless_pieces):
                yield b"1\r\nx\r\n" if self.framing is Framing.CHUNKED else b"x"
            return
        if self.repeat_body == 1 and self.framing is not Framing.CHUNKED:
            yield head + b"\r\n" + (b"" if self._bodiless or self.framing is Framing.NONE else self.body)
            return
        yield head + b"\r\n"
        if not self._bodiless and self.framing is not Framing.NONE:
            yield from self._body()

    def _head(self) -> bytes:
        reason = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else "Unknown"
        own = {name.lower() for name, _ in self.headers}
        lines = [*self.headers]
        if not self._bodiless and self.framing is Framing.LENGTH and "content-length" not in own:
            length = _NEVER_REACHED if self.endless else len(self.body) * self.repeat_body
            lines.append(("Content-Length", str(length)))
        if not self._bodiless and self.framing is Framing.CHUNKED:
            lines.append(("Transfer-Encoding", "chunked"))
        if not self.keeps_connection and "connection" not in own:
            lines.append(("Connection", "close"))
        text = "".join(f"{name}: {value}\r\n" for name, value in lines)
        return f"HTTP/1.1 {self.status} {reason}\r\n{text}".encode("latin-1")

    def _body(self) -> Iterator[bytes]:
        size = _CHUNK if self.framing is Framing.CHUNKED else _PIECE
        kept = bytearray()
        for _ in range(self.repeat_body):
            kept += self.body
            while len(kept) >= size:
                yield self._framed(bytes(kept[:size]))
                del kept[:size]
        if kept:
            yield self._framed(bytes(kept))
        if self.framing is Framing.CHUNKED:
            yield b"0\r\n\r\n"

    def _framed(self, data: bytes) -> bytes:
        return b"%x\r\n%s\r\n" % (len(data), data) if self.framing is Framing.CHUNKED else data
