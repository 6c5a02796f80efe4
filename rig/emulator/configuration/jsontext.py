"""JSON as the device reads it: key names in any case, the first of two equal keys counts (web API facts, 2.1)."""

import json
import re
from collections.abc import Sequence
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Fields: TypeAlias = dict[str, "Json"]
"""An object, its key names in lower case."""

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")


def parse(data: bytes, *, lenient: bool = False) -> Json:
    """The value that the text holds.

    `lenient` takes a byte order mark, bytes that are no UTF-8 and anything after the value, as the releases do.

    Raises:
        ValueError: it is no JSON (RFC 8259), or nested too deep.
    """
    text = data.decode("utf-8-sig", errors="replace") if lenient else data.decode()
    decoder = json.JSONDecoder(object_pairs_hook=_fields, parse_constant=_no_constant)
    try:
        if lenient:
            value, _ = decoder.raw_decode(text.lstrip())
        else:
            value = decoder.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    parsed: Json = value
    return parsed


def fields(value: Json) -> Fields:
    """The value, if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Json]:
    """The value, if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Json, default: str = "") -> str:
    """The value, if it is a string, else the default."""
    return value if isinstance(value, str) else default


def number(value: Json) -> float | None:
    """A number, or a string that begins with one; None otherwise."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    found = _NUMBER.match(value) if isinstance(value, str) else None
    return float(found[1]) if found else None


def _fields(pairs: Sequence[tuple[str, Json]]) -> Fields:
    found: Fields = {}
    for key, value in pairs:
        found.setdefault(key.lower(), value)
    return found


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")
