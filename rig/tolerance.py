"""What a timing verdict allows: one table for a run, which a bench file may widen and the report prints."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from rig.errors import UsageError


@dataclass(frozen=True)
class Tolerances:
    """Absolute tolerances in milliseconds or seconds as the name says, relative ones as a fraction of the nominal value."""

    median_ms: float = 100.0
    """Median interval: this, or `median_ratio` of the cycle, whichever is more."""
    median_ratio: float = 0.05
    interval_ms: float = 200.0
    """Single interval: this, or `interval_ratio` of the cycle, whichever is more."""
    interval_ratio: float = 0.10
    minimum_gap_ms: float = 900.0
    """Two POSTs of one destination are never closer."""
    answer_time_ms: float = 100.0
    """Change of the median at a cycle of 2 s between a server that answers at once and one that takes 1 s."""
    first_post_s: float = 20.0
    """Start-up allowance: the first POST comes within one cycle and this after the web API is back."""
    fresh_s: float = 1.0
    """A changed value arrives within the parameter's period, one cycle and this."""
    value: float = 0.011
    """Numeric values: one step of the second decimal and float noise."""
    clock_s: float = 5.0
    """The device's clock against real time."""

    def median_of(self, cycle_ms: float) -> float:
        """How far the median interval may lie from a cycle, in ms."""
        return max(self.median_ms, self.median_ratio * cycle_ms)

    def interval_of(self, cycle_ms: float) -> float:
        """How far a single interval may lie from its median, in ms."""
        return max(self.interval_ms, self.interval_ratio * cycle_ms)

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """The table with some values replaced.

        Raises:
            UsageError: an unknown key, no positive number, or a value stricter than the default.
        """
        known = {entry.name: float(str(entry.default)) for entry in fields(cls)}
        for key, value in values.items():
            if key not in known:
                raise UsageError(f"{key} is no tolerance; tolerances are {', '.join(known)}")
            if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
                raise UsageError(f"{key} has to be a number above 0, not {value!r}")
            stricter = value > known[key] if key == "minimum_gap_ms" else value < known[key]
            if stricter:
                raise UsageError(f"{key} = {value} is stricter than the default {known[key]:g}; a bench may only widen it")
        return cls(**{key: float(str(value)) for key, value in values.items()})
