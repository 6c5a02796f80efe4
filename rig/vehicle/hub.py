"""A CAN bus between processes of one machine, without kernel CAN: a TCP hub that gives every frame to all other clients.

What is *not* modelled: bit rate, arbitration, acknowledgement, bus errors. A frame that nobody hears is sent all the same.
Clients are python-can's ``rigbus`` interface (``rig.vehicle.bus``) and, on a second port, anything that speaks slcan over TCP.
"""

import contextlib
import selectors
import socket
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rig.errors import BenchError
from rig.vehicle import slcan, wire

BACKLOG_LIMIT = 4 << 20
"""Bytes that wait for a client that does not read; one that lets more pile up is dropped, so that it holds up nobody."""


@dataclass(eq=False)
class _Client:
    sock: socket.socket
    channel: slcan.SlcanChannel | None
    pending: bytes = b""
    outbox: bytearray = field(default_factory=bytearray)


class Hub:
    """A bus at `address` ("host:port", port 0 for a free one); with `slcan` it listens for slcan clients, too.

    Use it as a context manager. It serves in a thread of its own from the moment it is made.

    Raises:
        BenchError: the address cannot be listened on.
    """

    def __init__(self, address: str = "127.0.0.1:0", slcan: str | None = None) -> None:
        self._selector = selectors.DefaultSelector()
        self._clients: set[_Client] = set()
        self._closing = False
        with contextlib.ExitStack() as stack:
            stack.callback(self._selector.close)
            listener = stack.enter_context(_listen(address))
            slcan_listener = stack.enter_context(_listen(slcan)) if slcan else None
            self._waker, self._wake = (stack.enter_context(end) for end in socket.socketpair())
            self._stack = stack.pop_all()
        self.address = _name(listener)
        self.slcan_address = _name(slcan_listener) if slcan_listener else None
        self._selector.register(listener, selectors.EVENT_READ, lambda: self._accept(listener, None))
        if slcan_listener:
            self._selector.register(slcan_listener, selectors.EVENT_READ, lambda: self._accept_slcan(slcan_listener))
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._serve, name=f"hub {self.address}", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"Hub({self.address!r}, clients={self.clients})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def clients(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    def close(self) -> None:
        """Drops every client and stops listening; clients see the end of their connection."""
        if not self._closing:
            self._closing = True
            self._waker.send(b"x")
            self._thread.join()
            self._stack.close()

    # In the hub's thread ----------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while not self._closing:
            for key, events in self._selector.select():
                if isinstance(key.data, _Client):
                    self._service(key.data, events)
                elif key.data is not None:
                    key.data()
        for client in list(self._clients):
            self._drop(client)

    def _accept_slcan(self, listener: socket.socket) -> None:
        self._accept(listener, slcan.SlcanChannel())

    def _accept(self, listener: socket.socket, channel: slcan.SlcanChannel | None) -> None:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = _Client(sock, channel)
        self._clients.add(client)
        self._selector.register(sock, selectors.EVENT_READ, client)
        if channel is None:
            self._give(client, wire.GREETING)

    def _service(self, client: _Client, events: int) -> None:
        if events & selectors.EVENT_WRITE and client in self._clients:
            self._flush(client)
        if events & selectors.EVENT_READ and client in self._clients:
            try:
                data = client.sock.recv(1 << 16)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self._take(client, data)
            else:
                self._drop(client)

    def _take(self, client: _Client, data: bytes) -> None:
        if client.channel is None:
            whole = client.pending + data
            end = len(whole) - len(whole) % wire.RECORD
            records, client.pending = whole[:end], whole[end:]
        else:
            frames, answer = client.channel.feed(data)
            records = b"".join(map(wire.pack, frames))
            self._give(client, answer)
        if records:
            self._broadcast(client, records)

    def _broadcast(self, sender: _Client, records: bytes) -> None:
        lines: bytes | None = None
        for client in list(self._clients):
            if client is sender:
                continue
            if client.channel is None:
                self._give(client, records)
            elif client.channel.open:
                lines = _lines(records) if lines is None else lines
                self._give(client, lines)

    def _give(self, client: _Client, data: bytes) -> None:
        if not client.outbox:
            try:
                data = data[client.sock.send(data) :]
            except BlockingIOError:
                pass
            except OSError:
                self._drop(client)
                return
            if data:
                self._selector.modify(client.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, client)
        client.outbox += data
        if len(client.outbox) > BACKLOG_LIMIT:
            self._drop(client)

    def _flush(self, client: _Client) -> None:
        try:
            del client.outbox[: client.sock.send(client.outbox)]
        except BlockingIOError:
            return
        except OSError:
            self._drop(client)
            return
        if not client.outbox:
            self._selector.modify(client.sock, selectors.EVENT_READ, client)

    def _drop(self, client: _Client) -> None:
        if client in self._clients:
            self._clients.discard(client)
            self._selector.unregister(client.sock)
            client.sock.close()


def _lines(records: bytes) -> bytes:
    starts = range(0, len(records), wire.RECORD)
    return b"".join(slcan.line(wire.unpack(records[start : start + wire.RECORD])) for start in starts)


def _listen(address: str) -> socket.socket:
    try:
        host, port = wire.host_and_port(address)
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128)
    except (OSError, ValueError) as error:
        raise BenchError(f'{address!r} cannot be listened on ({error}); it has to be a free "host:port" here') from error
    listener.setblocking(False)
    return listener


def _name(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
