"""Reading JSON that somebody else may have written: a wrong key is said with its place, and is the user's fault."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from rig.errors import UsageError


@dataclass(frozen=True)
class Table:
    """A JSON object and where it stands, for messages. Every read raises ``UsageError`` where key or kind is wrong."""

    values: Mapping[str, object]
    where: str

    @classmethod
    def of(cls, value: object, where: str) -> Self:
        """The object `value`."""
        if not isinstance(value, dict):
            raise UsageError(f"{where}: has to be an object, not {_kind(value)}")
        return cls(value, where)

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self.values.get(key) is not None

    def text(self, key: str) -> str:
        """A text."""
        value = self._value(key)
        if isinstance(value, str):
            return value
        raise self._wrong(key, "a text")

    def number(self, key: str) -> float:
        """A number; null stands for a figure that is none and reads as NaN."""
        value = self._value(key)
        if value is None:
            return math.nan
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        raise self._wrong(key, "a number")

    def whole(self, key: str) -> int:
        """A whole number."""
        value = self._value(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self._wrong(key, "a whole number")

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._value(key)
        if isinstance(value, bool):
            return value
        raise self._wrong(key, "true or false")

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        value = self._value(key)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise self._wrong(key, "a list of texts")

    def table(self, key: str) -> "Table":
        """An object."""
        return Table.of(self._value(key), f"{self.where}: {key}")

    def tables(self, key: str) -> list["Table"]:
        """A list of objects."""
        value = self._value(key)
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return [Table.of(item, f"{self.where}: {key}[{position}]") for position, item in enumerate(value)]

    def numbers(self, key: str) -> dict[str, float]:
        """An object of numbers."""
        inner = self.table(key)
        return {name: inner.number(name) for name in inner.values}

    def _value(self, key: str) -> object:
        if key not in self.values:
            raise UsageError(f"{self.where}: {key!r} is missing")
        return self.values[key]

    def _wrong(self, key: str, wanted: str) -> UsageError:
        return UsageError(f"{self.where}: {key!r} has to be {wanted}, not {_kind(self.values[key])}")


def _kind(value: object) -> str:
    return {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")
