"""Whether the device has asked the vehicle yet: what telemetry owes depends on what was polled before."""

from collections.abc import Iterable
from itertools import pairwise

from rig.errors import BenchError
from rig.vehicle import EcuRequest, Vehicle

_IDENTIFIER_BYTES = {0x22: 2}


def asks_for(request: EcuRequest, asked: str) -> bool:
    """Whether a request asks for `asked` (service and identifier in hex), perhaps among others."""
    service, wanted = bytes.fromhex(asked)[:1], bytes.fromhex(asked)[1:]
    width = _IDENTIFIER_BYTES.get(service[0], 1)
    found = [request.data[at : at + width] for at in range(1, len(request.data), width)]
    return request.data[:1] == service and wanted in found


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


def longest_period_ms(vehicle: Vehicle, asked: str, since_ns: int) -> float:
    """The longest time between two requests for `asked` since a moment, in ms; 0 where there were fewer than two."""
    return max(((later - earlier) / 1e6 for earlier, later in pairwise(polls(vehicle, asked, since_ns))), default=0.0)
