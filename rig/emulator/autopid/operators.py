"""The operators of the expression language, and the dialects it is read in."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from rig.emulator.behaviour import Behaviour

LEVELS: tuple[tuple[str, ...], ...] = (("^", "|"), ("&",), ("<<", ">>"), ("+", "-"), ("*", "/"))
"""Binary operators, loosest binding first."""


class ExpressionError(Exception):
    """An expression that yields no value for these bytes."""


class ExpressionHangsError(Exception):
    """An expression over which shipped firmware never comes back."""


@dataclass(frozen=True)
class Dialect:
    """How expressions are read. The default is the grammar above; shipped firmware is more lenient, and wrong in places.

    `strict` False takes a missing left operand for 0 and reads signs as operators; `signs_any_width` False leaves 24-bit and
    wider-than-32-bit ranges without their sign; `bits` is the width of bit operators (32 saturates its operands); `finite`
    False lets infinities through; `hangs` never returns from a range that is not closed.
    """

    strict: bool = True
    signs_any_width: bool = True
    bits: int = 64
    finite: bool = True
    hangs: bool = False

    @classmethod
    def of(cls, behaviour: Behaviour) -> Self:
        """The dialect that a device's knobs make."""
        return cls(
            behaviour.expression_strict,
            behaviour.expression_signs_24_bit,
            behaviour.expression_bits,
            behaviour.expression_finite,
            behaviour.expression_hangs,
        )


STRICT = Dialect()


def apply(operator: str, left: float, right: float, dialect: Dialect) -> float:
    """What an operator makes of two operands."""
    if operator == "/":
        if right == 0:
            raise ExpressionError("division by zero")
        return left / right
    if operator in _ARITHMETIC:
        return _ARITHMETIC[operator](left, right)
    return float(_BITWISE[operator](_whole(left, dialect), _whole(right, dialect), dialect))


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "*": lambda left, right: left * right,
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
}


def _whole(value: float, dialect: Dialect) -> int:
    if math.isnan(value):
        raise ExpressionError("bits of something that is no number")
    low, high = -(1 << dialect.bits - 1), (1 << dialect.bits - 1) - 1
    if dialect.strict and not low <= value <= high:
        raise ExpressionError(f"{value} has more than {dialect.bits} bits")
    return low if value < low else high if value > high else math.trunc(value)


def _shift_left(value: int, by: int, dialect: Dialect) -> int:
    if not dialect.strict:
        half = 1 << dialect.bits - 1
        return ((value << by % dialect.bits) + half) % (2 * half) - half
    if not 0 <= by < dialect.bits:
        raise ExpressionError(f"shift by {by}")
    return int(_whole(float(value << by), dialect))


def _shift_right(value: int, by: int, dialect: Dialect) -> int:
    if dialect.strict and by < 0:
        raise ExpressionError(f"shift by {by}")
    return value >> (min(by, dialect.bits) if dialect.strict else by % dialect.bits)


_BITWISE: dict[str, Callable[[int, int, Dialect], int]] = {
    "&": lambda left, right, _: left & right,
    "|": lambda left, right, _: left | right,
    "^": lambda left, right, _: left ^ right,
    "<<": _shift_left,
    ">>": _shift_right,
}
