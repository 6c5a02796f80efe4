"""When a destination sends: the interval and its spread, measured over one stretch of attempts.

An interval runs from the first byte of one attempt to that of the next, a pause from the end of one exchange to the first byte
of the next attempt. Stamps are nanoseconds of the rig's clock, everything derived is in milliseconds. What the rules make of it
stands in ``rig.oracle.schedule``.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from rig.errors import BenchError

_NEEDED = ((2000.0, 10), (5000.0, 5))
_NEEDED_ABOVE = 3


class Timed(Protocol):
    """Anything with a beginning and perhaps an end, such as an attempt."""

    @property
    def started_ns(self) -> int:
        """Its first byte."""

    @property
    def ended_ns(self) -> int | None:
        """Its end, None while it is under way."""


@dataclass(frozen=True)
class Timing:
    """Intervals and pauses of a destination, in order, beside the cycle it was configured with."""

    cycle_ms: float
    intervals_ms: tuple[float, ...]
    pauses_ms: tuple[float, ...] = ()

    @classmethod
    def of(cls, starts_ns: Sequence[int], ends_ns: Sequence[int | None], cycle_ms: float) -> Self:
        """Timing of attempts in order of their start; `ends_ns` may be empty, and None where an end is not known."""
        ends = list(ends_ns) or [None] * len(starts_ns)
        if len(ends) != len(starts_ns):
            raise ValueError(f"{len(starts_ns)} starts and {len(ends)} ends do not belong together")
        following = list(zip(starts_ns, ends, starts_ns[1:], strict=False))
        return cls(
            cycle_ms,
            tuple((following_start - start) / 1e6 for start, _, following_start in following),
            tuple((following_start - end) / 1e6 for _, end, following_start in following if end is not None),
        )

    @classmethod
    def of_attempts(cls, attempts: Iterable[Timed], cycle_ms: float) -> Self:
        """Timing of attempts, as a receiver records them."""
        listed = list(attempts)
        return cls.of([attempt.started_ns for attempt in listed], [attempt.ended_ns for attempt in listed], cycle_ms)

    @property
    def median_ms(self) -> float:
        """Median interval."""
        return statistics.median(self._some())

    @property
    def median_pause_ms(self) -> float | None:
        """Median time from the end of one exchange to the start of the next; None where no end is known."""
        return statistics.median(self.pauses_ms) if self.pauses_ms else None

    @property
    def p5_ms(self) -> float:
        """Interval that 5 % of the intervals stay under."""
        return self.quantile_ms(0.05)

    @property
    def p95_ms(self) -> float:
        """Interval that 95 % of the intervals stay under."""
        return self.quantile_ms(0.95)

    def quantile_ms(self, share: float) -> float:
        """Interval that this share (0 to 1) of the intervals stays under, between two intervals by proportion."""
        ordered = sorted(self._some())
        at = share * (len(ordered) - 1)
        below = int(at)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (at - below)

    @property
    def largest_deviation_ms(self) -> float:
        """How far the interval farthest from the median lies from it."""
        return max(abs(interval - self.median_ms) for interval in self.intervals_ms)

    @property
    def missed_slots(self) -> int:
        """Turns that were left out, as far as intervals of several medians tell."""
        return sum(max(0, round(interval / self.median_ms) - 1) for interval in self.intervals_ms)

    @property
    def drift_ppm(self) -> float:
        """How much slower (above 0) than the configured cycle the whole stretch ran, in parts per million, missed turns aside."""
        turns = len(self._some()) + self.missed_slots
        return (sum(self.intervals_ms) / (turns * self.cycle_ms) - 1) * 1e6

    def quarters_ms(self) -> tuple[float, float]:
        """Medians of the first and of the last quarter of the intervals."""
        size = max(1, len(self._some()) // 4)
        return statistics.median(self.intervals_ms[:size]), statistics.median(self.intervals_ms[-size:])

    def numbers(self) -> dict[str, object]:
        """Everything above, for the report; times in ms."""
        return {
            "cycle": self.cycle_ms,
            "intervals": len(self._some()),
            "median": self.median_ms,
            "median_pause": self.median_pause_ms,
            "p5": self.p5_ms,
            "p95": self.p95_ms,
            "largest_deviation": self.largest_deviation_ms,
            "missed_slots": self.missed_slots,
            "drift_ppm": self.drift_ppm,
        }

    def need(self, intervals: int) -> Self:
        """The same, if it has at least so many intervals.

        Raises:
            BenchError: it has fewer, so that it says nothing.
        """
        if len(self.intervals_ms) < intervals:
            raise BenchError(f"expected at least {intervals} intervals to judge, observed {len(self.intervals_ms)}")
        return self

    def _some(self) -> tuple[float, ...]:
        return self.need(1).intervals_ms


def needed_intervals(cycle_ms: float) -> int:
    """Over how many intervals a median is taken at the least: 10 up to 2 s, 5 up to 5 s, 3 above."""
    return next((count for limit, count in _NEEDED if cycle_ms <= limit), _NEEDED_ABOVE)
