"""A vehicle as data: ``fixtures/vehicles/*.toml``, one table per ECU with what it knows.

``[[ecu]]`` has `name`, `request`, `response` (hex ids; not needed for the engine), optionally `functional` and `address_bytes`;
``[ecu.values]`` standard PIDs in physical units, ``[ecu.answers]`` other requests with their data bytes in hex.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from rig.errors import UsageError
from rig.requirements import fixtures_folder

_KEYS = {"name", "request", "response", "functional", "address_bytes", "values", "answers"}
ENGINE = "engine"


@dataclass(frozen=True)
class EcuFixture:
    """One ECU: its ids (as ``Vehicle.add_ecu`` takes them), standard PIDs by value, other answers by bytes."""

    name: str
    request_id: int = 0
    response_id: int = 0
    functional: int | None = None
    address_bytes: tuple[int, int] | None = None
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    answers: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class VehicleFixture:
    """A vehicle's ECUs in the order of the file."""

    ecus: tuple[EcuFixture, ...]


@cache
def default_vehicle() -> VehicleFixture:
    """The car that a bench has unless told otherwise."""
    return read_vehicle(fixtures_folder() / "vehicles" / "default.toml")


def read_vehicle(path: Path) -> VehicleFixture:
    """The vehicle in a file.

    Raises:
        UsageError: no such file, no TOML, or an entry that cannot be used; file and key stand in the message.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the vehicle cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no TOML ({error})") from error
    entries = tables.get("ecu")
    if not isinstance(entries, list) or not entries or tables.keys() != {"ecu"}:
        raise UsageError(f"{path}: a vehicle is a list of [[ecu]] tables and nothing else")
    ecus = []
    for entry in entries:
        try:
            ecus.append(_ecu(entry))
        except (KeyError, ValueError, TypeError) as error:
            raise UsageError(f"{path}: ECU {entry.get('name', 'without name')}: {error}") from error
    return VehicleFixture(tuple(ecus))


def _ecu(entry: dict[str, object]) -> EcuFixture:
    if unknown := entry.keys() - _KEYS:
        raise ValueError(f"unknown key {min(unknown)!r}; known are {', '.join(sorted(_KEYS))}")
    values, answers, pair = entry.get("values", {}), entry.get("answers", {}), entry.get("address_bytes")
    if not isinstance(values, dict) or not isinstance(answers, dict):
        raise TypeError("values and answers have to be tables")
    if pair is not None and (not isinstance(pair, str) or len(bytes.fromhex(pair)) != 2):
        raise ValueError('address_bytes has to be two hex bytes such as "07F1"')
    own = tuple(bytes.fromhex(pair)) if isinstance(pair, str) else None
    is_engine = entry["name"] == ENGINE
    return EcuFixture(
        name=str(entry["name"]),
        request_id=0 if is_engine else int(str(entry["request"]), 16),
        response_id=0 if is_engine else int(str(entry["response"]), 16),
        functional=int(str(entry["functional"]), 16) if "functional" in entry else None,
        address_bytes=(own[0], own[1]) if own else None,
        values={pid: _numbers(pid, value) for pid, value in values.items()},
        answers={request: bytes.fromhex(str(data)) for request, data in answers.items()},
    )


def _numbers(pid: str, value: object) -> tuple[float, ...]:
    row: list[object] = value if isinstance(value, list) else [value]
    numbers = tuple(float(number) for number in row if isinstance(number, int | float) and not isinstance(number, bool))
    if len(numbers) != len(row):
        raise ValueError(f"the value of {pid} has to be a number, or a list of numbers")
    return numbers
