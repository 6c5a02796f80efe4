"""The catalogue: ``suites/<area>/requirements.toml``, one table per promise of the product document."""

import tomllib
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from rig.errors import UsageError


class Level(Enum):
    """How binding a requirement is; ``INFO`` is measured and reported, and never fails."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"
    INFO = "info"


@dataclass(frozen=True)
class Requirement:
    """One promise that somebody can observe from outside the device."""

    id: str
    section: str
    level: Level
    observe: tuple[str, ...]
    text: str
    feature: str | None = None

    @property
    def area(self) -> str:
        """First part of the id, which is also the name of the suite's folder."""
        return self.id.partition("/")[0]


_KEYS = {"id", "section", "level", "observe", "text", "feature"}
_OBSERVABLE = {"wire", "api", "ui", "serial", "can"}


def suites_folder() -> Path:
    """Where the suites are: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "suites"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "suites"


def fixtures_folder() -> Path:
    """Where benches, device profiles and vehicle profiles are: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "fixtures"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "fixtures"


@cache
def catalogue(folder: Path | None = None) -> dict[str, Requirement]:
    """Every requirement by id, in the order of the files.

    Raises:
        UsageError: a file is no TOML, or a requirement lacks a key, has an unknown one or stands in the wrong area.
    """
    requirements: dict[str, Requirement] = {}
    for file in sorted((folder or suites_folder()).glob("*/requirements.toml")):
        try:
            tables = tomllib.loads(file.read_text(encoding="utf-8"))["requirement"]
        except (tomllib.TOMLDecodeError, KeyError) as error:
            raise UsageError(f"{file}: not a list of [[requirement]] tables ({error})") from error
        for table in tables:
            requirement = _parse(file, table)
            if requirement.id in requirements:
                raise UsageError(f"{file}: {requirement.id} is there twice; ids are never reused")
            requirements[requirement.id] = requirement
    return requirements


def _parse(file: Path, table: dict[str, object]) -> Requirement:
    name = table.get("id", "a requirement without id")
    if unknown := table.keys() - _KEYS:
        raise UsageError(f"{file}: {name}: unknown key {min(unknown)!r}; known are {', '.join(sorted(_KEYS))}")
    if missing := _KEYS - {"feature"} - table.keys():
        raise UsageError(f"{file}: {name}: key {min(missing)!r} is missing")
    observe = table["observe"]
    if not isinstance(observe, list) or not set(observe) <= _OBSERVABLE:
        raise UsageError(f"{file}: {name}: observe has to be a list of {', '.join(sorted(_OBSERVABLE))}")
    try:
        level = Level(table["level"])
    except ValueError as error:
        raise UsageError(f"{file}: {name}: level has to be must, should, may or info, not {table['level']!r}") from error
    feature = table.get("feature")
    requirement = Requirement(
        str(name), str(table["section"]), level, tuple(observe), str(table["text"]), None if feature is None else str(feature)
    )
    if requirement.area != file.parent.name:
        raise UsageError(f"{file}: {name} belongs into the folder {requirement.area}")
    return requirement
