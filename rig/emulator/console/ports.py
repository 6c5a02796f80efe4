"""Where the console is reached: a pseudo terminal, and TCP. What nobody reads is dropped; nothing ever waits for a reader."""

import asyncio
import contextlib
import os
import socket
import termios
import tty
from collections.abc import Callable

from rig.emulator.options import Address

_KEPT = 64 * 1024
_UNREAD_S = 1.0

Receive = Callable[[bytes], None]


class Pty:
    """A pseudo terminal whose other end is what ``serial`` in the ready line names."""

    def __init__(self, receive: Receive) -> None:
        self._loop = asyncio.get_running_loop()
        self._receive = receive
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.name = os.ttyname(self._theirs)
        self._pending = bytearray()
        self._unread: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._ours, self._read)

    def write(self, data: bytes) -> None:
        """Sends, now or as soon as there is room."""
        self._pending += data
        self._flush()
        if len(self._pending) > _KEPT:
            self._drop()

    def close(self) -> None:
        """Takes the terminal away."""
        self._forget_timer()
        self._loop.remove_reader(self._ours)
        self._loop.remove_writer(self._ours)
        os.close(self._ours)
        os.close(self._theirs)

    def _flush(self) -> None:
        while self._pending:
            try:
                sent = os.write(self._ours, self._pending)
            except BlockingIOError:
                if self._unread is None:
                    self._unread = self._loop.call_later(_UNREAD_S, self._drop)
                    self._loop.add_writer(self._ours, self._flush)
                return
            del self._pending[:sent]
            self._forget_timer()
        self._loop.remove_writer(self._ours)

    def _drop(self) -> None:
        """Nobody reads: what waits here and in the terminal is lost, as on a cable that leads nowhere."""
        self._forget_timer()
        self._loop.remove_writer(self._ours)
        self._pending.clear()
        with contextlib.suppress(termios.error):
            termios.tcflush(self._theirs, termios.TCIFLUSH)

    def _forget_timer(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            self._receive(os.read(self._ours, 4096))


class TcpPort:
    """One TCP connection at a time; a newer one waits until the older has gone."""

    def __init__(self, connected: Callable[["TcpPort"], Receive]) -> None:
        self._connected = connected
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._turn = asyncio.Lock()
        self._clients: set[asyncio.Task[None]] = set()

    async def open(self, address: Address) -> str:
        """Listens; the URL under which pyserial reaches it."""
        self._server = await asyncio.start_server(self._client, address.host, address.port)
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"socket://{f'[{host}]' if ':' in host else host}:{port}"

    def write(self, data: bytes) -> None:
        """Sends to the client, if there is one; one that does not read is dropped."""
        if self._writer is None:
            return
        if self._writer.transport.get_write_buffer_size() > _KEPT:
            self.hang_up()
        else:
            self._writer.write(data)

    def hang_up(self) -> None:
        """Drops the client."""
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None

    def close(self) -> None:
        """Stops listening and drops the client."""
        self.hang_up()
        for task in self._clients:
            task.cancel()
        if self._server is not None:
            self._server.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)
        plain = writer.get_extra_info("socket")
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            async with self._turn:
                self._writer = writer
                receive = self._connected(self)
                while data := await reader.read(4096):
                    receive(data)
        if self._writer is writer:
            self._writer = None
        writer.close()
