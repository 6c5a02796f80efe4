"""Whether the device has asked the vehicle yet: what telemetry owes depends on what was polled before."""

from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise

import can

from rig.errors import BenchError
from rig.vehicle import EcuRequest, Vehicle

_IDENTIFIER_BYTES = {0x22: 2}
_FLOW_CONTROL = 3
_LONGEST_SINGLE = 7


def asked_by(data: bytes) -> list[str]:
    """What a request (service byte first) asks for, each as service and identifier in upper-case hex."""
    width = _IDENTIFIER_BYTES.get(data[0], 1) if data else 1
    return [(data[:1] + data[at : at + width]).hex().upper() for at in range(1, len(data), width)]


def asks_for(request: EcuRequest, asked: str) -> bool:
    """Whether a request asks for `asked` (service and identifier in hex), perhaps among others."""
    return asked.upper() in asked_by(request.data)


def polls_by_request(requests: Iterable[EcuRequest]) -> dict[str, list[int]]:
    """When each thing was asked for (ns, ascending), by service and identifier in upper-case hex."""
    stamps: dict[str, set[int]] = {}
    for request in requests:
        for asked in asked_by(request.data):
            stamps.setdefault(asked, set()).add(request.stamp_ns)
    return {asked: sorted(found) for asked, found in stamps.items()}


def polls(vehicle: Vehicle, asked: str, since_ns: int) -> list[int]:
    """When the vehicle was asked for `asked` since a moment (ns)."""
    stamps = [request.stamp_ns for request in vehicle.requests if request.stamp_ns > since_ns and asks_for(request, asked)]
    return sorted(set(stamps))


def polled(vehicle: Vehicle, asked: Iterable[str], since_ns: int, within_s: float = 45.0) -> dict[str, int]:
    """The first moment since `since_ns` at which the vehicle was asked for each of these (ns).

    Raises:
        BenchError: it was not asked for one of them in time.
    """
    first = {}
    for one in asked:
        request = vehicle.wait_for_request(lambda seen, one=one: seen.stamp_ns > since_ns and asks_for(seen, one), within_s)  # type: ignore[misc]
        if request is None:
            raise BenchError(f"the device did not ask the vehicle for {one} within {within_s:g} s")
        first[one] = request.stamp_ns
    return first


def wait_for_polls(vehicle: Vehicle, asked: str, count: int, since_ns: int, within_s: float = 45.0) -> list[int]:
    """The first `count` moments since `since_ns` at which the vehicle was asked for `asked` (ns); else the question is not reached."""
    return _polls(vehicle, asked, count, since_ns, within_s, BenchError)


def expect_polls(vehicle: Vehicle, asked: str, count: int, since_ns: int, within_s: float = 45.0) -> list[int]:
    """The first `count` moments since `since_ns` at which the vehicle was asked for `asked` (ns), which the device owes."""
    return _polls(vehicle, asked, count, since_ns, within_s, AssertionError)


def _polls(vehicle: Vehicle, asked: str, count: int, since_ns: int, within_s: float, missing: type[Exception]) -> list[int]:
    seen: set[int] = set()

    def enough(request: EcuRequest) -> bool:
        if request.stamp_ns > since_ns and asks_for(request, asked):
            seen.add(request.stamp_ns)
        return len(seen) >= count

    if vehicle.wait_for_request(enough, within_s) is None:
        raise missing(f"expected {count} requests of the device for {asked} within {within_s:g} s, observed {len(seen)}")
    return sorted(seen)


def longest_period_ms(vehicle: Vehicle, asked: str, since_ns: int) -> float:
    """The longest time between two requests for `asked` since a moment, in ms; 0 where there were fewer than two."""
    return max(((later - earlier) / 1e6 for earlier, later in pairwise(polls(vehicle, asked, since_ns))), default=0.0)


def pass_ms(vehicle: Vehicle, since_ns: int) -> float:
    """How long the device takes for one pass over all it asks for, in ms: for each, the time from a request to one that follows close."""
    polls = polls_by_request(request for request in vehicle.requests if request.stamp_ns > since_ns)
    stamps = sorted({stamp_ns for found in polls.values() for stamp_ns in found})
    gaps = sorted((later - earlier) / 1e6 for earlier, later in pairwise(stamps))
    return len(polls) * gaps[len(gaps) // 10] if gaps else 0.0


def not_called_for(frames: Iterable[tuple[int, can.Message]], called_for: Mapping[int, Collection[str]], since_ns: int) -> list[str]:
    """Frames of the device since a moment that are neither a request it was told to make nor flow control, in words.

    `called_for` has, by the id they go to, the requests (service and identifier in hex).
    """
    return [
        f"{frame.arbitration_id:X} {bytes(frame.data).hex(' ')}"
        for stamp_ns, frame in frames
        if stamp_ns > since_ns and frame.is_rx and not _is_called_for(frame, called_for.get(frame.arbitration_id, ()))
    ]


def _is_called_for(frame: can.Message, requests: Collection[str]) -> bool:
    data = bytes(frame.data)
    if not data or frame.is_remote_frame or frame.is_error_frame:
        return False
    if data[0] >> 4 == _FLOW_CONTROL:
        return bool(requests)
    asked = asked_by(data[1 : 1 + data[0]]) if data[0] <= _LONGEST_SINGLE else []
    return bool(asked) and set(asked) <= set(requests)
