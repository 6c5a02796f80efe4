"""The connection to the CAN bus: a thread reads whatever python-can interface is configured and hands frames to the loop.

An adapter that is not there, or goes away, is tried again until it is back; meanwhile nothing is received and sending fails.
Without settings the bus is dead for good. A node that acknowledges frames, bit rates and bus-off are not modelled.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rig.emulator.autopid.isotp import Frame

if TYPE_CHECKING:
    import can

_READ_S = 0.05
_RETRY_S = 0.25
Log = Callable[[str, str, str], None]


class CanLink:
    """One opening of the bus, from `start` to `stop`.

    `wanted` is asked in the reading thread which frames (id, whether it has 29 bits) are handed over; `take` gets those in the loop.
    """

    def __init__(self, settings: Mapping[str, Any] | None, log: Log) -> None:
        self.wanted: Callable[[int, bool], bool] = lambda _, __: False
        self.take: Callable[[Frame], None] = lambda _: None
        self._settings = settings
        self._log = log
        self._bus: can.BusABC | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    async def start(self) -> None:
        """Opens the bus; comes back once it is open or the first try has failed."""
        if self._settings is None:
            return
        self._loop = asyncio.get_running_loop()
        tried = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(tried,), name="can-reader", daemon=True)
        self._thread.start()
        await tried.wait()

    async def stop(self) -> None:
        """Closes it; the reading thread is gone when this returns."""
        self._stopping.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def send(self, can_id: int, data: bytes, *, wide: bool) -> bool:
        """Sends a frame, filled up to eight bytes with 00; False where the bus is not there."""
        import can  # noqa: PLC0415 (takes a tenth of a second, which the start of the device need not wait for)

        bus = self._bus
        if bus is None:
            return False
        message = can.Message(arbitration_id=can_id, data=data.ljust(8, b"\0"), is_extended_id=wide)
        try:
            bus.send(message)
        except Exception:  # noqa: BLE001 (adapters raise whatever their driver does; the reader finds out and opens again)
            return False
        return True

    def _run(self, tried: asyncio.Event) -> None:
        while not self._stopping.is_set():
            self._bus = self._open()
            self._call(tried.set)
            if self._bus is None:
                self._stopping.wait(_RETRY_S)
                continue
            self._read(self._bus)
            self._close()

    def _open(self) -> "can.BusABC | None":
        import can  # noqa: PLC0415 (as above)

        try:
            return can.Bus(**self._settings)  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001 (as above)
            self._say("E", f"CAN bus does not open: {error}")
            return None

    def _read(self, bus: "can.BusABC") -> None:
        while not self._stopping.is_set():
            try:
                message = bus.recv(_READ_S)
            except Exception as error:  # noqa: BLE001 (as above)
                self._say("E", f"CAN bus lost: {error}")
                self._stopping.wait(_RETRY_S)
                return
            if message is None or message.is_error_frame or message.is_remote_frame:
                continue
            if self.wanted(message.arbitration_id, message.is_extended_id):
                self._call(self.take, (message.arbitration_id, bytes(message.data)))

    def _close(self) -> None:
        bus, self._bus = self._bus, None
        try:
            if bus is not None:
                bus.shutdown()
        except Exception as error:  # noqa: BLE001 (as above)
            self._say("E", f"CAN bus does not close: {error}")

    def _say(self, level: str, text: str) -> None:
        self._call(self._log, level, "AUTO_PID", text)

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop is closed: the device is gone
            self._stopping.set()
