"""Bodies for showing: laid out, and compared with what they should have been."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from rig.report.recorded import Json
from rig.report.words import bounded

_MOST_DIFFERENCES = 20
_LONGEST_VALUE = 120
_DEEPEST = 20


@dataclass(frozen=True)
class Difference:
    """One place where two bodies differ; None where that side has nothing there."""

    path: str
    expected: str | None
    seen: str | None

    @property
    def kind(self) -> str:
        """What the difference is, in a word."""
        return "missing" if self.seen is None else "added" if self.expected is None else "changed"


class Number(float):
    """A number that remembers how it was written: 62.10 is not 62.1 where decimals are judged."""

    def __new__(cls, text: str) -> "Number":
        """The number that `text` writes."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str


def parsed(body: str) -> dict[str, Json] | None:
    """The JSON object in `body`, or None where laying it out would hide something: no object, a key twice, nested too deep."""
    try:
        value = json.loads(body, parse_float=Number, parse_int=Number, parse_constant=Number, object_pairs_hook=_without_twins)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and not _deeper_than(value, _DEEPEST) else None


def _without_twins(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key twice")
    return table


def _deeper_than(value: Json, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    return any(_deeper_than(item, levels - 1) for item in (value.values() if isinstance(value, dict) else value))


def laid_out(body: str, limit: int) -> str:
    """`body` with indents where it is JSON, else as it came; at most about `limit` characters.

    Innermost objects stay on one line, so that a config block reads as a table.
    """
    value = parsed(body)
    return bounded(body if value is None else _layout(value, ""), limit)


def _layout(value: Json, indent: str) -> str:
    if not isinstance(value, dict | list) or not value:
        return _flat(value)
    nested = any(isinstance(item, dict | list) for item in (value.values() if isinstance(value, dict) else value))
    if indent and not nested and len(flat := _flat(value)) <= 72:
        return flat
    deeper = indent + "  "
    if isinstance(value, dict):
        parts = [f"{deeper}{_flat(key)}: {_layout(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _layout(item, deeper) for item in value) + f"\n{indent}]"


def _flat(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flat(key)}: {_flat(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return value.text if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def top_level(body: str) -> tuple[str, ...]:
    """The keys of the body's object; nothing where it is none."""
    return tuple(parsed(body) or ())


def differences(expected: Json, seen: Json) -> list[Difference]:
    """Where two bodies differ, at most twenty places, in the order of the expected one."""
    found = []
    for difference in _differences(expected, seen, ""):
        found.append(difference)
        if len(found) == _MOST_DIFFERENCES:
            break
    return found


def _differences(expected: Json, seen: Json, path: str) -> Iterator[Difference]:
    if isinstance(expected, dict) and isinstance(seen, dict):
        for key in [*expected, *(key for key in seen if key not in expected)]:
            here = f"{path}.{key}" if path else key
            if key not in seen:
                yield Difference(here, _short(expected[key]), None)
            elif key not in expected:
                yield Difference(here, None, _short(seen[key]))
            else:
                yield from _differences(expected[key], seen[key], here)
    elif expected != seen or isinstance(expected, bool) != isinstance(seen, bool):
        yield Difference(path or "(body)", _short(expected), _short(seen))


def _short(value: Json) -> str:
    return bounded(_flat(value), _LONGEST_VALUE)
