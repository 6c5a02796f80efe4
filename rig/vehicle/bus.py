"""The rig's own bus as a python-can interface: ``can.Bus(interface="rigbus", channel="127.0.0.1:29111")``.

The channel is the address of a ``rig.vehicle.Hub``. What is *not* modelled stands there.
"""

import contextlib
import selectors
import socket
import threading
import time

import can

from rig.vehicle import wire

_CONNECT_S = 5.0


class TcpBus(can.BusABC):
    """One node on the bus of a hub; receives the frames of all others, never its own.

    Raises:
        can.CanInitializationError: no hub at the channel.
    """

    def __init__(self, channel: str, can_filters: "can.typechecking.CanFilters | None" = None, **options: object) -> None:
        self.channel_info = f"rigbus {channel}"
        self._socket = _connect(channel)
        self._readable = selectors.DefaultSelector()
        self._readable.register(self._socket, selectors.EVENT_READ)
        self._sending = threading.Lock()
        self._buffer = b""
        super().__init__(channel, can_filters, **options)

    def _recv_internal(self, timeout: float | None) -> tuple[can.Message | None, bool]:
        """One frame, or none within `timeout` seconds.

        Never reads further than the frame it returns: python-can's Notifier asks once per readiness of ``fileno``.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while len(self._buffer) < wire.RECORD:
            try:
                data = self._socket.recv(wire.RECORD - len(self._buffer))
            except BlockingIOError:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return None, False
                self._wait(left)
                continue
            except OSError as error:
                raise can.CanOperationError(f"the hub of {self.channel_info} is gone ({error})") from error
            if not data:
                raise can.CanOperationError(f"the hub of {self.channel_info} is gone")
            self._buffer += data
        record, self._buffer = self._buffer, b""
        return wire.unpack(record, time.time()), False

    def _wait(self, seconds: float | None) -> None:
        try:
            self._readable.select(seconds)
        except (OSError, ValueError) as error:
            raise can.CanOperationError(f"{self.channel_info} was closed") from error

    def send(self, msg: can.Message, timeout: float | None = None) -> None:
        """Sends a frame to all others.

        Raises:
            can.CanTimeoutError: the hub took nothing for `timeout` seconds (5 if not given).
            can.CanOperationError: the hub is gone, or it is no classic CAN frame.
        """
        try:
            record = wire.pack(msg)
        except ValueError as error:
            raise can.CanOperationError(str(error)) from error
        with self._sending:
            self._send_all(record, time.monotonic() + (_CONNECT_S if timeout is None else timeout))

    def _send_all(self, record: bytes, deadline: float) -> None:
        while record:
            try:
                record = record[self._socket.send(record) :]
            except BlockingIOError:
                if len(record) == wire.RECORD and time.monotonic() >= deadline:
                    raise can.CanTimeoutError(f"the hub of {self.channel_info} takes no frames") from None
                with selectors.DefaultSelector() as writable:
                    writable.register(self._socket, selectors.EVENT_WRITE)
                    writable.select(deadline - time.monotonic())
            except OSError as error:
                raise can.CanOperationError(f"the hub of {self.channel_info} is gone ({error})") from error

    def fileno(self) -> int:
        """The socket, for select and asyncio."""
        return self._socket.fileno()

    def shutdown(self) -> None:
        """Leaves the bus; a thread that waits in ``recv`` gets a CanOperationError."""
        super().shutdown()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._readable.close()
        self._socket.close()


def _connect(channel: str) -> socket.socket:
    try:
        sock = socket.create_connection(wire.host_and_port(channel), _CONNECT_S)
    except (OSError, ValueError) as error:
        raise can.CanInitializationError(f'no hub at {channel!r} ({error}); the channel has to be its "host:port"') from error
    try:
        greeting = b""
        while len(greeting) < wire.RECORD and (data := sock.recv(wire.RECORD - len(greeting))):
            greeting += data
        if greeting != wire.GREETING:
            raise can.CanInitializationError(f"what listens at {channel!r} is no hub of this rig")
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        sock.close()
        raise can.CanInitializationError(f"what listens at {channel!r} is no hub of this rig ({error})") from error
    except can.CanError:
        sock.close()
        raise
    return sock
