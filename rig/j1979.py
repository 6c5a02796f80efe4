"""Standard parameters of SAE J1979 service 01: from physical values to the bytes of an answer and back.

The table is data (``fixtures/j1979.toml``), worked out from the standard. The vehicle encodes with it and the oracle decodes
with it; a self-test holds it against values worked out by hand. Arithmetic is in fractions, so that no error adds up.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path

from rig.errors import UsageError
from rig.requirements import fixtures_folder

SERVICE = 0x01
"""Show current data (J1979 6.1)."""


@dataclass(frozen=True)
class Field:
    """One value in the answer of a PID: where it stands, and value = number * scale + offset.

    `first` counts data bytes from 0 (data byte A). `minimum` and `maximum` are what the standard prints, in `unit`.
    """

    name: str
    first: int
    length: int
    scale: Fraction
    offset: Fraction
    signed: bool
    minimum: float
    maximum: float
    unit: str
    device_name: str | None = None

    @property
    def step(self) -> float:
        """Smallest difference that the encoding can tell, in units."""
        return float(self.scale)

    @property
    def numbers(self) -> range:
        """Every number that the bytes can hold."""
        bits = 8 * self.length
        return range(-(1 << bits - 1), 1 << bits - 1) if self.signed else range(1 << bits)

    def at(self, share: float, steps: int = 0) -> float:
        """The value at a place in the range (0 the lowest number the bytes can hold, 1 the highest) and some steps further."""
        return float(self.numbers[round(share * (len(self.numbers) - 1)) + steps] * self.scale + self.offset)

    def number(self, value: float) -> int:
        """The number whose value lies nearest to `value`.

        Raises:
            UsageError: the value lies more than half a step outside the range, or is no finite number.
        """
        if not math.isfinite(value):
            raise UsageError(f"{self.name} has to be a finite number, not {value}")
        number = round((Fraction(value) - self.offset) / self.scale)
        if number not in self.numbers:
            raise UsageError(f"{self.name} = {value:g} {self.unit} is outside {self.minimum:g} to {self.maximum:g} {self.unit}")
        return number

    def encode(self, value: float) -> bytes:
        """The bytes of `value`, taken to the nearest step.

        Raises:
            UsageError: the value is out of range.
        """
        return self.number(value).to_bytes(self.length, "big", signed=self.signed)

    def decode(self, data: bytes) -> float:
        """The value in the data bytes of an answer (without service and PID), in units.

        Raises:
            ValueError: the answer is too short to hold it.
        """
        raw = data[self.first : self.first + self.length]
        if len(raw) < self.length:
            raise ValueError(f"{self.name} needs {self.first + self.length} data bytes, the answer has {len(data)}")
        return float(int.from_bytes(raw, "big", signed=self.signed) * self.scale + self.offset)


@dataclass(frozen=True)
class Pid:
    """One parameter identifier of service 01: its name in the standard, its data bytes, its values.

    `length` counts data bytes after service and PID; up to 5 fit a single CAN frame.
    """

    pid: str
    name: str
    length: int
    fields: tuple[Field, ...]
    initial: bytes = field(repr=False)

    @property
    def single_frame(self) -> bool:
        """Whether the answer fits one CAN frame (ISO 15765-2: 7 bytes, of which service and PID take two)."""
        return self.length <= 5

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises:
            UsageError: there is none.
        """
        for entry in self.fields:
            if entry.name == name:
                return entry
        raise UsageError(f"PID {self.pid} has no value {name!r}; its values are {', '.join(entry.name for entry in self.fields)}")

    def encode(self, *values: float, base: bytes | None = None, **named: float) -> bytes:
        """The data bytes of an answer: values in the order of `fields`, or by name. What is not given stays as in `base`.

        Raises:
            UsageError: a value out of range, unknown, given twice, or none at all.
        """
        if len(values) > len(self.fields):
            raise UsageError(f"PID {self.pid} has {len(self.fields)} values, not {len(values)}")
        given = {entry.name: value for entry, value in zip(self.fields, values, strict=False)}
        if twice := given.keys() & named.keys():
            raise UsageError(f"PID {self.pid}: {min(twice)} is given twice")
        given |= named
        if not given:
            raise UsageError(f"PID {self.pid} needs a value")
        data = bytearray(base if base is not None and len(base) == self.length else self.initial)
        for name, value in given.items():
            entry = self.field(name)
            try:
                data[entry.first : entry.first + entry.length] = entry.encode(value)
            except UsageError as error:
                raise UsageError(f"PID {self.pid} ({self.name}): {error}") from None
        return bytes(data)

    def decode(self, data: bytes) -> dict[str, float]:
        """Every value in the data bytes of an answer, by name.

        Raises:
            ValueError: the answer is too short.
        """
        return {entry.name: entry.decode(data) for entry in self.fields}


@cache
def table() -> Mapping[str, Pid]:
    """Every PID of ``fixtures/j1979.toml`` by its two hex digits, in ascending order.

    Raises:
        UsageError: the file is damaged; PID, key and remedy stand in the message.
    """
    return read(fixtures_folder() / "j1979.toml")


@cache
def by_device_name() -> Mapping[str, tuple[Pid, Field]]:
    """PID and field of every parameter under the name that a WiCAN-PRO has for it, such as ``14-OxySensor1_STFT``."""
    named = ((pid, entry) for pid in table().values() for entry in pid.fields if entry.device_name)
    return {f"{pid.pid}-{entry.device_name}": (pid, entry) for pid, entry in named}


def read(path: Path) -> dict[str, Pid]:
    """The table in a file of the same form.

    Raises:
        UsageError: no such file, no TOML, or an entry that contradicts itself.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["pid"]
    except OSError as error:
        raise UsageError(f"{path}: the table of standard PIDs cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise UsageError(f"{path}: not a file of [pid.HH] tables ({error})") from error
    pids = {}
    for pid, entry in tables.items():
        try:
            pids[pid] = _pid(pid, entry)
        except (KeyError, ValueError, TypeError) as error:
            raise UsageError(f"{path}: [pid.{pid}] is damaged ({error!r})") from error
    return dict(sorted(pids.items()))


def _pid(pid: str, entry: dict[str, object]) -> Pid:
    if len(bytes.fromhex(pid)) != 1 or pid != pid.upper():
        raise ValueError("a PID is two upper-case hex digits")
    length = int(str(entry["bytes"]))
    initial = bytes.fromhex(str(entry.get("initial", "00" * length)))
    rows = entry["fields"]
    if not isinstance(rows, list) or not rows or len(initial) != length:
        raise ValueError("needs fields, and an initial answer as long as bytes says")
    fields = tuple(_field(row) for row in rows)
    if any(entry.first + entry.length > length for entry in fields) or len({entry.name for entry in fields}) != len(fields):
        raise ValueError("fields have to have different names and to stand inside the answer")
    return Pid(pid, str(entry["name"]), length, fields, initial)


def _field(row: dict[str, object]) -> Field:
    device = row.get("device")
    entry = Field(
        name=str(row["name"]),
        first=ord(str(row["at"])) - ord("A"),
        length=int(str(row["bytes"])),
        scale=Fraction(str(row["scale"])),
        offset=Fraction(str(row.get("offset", "0"))),
        signed=row.get("signed") is True,
        minimum=float(str(row["min"])),
        maximum=float(str(row["max"])),
        unit=str(row["unit"]),
        device_name=None if device is None else str(device),
    )
    lowest, highest = (float(entry.numbers[end] * entry.scale + entry.offset) for end in (0, -1))
    if abs(lowest - entry.minimum) > entry.step / 2 or abs(highest - entry.maximum) > entry.step / 2:
        raise ValueError(f"{entry.name}: scale and offset make {lowest:g} to {highest:g} of the lowest and highest number")
    return entry
