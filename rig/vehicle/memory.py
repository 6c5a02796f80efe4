"""What an ECU knows: the answer to each request it supports, and what each value was at what time.

No I/O. Requests and answers are bytes, service byte first (ISO 15031-5, ISO 14229-1), without transport bytes.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rig import clock, j1979

Value = bytes | Callable[[], bytes]
"""Data bytes after service and identifier: fixed, or made anew for every answer."""

SERVICE_NOT_SUPPORTED = 0x11
SUB_FUNCTION_NOT_SUPPORTED = 0x12
INCORRECT_LENGTH = 0x13
REQUEST_OUT_OF_RANGE = 0x31
_READ_DATA_BY_IDENTIFIER = 0x22
_IDENTIFIER_BYTES = {j1979.SERVICE: 1, _READ_DATA_BY_IDENTIFIER: 2}
"""Services that may ask for several identifiers in one request."""
_KEPT = 100_000


@dataclass(frozen=True)
class Refusal:
    """A request that is not supported; `code` is the negative response code that says why."""

    code: int


@dataclass(frozen=True)
class Change:
    """From `stamp_ns` on the answer to `key` (a request in upper-case hex, such as ``010C``) carries `data` (None: no answer)."""

    stamp_ns: int
    key: str
    data: bytes | None


class Memory:
    """The supported requests of one ECU with their data, and the history of it. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._values: dict[bytes, Value] = {}
        self._history: deque[Change] = deque(maxlen=_KEPT)

    @property
    def history(self) -> list[Change]:
        """What was set when, oldest first (the newest 100,000); for values made anew, every one that was given."""
        with self._lock:
            return list(self._history)

    @property
    def keys(self) -> list[str]:
        """Supported requests in upper-case hex, without the lists of supported PIDs."""
        with self._lock:
            return sorted(request.hex().upper() for request in self._values)

    def set(self, request: bytes, value: Value) -> None:
        """From now on `request` is answered with `value`."""
        with self._lock:
            self._values[request] = value
            if isinstance(value, bytes):
                self._note(request, value)

    def forget(self, request: bytes) -> None:
        """From now on `request` is not supported."""
        with self._lock:
            if self._values.pop(request, None) is not None:
                self._note(request, None)

    def clear(self) -> None:
        """Forgets everything, the history too."""
        with self._lock:
            self._values.clear()
            self._history.clear()

    def data(self, request: bytes) -> bytes | None:
        """The data bytes that `request` is answered with now; None if unsupported. For values made anew, the last one given."""
        with self._lock:
            value = self._values.get(request)
            if value is None or isinstance(value, bytes):
                return value
            key = request.hex().upper()
            return next((change.data for change in reversed(self._history) if change.key == key), None)

    def between(self, request: bytes, start_ns: int, end_ns: int) -> list[bytes]:
        """The data in force at some moment of the span, oldest first: what an answer in it may carry."""
        key = request.hex().upper()
        with self._lock:
            changes = [change for change in self._history if change.key == key and change.stamp_ns <= end_ns]
        before = [change for change in changes if change.stamp_ns <= start_ns][-1:]
        inside = [change for change in changes if change.stamp_ns > start_ns]
        return [change.data for change in before + inside if change.data is not None]

    def answer(self, request: bytes) -> bytes | Refusal:
        """What answers `request` now."""
        with self._lock:
            data = self._data(request)
            if data is not None:
                return bytes([request[0] + 0x40 & 0xFF]) + request[1:] + data
            width = _IDENTIFIER_BYTES.get(request[0])
            if width is not None and len(request) > 1 and (len(request) - 1) % width == 0:
                parts = [part for part in self._parts(request, width) if part]
                if parts:
                    return bytes([request[0] + 0x40]) + b"".join(parts)
            return Refusal(self._code(request))

    def _parts(self, request: bytes, width: int) -> Iterator[bytes]:
        """Identifier and data of each identifier asked for; those not supported are left out (J1979 6.1, ISO 14229-1 10.2)."""
        for start in range(1, len(request), width):
            identifier = request[start : start + width]
            data = self._data(request[:1] + identifier)
            yield b"" if data is None else identifier + data

    def _data(self, request: bytes) -> bytes | None:
        value = self._values.get(request)
        if value is None and len(request) == 2 and request[0] == j1979.SERVICE and request[1] % 0x20 == 0:
            return self._supported_pids(request[1])
        if value is None or isinstance(value, bytes):
            return value
        made = value()
        self._note(request, made)
        return made

    def _supported_pids(self, first: int) -> bytes | None:
        """Which of the 32 PIDs after `first` are supported, most significant bit first (J1979 6.1.4); None above the last one."""
        pids = {request[1] for request in self._values if len(request) == 2 and request[0] == j1979.SERVICE}
        if not pids or first > max(pids):
            return None
        bits = sum(1 << 0x20 - (pid - first) for pid in pids if first < pid <= first + 0x20)
        if max(pids) > first + 0x20:
            bits |= 1
        return bits.to_bytes(4, "big")

    def _code(self, request: bytes) -> int:
        if not any(known[0] == request[0] for known in self._values):
            return SERVICE_NOT_SUPPORTED
        if len(request) == 1:
            return INCORRECT_LENGTH
        return REQUEST_OUT_OF_RANGE if request[0] == _READ_DATA_BY_IDENTIFIER else SUB_FUNCTION_NOT_SUPPORTED

    def _note(self, request: bytes, data: bytes | None) -> None:
        self._history.append(Change(clock.now_ns(), request.hex().upper(), data))
