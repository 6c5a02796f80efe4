"""Whether a value in telemetry is what an answer of the ECU decodes to."""

import sys
from collections.abc import Collection, Sequence
from itertools import pairwise

from rig.tolerance import Tolerances

_FLOAT32 = 2.0**-23
"""Spacing of 32-bit floats (IEEE 754 binary32), in parts of the value."""


def agrees(seen: object, expected: float, tolerance: Tolerances) -> bool:
    """Whether `seen` is the number `expected`, within one step of the second decimal and the precision of a 32-bit float.

    A step counts from `expected` itself or from its two decimals, whichever is nearer.
    """
    if isinstance(seen, bool) or not isinstance(seen, int | float) or not abs(seen) <= sys.float_info.max:
        return False
    off = min(abs(seen - expected), abs(seen - round(expected, 2)))
    return off <= tolerance.value + abs(expected) * _FLOAT32


def is_one_of(seen: object, acceptable: Collection[float], tolerance: Tolerances) -> bool:
    """Whether `seen` is one of the values that answers decode to."""
    return any(agrees(seen, expected, tolerance) for expected in acceptable)


def not_growing(counted: Sequence[float]) -> list[int]:
    """Positions of values that are no more than the one before: of a counter in the vehicle, POSTs that were sent again."""
    return [at for at, (before, value) in enumerate(pairwise(counted), 1) if value <= before]
