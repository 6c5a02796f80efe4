"""Requests that reached an ECU, kept with their stamps: the primary evidence of how a device polls."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from rig import clock
from rig.errors import BenchError

_KEPT = 100_000


@dataclass(frozen=True)
class EcuRequest:
    """One request, complete at `stamp_ns`: service byte first, without transport bytes; `functional` went to all ECUs."""

    stamp_ns: int
    ecu: str
    can_id: int
    data: bytes
    functional: bool

    def __repr__(self) -> str:
        kind = "functional" if self.functional else "physical"
        return f"<{kind} request {self.data.hex()} to {self.ecu} on {self.can_id:X} at {self.stamp_ns / 1e9:.3f} s>"


class RequestLog:
    """The newest 100,000 requests, and waiting for one."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._kept: deque[EcuRequest] = deque(maxlen=_KEPT)
        self._count = 0
        self._failure: str | None = None

    def add(self, request: EcuRequest) -> None:
        """Keeps a request and wakes who waits for it."""
        with self._arrived:
            self._kept.append(request)
            self._count += 1
            self._arrived.notify_all()

    def fail(self, reason: str) -> None:
        """No request will come any more; who waits for one gets a BenchError."""
        with self._arrived:
            self._failure = reason
            self._arrived.notify_all()

    def clear(self) -> None:
        """Forgets the requests kept."""
        with self._arrived:
            self._kept.clear()

    @property
    def all(self) -> list[EcuRequest]:
        """The requests kept, oldest first."""
        with self._arrived:
            return list(self._kept)

    def wait_for(self, predicate: Callable[[EcuRequest], object], within_s: float) -> EcuRequest | None:
        """The first request, of those kept and those to come, that `predicate` accepts; None if there is none in time.

        Raises:
            BenchError: the bus is gone, so that none can come.
        """
        deadline_ns = clock.now_ns() + round(within_s * 1e9)
        seen = 0
        while True:
            with self._arrived:
                while seen == self._count:
                    if self._failure is not None:
                        raise BenchError(f"no request can arrive any more: {self._failure}")
                    left_s = (deadline_ns - clock.now_ns()) / 1e9
                    if left_s <= 0 or not self._arrived.wait(left_s):
                        return None
                fresh = list(self._kept)[-(self._count - seen) :]
                seen = self._count
            for request in fresh:
                if predicate(request):
                    return request
