"""What an MQTT destination publishes to: the least of a broker (MQTT 3.1.1), which answers and keeps what arrives.

A library's broker would bring storage, passwords and plugins along, and nothing here is ever delivered to anybody. Not
modelled: TLS, sessions, delivery to subscribers, QoS 2.
"""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from rig import clock
from rig.errors import BenchError

_CONNECT, _PUBLISH, _SUBSCRIBE, _UNSUBSCRIBE, _PINGREQ, _DISCONNECT = 1, 3, 8, 10, 12, 14
_LONGEST_PACKET = 1 << 20
_MOST_MESSAGES = 10_000
_IDLE_S = 120.0


@dataclass(frozen=True)
class Message:
    """One PUBLISH, stamped (ns, monotonic) when the whole of it was there."""

    stamp_ns: int
    topic: str
    payload: bytes


class Broker:
    """Listens from `start` to `stop`; takes every client and every message."""

    def __init__(self, listen: str = "127.0.0.1", port: int = 0) -> None:
        self._at = listen, port
        self._changed = threading.Condition()
        self._messages: list[Message] = []
        self._server: socketserver.ThreadingTCPServer | None = None
        self._clients: set[socket.socket] = set()

    @property
    def port(self) -> int:
        """The port it listens at."""
        return self._at[1]

    @property
    def messages(self) -> list[Message]:
        """What was published, in order; at most ten thousand."""
        with self._changed:
            return list(self._messages)

    def wait(self, predicate: Callable[[Self], bool], within_s: float) -> bool:
        """Whether `predicate` became true within that time; it is asked again after every message."""
        with self._changed:
            return self._changed.wait_for(lambda: predicate(self), within_s)

    def __enter__(self) -> Self:
        """Listens."""
        return self.start()

    def __exit__(self, *exception: object) -> None:
        """Stops."""
        self.stop()

    def start(self) -> Self:
        """Listens.

        Raises:
            BenchError: the port is taken, or the address is not this machine's.
        """
        broker = self

        class Client(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, EOFError, ValueError):
                    broker._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        try:
            self._server = Server(self._at, Client)
        except OSError as error:
            raise BenchError(f"the MQTT broker cannot listen at {self._at[0]}:{self._at[1]} ({error})") from error
        self._at = self._at[0], self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="mqtt broker", daemon=True).start()
        return self

    def stop(self) -> None:
        """Closes the port and every connection."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        for sock in list(self._clients):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(_IDLE_S)
        self._clients.add(sock)
        try:
            with sock.makefile("rb") as stream:
                while True:
                    kind, content = _packet(stream.read)
                    if kind >> 4 == _DISCONNECT:
                        return
                    if answer := self._answer(kind, content):
                        sock.sendall(answer)
        finally:
            self._clients.discard(sock)

    def _answer(self, kind: int, content: bytes) -> bytes:
        """What a packet is answered with (MQTT 3.1.1: 3.2, 3.4, 3.9, 3.11, 3.13); a message is kept."""
        if kind >> 4 == _CONNECT:
            return b"\x20\x02\x00\x00"
        if kind >> 4 == _PINGREQ:
            return b"\xd0\x00"
        if kind >> 4 == _SUBSCRIBE:
            return b"\x90\x03" + content[:2] + b"\x00"
        if kind >> 4 == _UNSUBSCRIBE:
            return b"\xb0\x02" + content[:2]
        return self._keep(kind, content) if kind >> 4 == _PUBLISH else b""

    def _keep(self, kind: int, content: bytes) -> bytes:
        length = int.from_bytes(content[:2])
        topic, rest = content[2 : 2 + length], content[2 + length :]
        identifier = rest[:2] if kind & 0x06 else b""
        with self._changed:
            if len(self._messages) < _MOST_MESSAGES:
                self._messages.append(Message(clock.now_ns(), topic.decode(errors="replace"), rest[len(identifier) :]))
            self._changed.notify_all()
        return b"\x40\x02" + identifier if identifier else b""


def _packet(read: Callable[[int], bytes]) -> tuple[int, bytes]:
    """The next packet: first byte and what follows its length (MQTT 3.1.1, 2.2)."""
    kind = _exactly(read, 1)[0]
    length = 0
    for place in range(4):
        digit = _exactly(read, 1)[0]
        length |= (digit & 0x7F) << (7 * place)
        if not digit & 0x80:
            break
    if length > _LONGEST_PACKET:
        raise ValueError(f"a packet of {length} bytes")
    return kind, _exactly(read, length)


def _exactly(read: Callable[[int], bytes], count: int) -> bytes:
    data = read(count)
    if len(data) < count:
        raise EOFError("the client hung up")
    return data
