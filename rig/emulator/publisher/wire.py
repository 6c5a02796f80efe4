"""A connection to a server: TCP, and TLS over memory BIOs, so that closing it sends a plain FIN like the firmware's."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from typing import Self

_RECORD = 4096
"""Outgoing TLS records hold at most this much (web API facts 5.1)."""


class Wire:
    """An open connection; plain until `encrypt` is called."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._loop = asyncio.get_running_loop()
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    @classmethod
    async def connect(cls, address: str, port: int) -> Self:
        """Connects.

        Raises:
            OSError: refused, unreachable, or no address.
        """
        family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(connection, (address, port))
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    async def encrypt(self, context: ssl.SSLContext, server_name: str | None, session: object = None) -> None:
        """Shakes hands; an alert of ours, if any, is on its way when this raises.

        Raises:
            ssl.SSLError: the server was not trusted, or broke off.
            OSError: the connection broke.
        """
        resumed = session if isinstance(session, ssl.SSLSession) else None
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name, session=resumed)
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    await self._flush()
                raise
            else:
                return await self._flush()

    async def send(self, data: bytes) -> None:
        """Writes everything."""
        if self._tls is None:
            return await self._loop.sock_sendall(self._socket, data)
        for start in range(0, len(data), _RECORD):
            self._tls.write(data[start : start + _RECORD])
        return await self._flush()

    async def receive(self) -> bytes:
        """Some bytes; none when the server has closed."""
        if self._tls is None:
            return await self._loop.sock_recv(self._socket, 65536)
        while True:
            try:
                return self._tls.read(65536)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    @property
    def session(self) -> object:
        """The TLS session, to be resumed on another connection; None where the handshake was not finished."""
        try:
            return self._tls.session if self._tls else None
        except ValueError:  # there is one, but nothing in it yet
            return None

    @property
    def presented(self) -> list[bytes]:
        """The certificates the server sent, DER, its own first."""
        if self._tls is None:
            return []
        chain = self._tls._sslobj.get_unverified_chain() or []  # type: ignore[attr-defined] # public from Python 3.13 on
        return [certificate if isinstance(certificate, bytes) else certificate.public_bytes(2) for certificate in chain]

    @property
    def usable(self) -> bool:
        """Whether a kept connection is still open: nothing has come that was not asked for, session tickets aside."""
        try:
            data = self._socket.recv(65536)
            if not data or self._tls is None:
                return False
            self._incoming.write(data)
        except BlockingIOError:
            pass
        except OSError:
            return False
        return self._tls is None or self._quiet(self._tls)

    def close(self) -> None:
        """Ends with FIN and no close_notify; what is still to be read is read, so that no reset overtakes an alert."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            while self._socket.recv(65536):
                pass
        self._socket.close()

    def abort(self) -> None:
        """Drops the connection as a power cut of the radio would: without a word."""
        self._socket.close()

    @staticmethod
    def _quiet(tls: ssl.SSLObject) -> bool:
        try:
            tls.read(1)
        except ssl.SSLWantReadError:
            return True
        except ssl.SSLError:
            return False
        return False

    async def _flush(self) -> None:
        while data := self._outgoing.read():
            await self._loop.sock_sendall(self._socket, data)

    async def _feed(self) -> None:
        data = await self._loop.sock_recv(self._socket, 65536)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
