"""A body as the document promises it: one valid UTF-8 JSON object, flat telemetry, finite numbers of two decimals.

Nothing from a device is trusted: size and depth are limited before anything is parsed, and what is wrong comes back in words.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NoReturn

MAX_BODY = 1 << 20
MAX_DEPTH = 20
TELEMETRY = "autopid_data"
DOCUMENTED = (TELEMETRY, "config", "status")
BUILD_METRICS = ("device_id", "ts", "can", "metrics", "fw")
"""Keys of section 5, which some builds send at the top level."""
TIMESTAMPS = ("timestamp", "ts")
"""Names under which telemetry may hold a timestamp beside its parameters."""

MAX_PROBLEMS = 20
_NO_NUMBER = "is no JSON number"

# one that does not end reaches to the end of the body, so that no body is looked at more than once
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_SECRET = re.compile(
    r"(?:^|[_.-])(?:pass|pwd|psk|key|user)(?:$|[_.-])|password|passwd|passphrase|secret|token|apikey|credential|private|username|ssid|topic",
    re.IGNORECASE,
)
_SWITCHES = ("", "enable", "disable", "yes", "no")


class Number(float):
    """A JSON number that remembers how it was written; a whole one too large for a float is infinite."""

    literal: str

    def __new__(cls, literal: str) -> "Number":
        """The number that `literal` says."""
        number = super().__new__(cls, literal)
        number.literal = literal
        return number

    def __repr__(self) -> str:
        return self.literal


@dataclass(frozen=True)
class Body:
    """A body that was read: its top-level object (empty if it has none), and what is wrong with it, in words."""

    data: Mapping[str, object]
    problems: tuple[str, ...] = ()

    @property
    def telemetry(self) -> Mapping[str, object]:
        """The autopid_data block; empty if it is missing or no object."""
        return self._block(TELEMETRY)

    @property
    def parameters(self) -> dict[str, object]:
        """The telemetry without a timestamp."""
        return {name: value for name, value in self.telemetry.items() if name not in TIMESTAMPS}

    @property
    def config(self) -> Mapping[str, object]:
        """The config block; empty if it is missing or no object."""
        return self._block("config")

    @property
    def status(self) -> Mapping[str, object]:
        """The status block; empty if it is missing or no object."""
        return self._block("status")

    def _block(self, name: str) -> Mapping[str, object]:
        block = self.data.get(name)
        return block if isinstance(block, Mapping) else {}


def read(body: bytes) -> Body:
    """What a body holds, and every way in which it is not one valid UTF-8 JSON object (RFC 8259) of reasonable size."""
    if len(body) > MAX_BODY:
        return Body({}, (f"larger than {MAX_BODY} bytes",))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return Body({}, (f"no valid UTF-8 at byte {error.start}: {body[error.start : error.start + 8].hex(' ')}",))
    if (depth := _depth(body)) > MAX_DEPTH:
        return Body({}, (f"nested {depth} deep, more than {MAX_DEPTH}",))
    problems: list[str] = []

    def pairs(members: list[tuple[str, object]]) -> dict[str, object]:
        counted = Counter(name for name, _ in members)
        problems.extend(f"key {name!r} is there {count} times" for name, count in counted.items() if count > 1)
        return dict(members)

    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_float=Number, parse_int=Number, parse_constant=_constant)
    except ValueError as error:
        return Body({}, (*problems[:MAX_PROBLEMS], f"no valid JSON: {error}"))
    if not isinstance(data, dict):
        problems.append(f"no object, but {_kind(data)}")
    elif b"\\u" in body and not _writable(data):
        problems.append("half a surrogate pair, which is no character")
    else:
        return Body(data, tuple(problems[:MAX_PROBLEMS]))
    return Body({}, tuple(problems[-MAX_PROBLEMS:]))


def not_flat(body: Body) -> list[str]:
    """Telemetry keys whose value is an object or an array."""
    return [name for name, value in body.telemetry.items() if isinstance(value, dict | list)]


def not_numbers(body: Body, names: Iterable[str]) -> list[str]:
    """Which of these telemetry keys are there and are no finite JSON number."""
    present = [(name, body.telemetry[name]) for name in names if name in body.telemetry]
    return [f"{name} is {value!r}" for name, value in present if not (isinstance(value, float) and math.isfinite(value))]


def not_finite(body: Body) -> list[str]:
    """What the text has in place of a finite number; by RFC 8259, 6 that is no JSON, so nothing else of the body can be read."""
    return [problem for problem in body.problems if _NO_NUMBER in problem]


def long_decimals(body: Body) -> list[str]:
    """Telemetry numbers with more than two decimals in the text of the body, a timestamp aside (1e3, 62.10 and 12.0 are fine)."""
    written = [(name, value.literal) for name, value in body.parameters.items() if isinstance(value, Number)]
    return [f"{name} is {literal}" for name, literal in written if not _two_decimals(literal)]


def beside_telemetry(body: Body, allowed: Iterable[str] = ()) -> list[str]:
    """Top-level keys other than autopid_data and those allowed."""
    return sorted(body.data.keys() - {TELEMETRY, *allowed})


def undocumented_keys(body: Body) -> list[str]:
    """Keys that the document does not know, as paths: at the top level, beside class and unit in config, a timestamp in telemetry.

    Names of parameters are the user's, and status may hold many more fields than the document shows; they are not among them.
    """
    found = [name for name in body.data if name not in (*DOCUMENTED, *BUILD_METRICS)]
    found += [f"{TELEMETRY}.{name}" for name in body.telemetry if name in TIMESTAMPS]
    for name, entry in body.config.items():
        if isinstance(entry, Mapping):
            found += [f"config.{name}.{key}" for key in entry if key not in ("class", "unit")]
    return found


def build_metrics(body: Body) -> dict[str, str]:
    """Keys of section 5 at the top level, and whether they mean what it says."""
    found = {}
    for key in BUILD_METRICS:
        if key in body.data:
            value = body.data[key]
            found[key] = "as documented" if _MEANS[key](value) else f"not as documented: {_kind(value)}"
    return found


def secret_looking(value: object, path: str = "") -> list[str]:
    """Paths of keys whose name speaks of a secret or of a person's network, and that hold a text or number; never their values."""
    found: list[str] = []
    for name, member in _members(value):
        here = f"{path}.{name}" if path else name
        if isinstance(member, Mapping | list):
            found += secret_looking(member, here)
        elif _SECRET.search(name) and member not in _SWITCHES and isinstance(member, str | Number | int) and not isinstance(member, bool):
            found.append(here)
    return found


def _members(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((str(name), member) for name, member in value.items())
    elif isinstance(value, list):
        yield from ((str(number), member) for number, member in enumerate(value))


def _depth(body: bytes) -> int:
    """How deep brackets nest, those inside strings aside."""
    depth = deepest = 0
    for byte in _STRING.sub(b"", body):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _writable(data: object) -> bool:
    """Whether the texts in it consist of characters (RFC 8259, 8.2)."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _constant(name: str) -> NoReturn:
    """JSON has no word for what is not finite (RFC 8259, 6), though many parsers take NaN and Infinity."""
    raise ValueError(f"{name} {_NO_NUMBER}")


def _two_decimals(literal: str) -> bool:
    try:
        exponent = Decimal(literal).as_tuple().exponent
    except InvalidOperation:
        return False
    return isinstance(exponent, int) and exponent >= -2


def _kind(value: object) -> str:
    kinds = {bool: "a truth value", Number: "a number", str: "a text", list: "an array", dict: "an object", type(None): "null"}
    return kinds.get(type(value), type(value).__name__)


_MEANS = {
    "device_id": lambda value: isinstance(value, str) and value != "",
    "ts": lambda value: isinstance(value, Number) and 1e9 <= value < 1e13,
    "can": lambda value: isinstance(value, list),
    "metrics": lambda value: isinstance(value, dict),
    "fw": lambda value: isinstance(value, str) and value != "",
}
