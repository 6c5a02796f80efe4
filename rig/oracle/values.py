"""Whether a value in telemetry is what an answer of the ECU decodes to."""

import sys
from collections.abc import Collection, Iterable

from rig.tolerance import Tolerances

_FLOAT32 = 2.0**-23
"""Spacing of 32-bit floats (IEEE 754 binary32), in parts of the value."""


def agrees(seen: object, expected: float, tolerance: Tolerances) -> bool:
    """Whether `seen` is the number `expected`, within one step of the second decimal and the precision of a 32-bit float."""
    if isinstance(seen, bool) or not isinstance(seen, int | float) or not abs(seen) <= sys.float_info.max:
        return False
    return abs(seen - expected) <= tolerance.value + abs(expected) * _FLOAT32


def is_one_of(seen: object, acceptable: Collection[float], tolerance: Tolerances) -> bool:
    """Whether `seen` is one of the values that answers decode to."""
    return any(agrees(seen, expected, tolerance) for expected in acceptable)


def held(history: Iterable[tuple[int, str, bytes]], key: str, from_ns: int, until_ns: int) -> list[bytes]:
    """What an ECU may have answered for `key` between two moments: what it held at the first, and what it was set to until the second.

    `history` is a list of (stamp in ns, key, bytes) in order of time, as an ECU of the vehicle keeps it.
    """
    own = [(stamp, data) for stamp, name, data in history if name == key and stamp <= until_ns]
    before = [data for stamp, data in own if stamp <= from_ns]
    return before[-1:] + [data for stamp, data in own if stamp > from_ns]
