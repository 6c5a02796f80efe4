"""The socket of one connection: every byte that passes is kept in place, with the kernel's stamp where it has one."""

import socket
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from rig import clock
from rig.evidence.records import Connection, Direction, TlsBytes
from rig.receiver.limits import Limits

# struct timespec beside the data (socket(7), SO_TIMESTAMPNS); Linux gives it for TCP, too. Elsewhere the clock has to do.
_SO_TIMESTAMPNS = getattr(socket, "SO_TIMESTAMPNS", 35) if sys.platform == "linux" else None
_TIMESPEC = struct.Struct("@ll")
_PIECE = 65536


class Over(Exception):  # noqa: N818 (the end of a conversation is no error)
    """The conversation cannot go on; the message says why."""


class HungUp(Over):
    """The device closed or reset the connection."""


class OutOfTime(Over):
    """The connection's time is up, or the time of a wait."""


class Stopped(Over):
    """The receiver was stopped."""


def stamp_arrivals(listener: socket.socket) -> None:
    """Has the kernel stamp what arrives on connections of this listener."""
    if _SO_TIMESTAMPNS is not None:
        with suppress(OSError):  # the clock stands in
            listener.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


class Wire:
    """Receives and sends on one socket, never for longer than the connection has left."""

    def __init__(self, sock: socket.socket, record: Connection, limits: Limits, noted: Callable[[], None]) -> None:
        self.record = record
        self.stamp_ns = record.accepted_ns
        self._received_ns = 0  # what came before the connection was accepted keeps its stamp; later pieces are never earlier
        """When the kernel received what `receive` gave last."""
        self._sock = sock
        self._limits = limits
        self.noted = noted
        """Tells whoever waits that the record has changed."""
        self._tapped = 0
        self._wall_ns = 0
        self._stopped = threading.Event()
        self.deadline_ns = 0
        self.allow(limits.connection_s)
        with suppress(OSError):  # already reset by the device
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def allow(self, seconds: float) -> None:
        """From now on the connection has `seconds` left."""
        self.deadline_ns = clock.now_ns() + round(seconds * 1e9)

    def receive(self, limit: int = _PIECE, until_ns: int | None = None) -> bytes:
        """What has arrived, up to `limit` bytes; waits for it.

        Raises:
            HungUp: the device closed or reset the connection.
            OutOfTime: nothing came until then.
            Stopped: the receiver was stopped.
        """
        try:
            self._sock.settimeout(self._left(until_ns))
            data = self._receive(limit)
        except (TimeoutError, BlockingIOError):
            raise OutOfTime("nothing came any more") from None
        except OSError as error:
            raise self._ended(f"the device reset the connection ({error.strerror})") from error
        if not data:
            raise self._ended("the device closed the connection")
        if self.record.hello_ns is None:
            self.record.hello_ns = self.stamp_ns
            self.noted()
        self._tap(Direction.FROM_DEVICE, data, self.stamp_ns)
        return data

    def send(self, data: bytes) -> None:
        """Sends all of it; raises like `receive`."""
        self._tap(Direction.TO_DEVICE, data, clock.now_ns())
        try:
            self._sock.settimeout(self._left(None) or 0.001)
            self._sock.sendall(data)
        except (TimeoutError, BlockingIOError):
            raise OutOfTime("the device took no more bytes") from None
        except OSError as error:
            raise self._ended(f"the device reset the connection ({error.strerror})") from error

    def interrupt(self) -> None:
        """Ends every wait on this connection at once, from another thread."""
        self._stopped.set()
        with suppress(OSError):  # already closed
            self._sock.shutdown(socket.SHUT_RDWR)

    def say_no_more(self) -> None:
        """FIN: the device reads what was sent, then the end. A close at this point could reset it away."""
        with suppress(OSError):  # the device was faster
            self._sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """RST."""
        with suppress(OSError):  # already closed
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Gives the socket back."""
        self._sock.close()

    def _left(self, until_ns: int | None) -> float:
        end_ns = self.deadline_ns if until_ns is None else min(until_ns, self.deadline_ns)
        return max(0.0, (end_ns - clock.now_ns()) / 1e9)

    def _ended(self, why: str) -> Over:
        return Stopped("the receiver was stopped") if self._stopped.is_set() else HungUp(why)

    def _receive(self, limit: int) -> bytes:
        if _SO_TIMESTAMPNS is None:
            data = self._sock.recv(limit)
            self.stamp_ns = clock.now_ns()
            return data
        data, beside, _, _ = self._sock.recvmsg(limit, 64)
        wall_ns = next((_nanoseconds(value) for *kind, value in beside if kind == [socket.SOL_SOCKET, _SO_TIMESTAMPNS]), 0)
        if not wall_ns:
            self.stamp_ns = clock.now_ns()
        elif wall_ns != self._wall_ns:  # the rest of one segment keeps the stamp of its first part
            self.stamp_ns = self._received_ns = max(self._received_ns, clock.from_wall_ns(wall_ns))
        self._wall_ns = wall_ns
        return data

    def _tap(self, direction: Direction, data: bytes, stamp_ns: int) -> None:
        room = max(0, self._limits.tap - self._tapped)
        self._tapped += len(data)
        self.record.tap_cut = self.record.tap_cut or len(data) > room
        piece, tapped = data[:room], self.record.tapped
        if tapped and (tapped[-1].stamp_ns, tapped[-1].direction) == (stamp_ns, direction):
            tapped[-1] = TlsBytes(stamp_ns, direction, tapped[-1].data + piece)  # read in parts, but it came as one
        elif piece:
            tapped.append(TlsBytes(stamp_ns, direction, piece))


def _nanoseconds(timespec: bytes) -> int:
    seconds, nanoseconds = _TIMESPEC.unpack(timespec[: _TIMESPEC.size])
    return int(seconds) * 10**9 + int(nanoseconds)
