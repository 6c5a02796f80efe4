"""The vehicle's place on the bus: reads every frame, sends, keeps what passed, tells who listens."""

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

import can

from rig import clock
from rig.vehicle.timetable import Timetable

Listener = Callable[[int, can.Message], None]
"""Takes the stamp and a frame, the vehicle's own included (``is_rx`` is off for those)."""
_KEPT_FRAMES = 20_000
_LOOK_S = 0.2
"""How long a read waits at most: the buses of some makers cannot be woken when the vehicle leaves."""
_SEND_S = 0.1


class Node:
    """One thread that reads, one that does things at their time; both hold `lock` while they work.

    `heard` takes every frame of others, `lost` the reason when the bus is gone.
    """

    def __init__(self, bus: can.BusABC, heard: Listener, lost: Callable[[str], None]) -> None:
        self.lock = threading.RLock()
        self.timetable = Timetable("vehicle timetable", self.lock, lost)
        self.unsent = 0
        self._bus = bus
        self._heard = heard
        self._lost = lost
        self._reader = threading.Thread(target=self._read, name="vehicle", daemon=True)
        self._leaving = False
        self._frames: deque[tuple[int, can.Message]] = deque(maxlen=_KEPT_FRAMES)
        self._listeners: list[Listener] = []
        self._endings: list[Callable[[], None]] = []
        self._broadcasts: set[object] = set()

    def start(self) -> None:
        """Begins to read."""
        self.timetable.start()
        self._reader.start()

    def close(self) -> None:
        """Leaves the bus and closes it; ends the logs."""
        self._leaving = True
        self.timetable.stop()
        if self._reader.is_alive():
            self._reader.join()
        self._bus.shutdown()
        for end in list(self._endings):
            end()

    def clear(self) -> None:
        """Drops what was kept, and ends broadcasts."""
        with self.lock:
            self._broadcasts.clear()
            self._frames.clear()

    @property
    def frames(self) -> list[tuple[int, can.Message]]:
        """The frames kept, oldest first."""
        with self.lock:
            return list(self._frames)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with every frame from now on, until the result is called."""
        with self.lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self.lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def log_to(self, path: Path) -> Callable[[], None]:
        """Writes every frame to a candump log from now on, until the result is called or the node is closed."""
        writer = can.CanutilsLogWriter(path, channel="can0")
        unsubscribe = self.subscribe(lambda _, frame: writer.on_message_received(frame))

        def end() -> None:
            with self.lock:
                if end in self._endings:
                    self._endings.remove(end)
                    unsubscribe()
                    writer.stop()

        self._endings.append(end)
        return end

    def transmit(self, can_id: int, wide: bool, data: bytes) -> None:
        """Sends one frame; one that the bus does not take is counted in `unsent`."""
        stamp_ns = clock.now_ns()
        frame = can.Message(clock.to_wall_s(stamp_ns), can_id, wide, data=data, is_rx=False)
        with self.lock:
            try:
                self._bus.send(frame, _SEND_S)
            except (can.CanError, OSError):
                self.unsent += 1
                return
            self._note(stamp_ns, frame)

    def broadcast(self, can_id: int, data: bytes | Callable[[], bytes], every_s: float) -> Callable[[], None]:
        """Sends a frame every `every_s` seconds, until the result is called."""
        token = object()

        def tick(due_ns: int) -> None:
            if token in self._broadcasts:
                self.transmit(can_id, can_id > 0x7FF, data() if callable(data) else data)
                next_ns = max(due_ns + round(every_s * 1e9), clock.now_ns())
                self.timetable.enter((next_ns - clock.now_ns()) / 1e9, partial(tick, next_ns))

        self._broadcasts.add(token)
        self.timetable.enter(0.0, partial(tick, clock.now_ns()))
        return partial(self._broadcasts.discard, token)

    def _read(self) -> None:
        while not self._leaving:
            try:
                frame = self._bus.recv(_LOOK_S)
            except (can.CanError, OSError, ValueError) as error:
                self._lost(f"the CAN bus is gone ({error})")
                return
            if frame is not None:
                self._take(clock.now_ns(), frame)

    def _take(self, stamp_ns: int, frame: can.Message) -> None:
        frame.timestamp = clock.to_wall_s(stamp_ns)
        try:
            with self.lock:
                self._note(stamp_ns, frame)
                self._heard(stamp_ns, frame)
        except Exception as error:
            self._lost(f"the vehicle broke down ({error!r})")
            raise

    def _note(self, stamp_ns: int, frame: can.Message) -> None:
        self._frames.append((stamp_ns, frame))
        for listener in tuple(self._listeners):
            listener(stamp_ns, frame)
