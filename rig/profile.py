"""Device profiles (``fixtures/devices/<name>.toml``): what is declared for a firmware, and which of its failures are known."""

import fnmatch
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from rig.errors import UsageError
from rig.requirements import fixtures_folder

Basis = Literal["source", "measured"]

_KEYS = {
    "description", "features", "time_limit_s", "longest_gap_s", "longest_gap_cycles", "settling_s", "event_triggers", "deviation"
}  # fmt: skip
_MAY_LACK = {"instead", "sometimes"}
_DEVIATION_KEYS = {"requirement", "tests", "basis", "reason"} | _MAY_LACK


@dataclass(frozen=True)
class Deviation:
    """A requirement that this firmware is known to break: in which tests, how that is known, why, and what is seen instead.

    `sometimes` says that it depends on chance, such as the phase of two cycles, so that a pass does not make it stale.
    """

    requirement: str
    tests: tuple[str, ...]
    basis: Basis
    reason: str
    instead: str = ""
    sometimes: bool = False

    def covers(self, test: str) -> bool:
        """Whether `test` (``auth/test_x.py::test_y``) is one of those that fail; names may be globs."""
        return any(fnmatch.fnmatchcase(test, pattern) for pattern in self.tests)


@dataclass(frozen=True)
class DeviceProfile:
    """What is declared for a firmware.

    `time_limit_s` is how long one attempt may take, `longest_gap_s` and `longest_gap_cycles` bound the pause between attempts
    (backoff), `settling_s` is how long ECUs must answer or be silent before the ECU state follows.
    """

    name: str
    description: str = ""
    features: frozenset[str] = frozenset()
    time_limit_s: float = 5.0
    gap_s: float = 0.0
    gap_cycles: float = 1.0
    settling_s: float = 10.0
    event_triggers: frozenset[str] = frozenset()
    deviations: tuple[Deviation, ...] = ()

    def longest_gap_s(self, cycle_s: float) -> float:
        """The longest pause between two attempts of a destination with this cycle, in seconds."""
        return max(self.gap_s, self.gap_cycles * cycle_s)


@cache
def read_profile(name: str, folder: Path | None = None) -> DeviceProfile:
    """The profile of that name.

    Raises:
        UsageError: there is none, or its file has an unknown key or an unusable value.
    """
    folder = folder or fixtures_folder() / "devices"
    file = folder / f"{name}.toml"
    known = sorted(path.stem for path in folder.glob("*.toml"))
    if name not in known:
        raise UsageError(f"there is no device profile {name!r}; profiles are {', '.join(known)} ({folder})")
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: no TOML ({error})") from error
    if unknown := table.keys() - _KEYS:
        raise UsageError(f"{file}: unknown key {min(unknown)!r}; known are {', '.join(sorted(_KEYS))}")
    return DeviceProfile(
        name=name,
        description=str(table.get("description", "")),
        features=frozenset(_strings(file, table, "features")),
        time_limit_s=_number(file, table, "time_limit_s", DeviceProfile.time_limit_s),
        gap_s=_number(file, table, "longest_gap_s", DeviceProfile.gap_s),
        gap_cycles=_number(file, table, "longest_gap_cycles", DeviceProfile.gap_cycles),
        settling_s=_number(file, table, "settling_s", DeviceProfile.settling_s),
        event_triggers=frozenset(_strings(file, table, "event_triggers")),
        deviations=tuple(_deviation(file, entry) for entry in table.get("deviation", [])),
    )


def _number(file: Path, table: dict[str, object], key: str, default: float) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise UsageError(f"{file}: {key} has to be a number of at least 0, not {value!r}")
    return float(value)


def _strings(file: Path, table: dict[str, object], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise UsageError(f"{file}: {key} has to be a list of texts, not {value!r}")


def _deviation(file: Path, entry: dict[str, object]) -> Deviation:
    name = entry.get("requirement", "a deviation without requirement")
    if unknown := entry.keys() - _DEVIATION_KEYS:
        raise UsageError(f"{file}: {name}: unknown key {min(unknown)!r}; known are {', '.join(sorted(_DEVIATION_KEYS))}")
    if missing := _DEVIATION_KEYS - _MAY_LACK - entry.keys():
        raise UsageError(f"{file}: {name}: key {min(missing)!r} is missing")
    basis = entry["basis"]
    if basis not in {"source", "measured"}:
        raise UsageError(f"{file}: {name}: basis has to be source or measured, not {basis!r}")
    tests = _strings(file, entry, "tests")
    if not tests:
        raise UsageError(f"{file}: {name}: tests has to name at least one test that fails")
    sometimes = entry.get("sometimes", False)
    if not isinstance(sometimes, bool):
        raise UsageError(f"{file}: {name}: sometimes has to be true or false, not {sometimes!r}")
    return Deviation(str(name), tests, basis, str(entry["reason"]), str(entry.get("instead", "")), sometimes)
