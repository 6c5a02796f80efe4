"""The expression language: from the bytes of an answer to a number.

Grammar, loosest binding first; blanks and tabs may stand between tokens; everything groups to the left::

    expression := both  (("^" | "|") both)*          equally strong
    both       := shift ("&" shift)*
    shift      := sum   (("<<" | ">>") sum)*
    sum        := product (("+" | "-") product)*
    product    := signed  (("*" | "/") signed)*
    signed     := ("+" | "-")* operand
    operand    := number | byte | range | "V" | "(" expression ")"
    number     := digits ["." [digits]] | "." digits         decimal only, no exponent
    byte       := "B" [n] [":" k]       unsigned byte n (0 if left out), or its bit k (0 is the lowest; 8 and 9 are 0)
                | "S" [n]               signed byte n
    range      := "[" "B" a ":" "B" b "]"   big-endian unsigned, at most 8 bytes, 0 where b < a
                | "[" "S" a ":" "S" b "]"   the same, two's complement

Arithmetic is done in double precision; ``& | ^ << >>`` cut both operands to whole numbers, towards zero. ``V`` is 0. Upper case
counts. Everything else (unknown characters, a missing operand or parenthesis, two operands side by side, division by zero, a
byte beyond the answer, a result that is not finite) is an `ExpressionError`: there is no value then.

How shipped firmware differs is in `rig.emulator.autopid.operators.Dialect`.
"""

import math
import re
from collections.abc import Callable

from rig.emulator.autopid.operators import LEVELS, STRICT, Dialect, ExpressionError, ExpressionHangsError, apply
from rig.emulator.autopid.shunting import shunt

ByteAt = Callable[[int], int]
"""Byte n of an answer, 0 to 255; raises ExpressionError where the answer has none."""

_DEEPEST = 100
_TOKEN = re.compile(
    r"(?P<blank>[ \t]+)"
    r"|(?P<number>[0-9.]+)"
    r"|\[[ \t]*(?P<kind>[BS])[ \t]*(?P<first>[0-9]*)[ \t]*:[ \t]*(?P<kind2>[BS])[ \t]*(?P<last>[0-9]*)[ \t]*\]"
    r"|(?P<byte>[BS])(?P<index>[0-9]*)(?::(?P<bit>[0-9]))?"
    r"|(?P<zero>V)"
    r"|(?P<sign><<|>>|[-+*/&|^()])"
)
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
_OPEN_RANGE = re.compile(r"\[[ \t]*([BS])[ \t]*[0-9]*[ \t]*:[ \t]*\1[ \t]*+[0-9]*+(?!\])")


def evaluate(expression: str, byte_at: ByteAt, dialect: Dialect = STRICT) -> float:
    """The value of an expression.

    Raises:
        ExpressionError: it has none.
        ExpressionHangsError: firmware would hang (only where the dialect says so).
    """
    if dialect.hangs and _OPEN_RANGE.search(expression):
        raise ExpressionHangsError(expression)
    tokens = tokens_of(expression, byte_at, dialect)
    value = _Parser(tokens, dialect).value() if dialect.strict else shunt(tokens, dialect)
    if dialect.finite and not math.isfinite(value):
        raise ExpressionError(f"{expression!r} yields {value}")
    return value + 0.0  # -0.0 becomes 0.0


def bytes_of(data: bytes) -> ByteAt:
    """The bytes of one answer and none beyond."""

    def byte_at(index: int) -> int:
        if index >= len(data):
            raise ExpressionError(f"byte {index} of an answer of {len(data)}")
        return data[index]

    return byte_at


def tokens_of(expression: str, byte_at: ByteAt, dialect: Dialect) -> list[float | str]:
    """Operands as their values, operators and parentheses as text."""
    tokens: list[float | str] = []
    position = 0
    while position < len(expression):
        token = _TOKEN.match(expression, position)
        if token is None:
            raise ExpressionError(f"{expression[position:]!r} is no token")
        position = token.end()
        if token["sign"]:
            tokens.append(token["sign"])
        elif not token["blank"]:
            tokens.append(_operand(token, byte_at, dialect))
    return tokens


def _operand(token: re.Match[str], byte_at: ByteAt, dialect: Dialect) -> float:
    if token["number"]:
        return _number(token["number"], dialect)
    if token["kind"]:
        return _range(token, byte_at, dialect)
    if token["zero"]:
        return 0.0
    value = byte_at(_index(token["index"]))
    if token["byte"] == "B":
        return float(value if token["bit"] is None else value >> int(token["bit"]) & 1)
    if token["bit"] is not None:
        raise ExpressionError(f"{token[0]}: signed bytes have no bits")
    return float(value - 256 if value >= 128 else value)


def _number(text: str, dialect: Dialect) -> float:
    match = _NUMBER.match(text)
    if match is None or (dialect.strict and match.end() != len(text)):
        raise ExpressionError(f"{text!r} is no number")
    return float(match[0])


def _index(digits: str) -> int:
    if len(digits) > 6:
        raise ExpressionError(f"byte {digits} of an answer")
    return int(digits or "0")


def _range(token: re.Match[str], byte_at: ByteAt, dialect: Dialect) -> float:
    first, last = _index(token["first"]), _index(token["last"])
    width = last - first + 1
    if token["kind"] != token["kind2"] or width > 8:
        raise ExpressionError(f"{token[0]} is no range")
    if width <= 0:
        return 0.0
    signed = token["kind"] == "S" and (dialect.signs_any_width or width in {1, 2, 4})
    return float(int.from_bytes(bytes(map(byte_at, range(first, last + 1))), "big", signed=signed))


class _Parser:
    """Reads and computes in one go, by the grammar in the module's docstring."""

    def __init__(self, tokens: list[float | str], dialect: Dialect) -> None:
        self._tokens = tokens
        self._dialect = dialect
        self._next = 0
        self._depth = 0

    def value(self) -> float:
        value = self._level(0)
        if self._next < len(self._tokens):
            raise ExpressionError(f"{self._tokens[self._next]!r} where an operator or the end should be")
        return value

    def _level(self, level: int) -> float:
        if level == len(LEVELS):
            return self._signed()
        value = self._level(level + 1)
        while (operator := self._peek()) in LEVELS[level]:
            self._next += 1
            value = apply(str(operator), value, self._level(level + 1), self._dialect)
        return value

    def _signed(self) -> float:
        negative = False
        while (sign := self._peek()) in {"+", "-"}:
            self._next += 1
            negative ^= sign == "-"
        value = self._operand()
        return -value if negative else value

    def _operand(self) -> float:
        token = self._peek()
        self._next += 1
        if isinstance(token, float):
            return token
        if token != "(" or self._depth == _DEEPEST:
            raise ExpressionError(f"{token or 'the end'!r} where a value should be")
        self._depth += 1
        value = self._level(0)
        if self._peek() != ")":
            raise ExpressionError("a parenthesis is not closed")
        self._next += 1
        self._depth -= 1
        return value

    def _peek(self) -> float | str | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None
