"""What an expression of the vehicle profiles' language makes of an answer: our own reading of it, by recursive descent.

Bytes are counted as the device counts them: ``B0`` is the first byte after the CAN id of the first frame, so the length byte of
a single frame; each further frame follows with all its bytes (`as_received`). From the weakest to the strongest bond::

    either  = both { ("|" | "^") both }        both  = shift { "&" shift }      shift = sum { ("<<" | ">>") sum }
    sum     = product { ("+" | "-") product }  product = signed { ("*" | "/") signed }
    signed  = ("+" | "-") signed | number | byte | range | "V" | "(" either ")"
    byte    = "B" n [":" bit] | "S" n          range = "[" ("B" n ":" "B" n | "S" n ":" "S" n) "]"

The bit operators take whole numbers, cut towards zero. ``V`` is 0 here. Shipped firmware makes values of some texts that this
grammar refuses (an open parenthesis, ``1+``), and other values of a sign after an operator or of three signed bytes.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping

from rig.errors import RigError

MAX_NESTING = 50
MAX_SHIFT = 63
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<operator><<|>>|[-+*/&|^()\[\]:BSV]))", re.ASCII)


class ExpressionError(RigError):
    """The expression gives no value for this answer, and a device must not make one up."""


def evaluate(expression: str, received: bytes) -> float:
    """The value of `expression` for an answer, not rounded.

    Args:
        expression: the text, as a user enters it.
        received: the answer as `as_received` or the bus has it.

    Raises:
        ExpressionError: it cannot be read, divides by zero, or asks for a byte beyond the answer.
    """
    try:
        value = _Reader(expression, received).whole()
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ExpressionError(f"{expression!r} gives no finite number")
    return value


def acceptable_values(expression: str, request: str, candidates: Iterable[bytes]) -> set[float]:
    """Values that a true device may show when the ECU may have answered any of `candidates`; those that give no value are left out.

    Args:
        expression: the text, as a user enters it.
        request: service and identifier in hex, such as ``22F190``, without a count of expected frames.
        candidates: data bytes of the answers, after service and identifier.
    """
    asked = bytes.fromhex(request)
    values = set()
    for data in candidates:
        try:
            values.add(evaluate(expression, as_received(bytes([asked[0] + 0x40]) + asked[1:] + data)))
        except ExpressionError:
            continue
    return values


def as_received(answer: bytes) -> bytes:
    """How an answer (service byte first) stands in the device's numbering of bytes, on an 11-bit bus.

    The bytes of ISO 15765-2, 9.6 that say what a frame is stay where they are: one before a single frame, two before a first
    frame with 6 bytes, one before each consecutive frame with 7.
    """
    if len(answer) <= 7:
        return bytes([len(answer)]) + answer
    received = bytearray([0x10 | len(answer) >> 8, len(answer) & 0xFF]) + answer[:6]
    for number, start in enumerate(range(6, len(answer), 7), 1):
        received += bytes([0x20 | number & 0xF]) + answer[start : start + 7]
    return bytes(received)


class _Reader:
    """Reads one expression from left to right, and reckons while it reads."""

    def __init__(self, expression: str, received: bytes) -> None:
        self._expression = expression
        self._received = received
        self._at = 0
        self._nesting = 0

    def whole(self) -> float:
        value = self._either()
        if self._expression[self._at :].strip():
            raise self._error("cannot be read on")
        return value

    def _either(self) -> float:
        return self._chain(self._both, {"|": lambda a, b: float(_whole(a) | _whole(b)), "^": lambda a, b: float(_whole(a) ^ _whole(b))})

    def _both(self) -> float:
        return self._chain(self._shift, {"&": lambda a, b: float(_whole(a) & _whole(b))})

    def _shift(self) -> float:
        return self._chain(
            self._sum, {"<<": lambda a, b: float(_whole(a) << _places(b)), ">>": lambda a, b: float(_whole(a) >> _places(b))}
        )

    def _sum(self) -> float:
        return self._chain(self._product, {"+": lambda a, b: a + b, "-": lambda a, b: a - b})

    def _product(self) -> float:
        return self._chain(self._signed, {"*": lambda a, b: a * b, "/": _divide})

    def _chain(self, operand: Callable[[], float], operators: Mapping[str, Callable[[float, float], float]]) -> float:
        """Operands between operators of one strength, taken from the left."""
        value = operand()
        while (found := self._peek()) in operators:
            self._take()
            value = operators[found](value, operand())
        return value

    def _signed(self) -> float:
        token = self._take()
        if token in {"+", "-"}:
            value = self._nested(self._signed)
            return -value if token == "-" else value
        if token == "(":
            value = self._nested(self._either)
            self._expect(")")
            return value
        if token == "[":
            return self._range()
        if token in {"B", "S"}:
            return self._byte(token)
        if token == "V":
            return 0.0
        if token[:1].isdigit() or token[:1] == ".":
            return float(token)
        raise self._error(f"has {token or 'nothing'!r} where a value belongs")

    def _nested(self, read: Callable[[], float]) -> float:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise self._error(f"nests more than {MAX_NESTING} deep")
        value = read()
        self._nesting -= 1
        return value

    def _byte(self, kind: str) -> float:
        index = self._index()
        value = self._number(index, index, signed=kind == "S")
        if kind == "B" and self._peek() == ":":
            self._take()
            bit = self._take()
            if bit not in {"0", "1", "2", "3", "4", "5", "6", "7"}:
                raise self._error(f"asks for bit {bit!r} of a byte")
            return float(int(value) >> int(bit) & 1)
        return value

    def _range(self) -> float:
        kind = self._take()
        if kind not in {"B", "S"}:
            raise self._error("has a range of neither B nor S")
        first = self._index()
        self._expect(":")
        self._expect(kind)
        last = self._index()
        self._expect("]")
        if not 1 <= last - first + 1 <= 8:
            raise self._error("has a range of no bytes, or of more than eight")
        return self._number(first, last, signed=kind == "S")

    def _index(self) -> int:
        token = self._peek()
        if token.isdigit():
            return int(self._take())
        return 0

    def _number(self, first: int, last: int, *, signed: bool) -> float:
        if last >= len(self._received):
            raise self._error(f"asks for byte {last} of an answer of {len(self._received)}")
        return float(int.from_bytes(self._received[first : last + 1], "big", signed=signed))

    def _peek(self) -> str:
        found = _TOKEN.match(self._expression, self._at)
        return found[0].strip() if found else ""

    def _take(self) -> str:
        found = _TOKEN.match(self._expression, self._at)
        if found is None:
            raise self._error("cannot be read on" if self._expression[self._at :].strip() else "ends too early")
        self._at = found.end()
        return found[0].strip()

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise self._error(f"lacks {token!r}")

    def _error(self, what: str) -> ExpressionError:
        return ExpressionError(f"{self._expression!r} {what} (at character {self._at})")


def _whole(value: float) -> int:
    if not math.isfinite(value):
        raise ExpressionError("a bit operator has an operand that is not finite")
    return int(value)


def _places(value: float) -> int:
    places = _whole(value)
    if not 0 <= places <= MAX_SHIFT:
        raise ExpressionError(f"a shift by {places} places")
    return places


def _divide(dividend: float, divisor: float) -> float:
    if divisor == 0:
        raise ExpressionError("a division by zero")
    return dividend / divisor
