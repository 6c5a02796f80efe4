"""One simulated control unit: what it knows, what it answers, and what it does wrong when told to."""

import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from rig import j1979
from rig.errors import UsageError
from rig.vehicle.delivery import Delivery
from rig.vehicle.faults import Fault, negative
from rig.vehicle.memory import Change, Memory, Refusal, Value
from rig.vehicle.requests import EcuRequest, RequestLog
from rig.vehicle.transport import Addressing

PADDING = 0xAA
"""Filler of unused frame bytes: no zero, so that a device that reads it as data is found out."""
_READ_DATA_BY_IDENTIFIER = 0x22
_READ_DATA_BY_LOCAL_IDENTIFIER = 0x21
_KEPT_FLOW_CONTROLS = 10_000
_MOST_DATA = 4000
"""ISO 15765-2 carries 4095 bytes in one message; service and identifier are among them."""


@dataclass(frozen=True)
class FlowControl:
    """A flow control frame of the tester: status (0 go on, 1 wait, 2 overflow), block size, STmin byte (ISO 15765-2, 9.6.5)."""

    stamp_ns: int
    can_id: int
    status: int
    block_size: int
    st_min: int


@dataclass
class _Behaviour:
    faults: tuple[Fault, ...]
    left: int | None = None


@dataclass(eq=False)
class Ecu:
    """A node of the vehicle. Values may be set and faults scripted at any time, from any thread.

    It answers functional and physical requests for what was set; for anything else it is silent when asked functionally and
    refuses when asked physically. `latency_s` lies between a request and its answer. `padding` fills frames up to 8 bytes;
    None leaves them short. Change `addressing` and `padding` through ``Vehicle.readdress``.
    """

    name: str
    addressing: tuple[Addressing, ...]
    padding: int | None = PADDING
    latency_s: float = 0.0
    _memory: Memory = field(default_factory=Memory, repr=False)
    _log: RequestLog = field(default_factory=RequestLog, repr=False)
    _flow_controls: deque[FlowControl] = field(default_factory=lambda: deque(maxlen=_KEPT_FLOW_CONTROLS), repr=False)
    _behaviours: dict[bytes, _Behaviour] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _silent: bool = field(default=False, repr=False)

    # Values -----------------------------------------------------------------------------------------------------------

    def set(self, pid: str, *values: float, **named: float) -> None:
        """Sets a standard PID in physical units, taken to the nearest step that the PID can tell.

        ``set("0C", 1726.0)``; PIDs of several values take them in the order of the standard, or by name:
        ``set("14", 0.45, -3)``, ``set("14", volts=0.45)``. A value that is not given stays.

        Raises:
            UsageError: an unknown PID or value, or a value out of range.
        """
        entry = j1979.table().get(pid.upper())
        if entry is None:
            raise UsageError(f"the table of standard PIDs has no {pid!r}; for others give bytes with set_raw")
        request = bytes([j1979.SERVICE]) + bytes.fromhex(pid)
        self._memory.set(request, entry.encode(*values, base=self._memory.data(request), **named))

    def set_share(self, name: str, share: float, steps: int = 0) -> None:
        """Sets a standard PID by the device's name for it to a place in its range, and `steps` of its smallest difference further.

        0 is the lowest number that it can hold, 1 the highest.

        Raises:
            UsageError: the table of standard PIDs has no such value.
        """
        try:
            pid, entry = j1979.by_device_name()[name]
        except KeyError:
            raise UsageError(f"the table of standard PIDs has no value that a device calls {name!r}") from None
        self.set(pid.pid, **{entry.name: entry.at(share, steps)})

    def set_raw(self, pid: str, data: Value) -> None:
        """Sets the data bytes of a mode-01 PID, whatever the standard says of it."""
        self.set_answer(f"01{pid}", data)

    def set_did(self, identifier: str, data: Value) -> None:
        """Sets the data bytes of a data identifier (mode 22) such as ``F190``."""
        self.set_answer(f"{_READ_DATA_BY_IDENTIFIER:02X}{identifier}", data)

    def set_local(self, identifier: str, data: Value) -> None:
        """Sets the data bytes of a local identifier (mode 21) such as ``01``."""
        self.set_answer(f"{_READ_DATA_BY_LOCAL_IDENTIFIER:02X}{identifier}", data)

    def set_answer(self, request: str, data: Value) -> None:
        """Sets the data bytes with which any request is answered, after service and identifier; up to 4,000 of them.

        `data` may be a function without arguments that is asked anew for every answer; what it gave stands in `history`.

        Raises:
            UsageError: `request` is no hex, or there is too much data for ISO-TP.
        """
        if not callable(data) and len(data) > _MOST_DATA:
            raise UsageError(f"an answer holds up to {_MOST_DATA} data bytes, not {len(data)}")
        self._memory.set(_bytes(request), data if callable(data) else bytes(data))

    def count(self, request: str, length: int = 4, start: int = 0) -> None:
        """Has every answer to `request` carry a number (big-endian) that is one more than the last, so that no two are alike."""
        numbers = itertools.count(start)
        self.set_answer(request, lambda: (next(numbers) % (1 << 8 * length)).to_bytes(length, "big"))

    def forget(self, key: str) -> None:
        """Stops supporting a mode-01 PID (two hex digits) or any other request (``22F190``)."""
        self._memory.forget(_key(key))

    def value(self, key: str) -> bytes | None:
        """The data bytes that a PID or request is answered with now; None if it is not supported."""
        return self._memory.data(_key(key))

    def values_between(self, key: str, start_ns: int, end_ns: int) -> list[bytes]:
        """The data bytes in force at any moment of a span: what an answer in it may truly carry."""
        return self._memory.between(_key(key), start_ns, end_ns)

    @property
    def supported(self) -> list[str]:
        """Every request that is answered, in upper-case hex."""
        return self._memory.keys

    @property
    def history(self) -> list[Change]:
        """What was set when, oldest first."""
        return self._memory.history

    # Behaviour --------------------------------------------------------------------------------------------------------

    def behave(self, request_prefix: str | None, *faults: Fault, times: int | None = None) -> None:
        """Has requests that begin with `request_prefix` (hex; None for all) answered with these faults.

        The longest prefix that fits counts. With `times` only the next requests are spoilt; without faults the prefix is
        healthy again.

        Raises:
            UsageError: the prefix is no hex.
        """
        prefix = b"" if request_prefix is None else _bytes(request_prefix)
        with self._lock:
            self._behaviours.pop(prefix, None)
            if faults and times != 0:
                self._behaviours[prefix] = _Behaviour(faults, times)

    def silent(self) -> None:
        """Answers nothing any more; requests are still heard and kept."""
        self._silent = True

    def speak(self) -> None:
        """Answers again."""
        self._silent = False

    def mend(self) -> None:
        """Drops all faults, silence and latency."""
        with self._lock:
            self._behaviours.clear()
        self._silent = False
        self.latency_s = 0.0

    # Observation ------------------------------------------------------------------------------------------------------

    @property
    def requests(self) -> list[EcuRequest]:
        """Requests that reached this ECU, oldest first (the newest 100,000)."""
        return self._log.all

    def wait_for_request(self, predicate: Callable[[EcuRequest], object], within_s: float) -> EcuRequest | None:
        """The first request, kept or to come, that `predicate` accepts; None if there is none in time.

        Raises:
            BenchError: the bus is gone.
        """
        return self._log.wait_for(predicate, within_s)

    @property
    def flow_controls(self) -> list[FlowControl]:
        """Flow control that reached this ECU, oldest first (the newest 10,000)."""
        with self._lock:
            return list(self._flow_controls)

    # For the vehicle --------------------------------------------------------------------------------------------------

    def hear(self, request: EcuRequest) -> list[Delivery]:
        """Keeps a request and says what answers it."""
        self._log.add(request)
        if self._silent:
            return []
        answer = self._memory.answer(request.data)
        if isinstance(answer, Refusal):
            refusal = Delivery(negative(request.data, answer.code), self.latency_s)
            deliveries = [] if request.functional else [refusal]
        else:
            deliveries = [Delivery(answer, self.latency_s)]
        for fault in self._faults(request.data):
            deliveries = fault.alter(request.data, deliveries)
        return deliveries

    def hear_flow_control(self, flow_control: FlowControl) -> None:
        """Keeps a flow control frame."""
        with self._lock:
            self._flow_controls.append(flow_control)

    def lose_bus(self, reason: str) -> None:
        """Nothing can arrive any more."""
        self._log.fail(reason)

    def start_over(self) -> None:
        """Drops values, faults and what was kept."""
        self.mend()
        self._memory.clear()
        self._log.clear()
        with self._lock:
            self._flow_controls.clear()

    def _faults(self, request: bytes) -> tuple[Fault, ...]:
        with self._lock:
            fitting = [prefix for prefix in self._behaviours if request.startswith(prefix)]
            if not fitting:
                return ()
            prefix = max(fitting, key=len)
            behaviour = self._behaviours[prefix]
            if behaviour.left is not None:
                behaviour.left -= 1
                if behaviour.left == 0:
                    del self._behaviours[prefix]
            return behaviour.faults


def _bytes(request: str) -> bytes:
    try:
        data = bytes.fromhex(request)
    except ValueError as error:
        raise UsageError(f"{request!r} is no request; it has to be pairs of hex digits such as 22F190") from error
    if not data:
        raise UsageError("a request needs at least a service byte such as 01")
    return data


def _key(key: str) -> bytes:
    data = _bytes(key)
    return bytes([j1979.SERVICE]) + data if len(data) == 1 else data
