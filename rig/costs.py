"""What each scenario costs (``suites/costs.toml``): seconds of observation and boots of the device, as measured on the emulator.

The order of a run starts with the longest, so that benches side by side end together, and the user is told beforehand how long a
run will take. ``wican-rig costs RUN`` writes the table from a run.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from rig.requirements import suites_folder

FILE = "costs.toml"
_EMULATED_BOOT_S = 0.5
_START_S = 8.0
"""Benches and interpreters are up, and the report is written, in about this time."""


@dataclass(frozen=True)
class Cost:
    """Of one scenario: seconds with an emulated device, and how often the device boots."""

    seconds: float = 15.0
    boots: int = 1

    def with_boots_of(self, boot_s: float) -> float:
        """Seconds where a boot takes `boot_s`."""
        return self.seconds + self.boots * max(0.0, boot_s - _EMULATED_BOOT_S)


@dataclass(frozen=True)
class Estimate:
    """How long a run will take, and how often it boots the device."""

    scenarios: int
    boots: int
    seconds: float

    def __str__(self) -> str:
        """One line for the terminal."""
        minutes = f"{self.seconds / 60:.0f} min" if self.seconds >= 100 else f"{self.seconds:.0f} s"
        return f"{self.scenarios} scenarios, {self.boots} boots of the device, about {minutes}"


@cache
def table() -> dict[str, Cost]:
    """Every scenario that was measured, by its module below the suites folder (``auth/test_changes.py``)."""
    file = suites_folder() / FILE
    areas = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {f"{area}/{name}.py": Cost(float(row[0]), int(row[1])) for area, rows in areas.items() for name, row in rows.items()}


def cost(module: str) -> Cost:
    """The cost of the module in which a test stands; that of an ordinary one where it was not measured."""
    return table().get(module.partition("::")[0].rpartition("suites/")[2], Cost())


def estimate(modules: Iterable[str], benches: int, boot_s: float = _EMULATED_BOOT_S) -> Estimate:
    """What running these modules on so many benches side by side will take."""
    costs = [cost(module) for module in set(modules)]
    seconds = [each.with_boots_of(boot_s) for each in costs]
    return Estimate(
        len(costs), sum(each.boots for each in costs), _START_S + max(max(seconds, default=0.0), sum(seconds) / max(1, benches))
    )
