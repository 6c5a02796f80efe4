"""Cadence: the intervals of every destination whose cycle is known, against the cycle and what it may be off.

A test may hand its own intervals over as a measurement ``interval`` (ms; labels ``destination``, ``cycle_ms``, optionally
``tolerance_ms``, ``guard_ms``, ``basis``). All other destinations are worked out from the recorded connections, with the cycle
that the bench noted for them (measurement ``cycle``).
"""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from markupsafe import Markup

from rig.report.boots import Boots
from rig.report.charts import Limits, distribution, over_time
from rig.report.recorded import Scenario
from rig.tolerance import Tolerances

FEWEST_INTERVALS = 5
MOST_CHARTS = 16
_MOST_POINTS = 600


@dataclass(frozen=True)
class Series:
    """The intervals of one destination in one boot (ms) at `seconds` after its first attempt."""

    scenario: str
    destination: str
    boot: str
    seconds: tuple[float, ...]
    values: tuple[float, ...]
    limits: Limits
    basis: str = "start to start"
    requirement: str = ""

    @property
    def median_ms(self) -> float:
        """The median interval."""
        return statistics.median(self.values)

    @property
    def range_ms(self) -> tuple[float, float]:
        """The shortest and the longest interval."""
        return min(self.values), max(self.values)

    @property
    def outside(self) -> int:
        """How many intervals lie further from the cycle than the tolerance of the median."""
        return sum(1 for value in self.values if abs(value - self.limits.cycle_ms) > self.limits.tolerance_ms)

    @property
    def place(self) -> str:
        """Where the median lies, in words that do not judge: the verdict is the requirement's."""
        off = abs(self.median_ms - self.limits.cycle_ms)
        if abs(off - self.limits.tolerance_ms) <= self.limits.guard_ms:
            return "in the guard band"
        return "within tolerance" if off < self.limits.tolerance_ms else "beyond tolerance"


@dataclass(frozen=True)
class Cadence:
    """A series with its two charts (None where there were too many for charts)."""

    series: Series
    distribution: Markup | None = None
    over_time: Markup | None = None


def cadence(scenarios: Iterable[Scenario], tolerances: Tolerances, guard_ms: float) -> list[Cadence]:
    """Every series, those that a test measured first; the first sixteen with charts."""
    return [_drawn(place, series) for place, series in enumerate(every_series(scenarios, tolerances, guard_ms))]


def every_series(scenarios: Iterable[Scenario], tolerances: Tolerances, guard_ms: float) -> list[Series]:
    """Every series, those that a test measured first."""
    measured: list[Series] = []
    derived: list[Series] = []
    for scenario in scenarios:
        own = list(_measured(scenario, tolerances, guard_ms))
        named = {(series.destination, series.limits.cycle_ms) for series in own}
        measured += own
        derived += [
            series
            for series in _derived(scenario, tolerances, guard_ms)
            if (series.destination, series.limits.cycle_ms) not in named
        ]
    derived.sort(key=lambda series: ("/cycle/" not in series.scenario, -len(series.values)))
    return [*measured, *derived]


def _drawn(place: int, series: Series) -> Cadence:
    if place >= MOST_CHARTS:
        return Cadence(series)
    values, seconds = series.values[:_MOST_POINTS], series.seconds[:_MOST_POINTS]
    return Cadence(
        series, distribution(f"interval-{place}", values, series.limits), over_time(f"cadence-{place}", seconds, values, series.limits)
    )


def _measured(scenario: Scenario, tolerances: Tolerances, guard_ms: float) -> Iterator[Series]:
    for measurement in scenario.measurements:
        cycle_ms = measurement.number("cycle_ms")
        if measurement.name != "interval" or not cycle_ms or len(measurement.values) < FEWEST_INTERVALS:
            continue
        factor = {"s": 1000.0, "us": 0.001, "ns": 1e-6}.get(measurement.unit, 1.0)
        values = tuple(value * factor for value in measurement.values)
        guard, tolerance = measurement.number("guard_ms"), measurement.number("tolerance_ms")
        limits = Limits(
            cycle_ms,
            tolerances.median_of(cycle_ms) if tolerance is None else tolerance,
            guard_ms if guard is None else guard,
        )
        yield Series(
            scenario=scenario.folder,
            destination=measurement.labels.get("destination", ""),
            boot=measurement.labels.get("boot", ""),
            seconds=tuple(total / 1000 for total in accumulate(values)),
            values=values,
            limits=limits,
            basis=measurement.labels.get("basis", "start to start"),
            requirement=measurement.requirement,
        )


def _derived(scenario: Scenario, tolerances: Tolerances, guard_ms: float) -> Iterator[Series]:
    boots = Boots.of(scenario)
    cycles = {
        measurement.labels.get("destination", ""): measurement.values[-1]
        for measurement in scenario.measurements
        if measurement.name == "cycle" and measurement.values and measurement.values[-1] > 0
    }
    for destination, cycle_ms in cycles.items():
        starts: dict[str, list[float]] = {}
        for start in _starts(scenario, destination):
            starts.setdefault(boots.at(start), []).append(start)
        for boot, stamps in starts.items():
            if len(stamps) > FEWEST_INTERVALS:
                limits = Limits(cycle_ms, tolerances.median_of(cycle_ms), guard_ms)
                yield _between(scenario.folder, destination, boot, stamps, limits)


def _between(folder: str, destination: str, boot: str, stamps: Sequence[float], limits: Limits) -> Series:
    values = tuple((later - sooner) * 1000 for sooner, later in pairwise(stamps))
    return Series(folder, destination, boot, tuple(stamp - stamps[0] for stamp in stamps[1:]), values, limits)


def _starts(scenario: Scenario, destination: str) -> list[float]:
    """The first byte of each attempt: each connection's, and that of each further request on a connection that was kept."""
    starts = {item.number: item.started_s for item in scenario.handshakes if item.destination == destination}
    seen: set[int] = set()
    further = []
    for exchange in scenario.exchanges:
        if exchange.destination != destination:
            continue
        if exchange.connection in seen:
            further.append(exchange.arrived_s)
        else:
            starts.setdefault(exchange.connection, exchange.started_s)
        seen.add(exchange.connection)
    return sorted([*starts.values(), *further])
