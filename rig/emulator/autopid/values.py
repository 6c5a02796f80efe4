"""From a decoded number to the value that telemetry shows."""

import math

from rig.emulator.active import ActiveParameter
from rig.emulator.autopid.operators import ExpressionError
from rig.emulator.autopid.standard import float32
from rig.emulator.behaviour import Behaviour

Value = float | str
_BUFFER_BYTES = 4096


def shown(parameter: ActiveParameter, value: float | None, behaviour: Behaviour) -> Value | None:
    """A value as it is sent: two decimals, or ``on`` and ``off``; None where it may not be sent.

    Values outside the parameter's limits are none.
    """
    if value is None or (behaviour.expression_finite and not math.isfinite(value)):
        return None
    before, value = value, rounded(value)
    if not _inside(parameter, before if behaviour.limits_before_rounding else value):
        return None
    if behaviour.values_float32:
        value = rounded(float32(value))
    if parameter.binary:
        return "on" if value > 0 else "off"
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def rounded(value: float) -> float:
    """The nearest number with two decimals; halves go away from zero."""
    if not math.isfinite(value) or abs(value) >= 1 << 46:  # beyond this there are no hundredths
        return value
    return math.copysign(math.floor(abs(value) * 100 + 0.5) / 100, value) + 0.0


def _inside(parameter: ActiveParameter, value: float) -> bool:
    low, high = parameter.minimum, parameter.maximum
    return not (low is not None and value < low) and not (high is not None and value > high)


class AnswerBytes:
    """The bytes that expressions read. `stale` keeps what longer answers left behind, as shipped firmware does."""

    def __init__(self, *, stale: bool) -> None:
        self._bytes = bytearray(_BUFFER_BYTES)
        self._length = 0
        self._stale = stale

    def fill(self, data: bytes) -> None:
        """A new answer has arrived."""
        data = data[:_BUFFER_BYTES]
        self._bytes[: len(data)] = data
        self._length = len(data)

    def at(self, index: int) -> int:
        """Byte `index`.

        Raises:
            ExpressionError: there is none.
        """
        if index >= (_BUFFER_BYTES if self._stale else self._length):
            raise ExpressionError(f"byte {index} of an answer of {self._length}")
        return self._bytes[index]
