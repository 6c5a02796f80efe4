"""The interference matrix: how far the trouble of one destination moves the cycles of the others.

Tests keep it as a measurement ``shift`` (ms, the change of a neighbour's median; labels ``trouble``, ``neighbour``, optionally
``tolerance_ms``, ``guard_ms``).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from rig.report.charts import Cell, heat_map
from rig.report.recorded import Measurement, Scenario
from rig.report.words import bounded
from rig.tolerance import Tolerances

_MOST_ROWS, _MOST_COLUMNS = 16, 6


@dataclass(frozen=True)
class Interference:
    """The matrix as a chart and as rows for those who do not see it."""

    chart: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


def interference(scenarios: Iterable[Scenario], tolerances: Tolerances, guard_ms: float) -> Interference | None:
    """The matrix, or None where no test measured a shift. Of several measurements of a cell the largest shift counts."""
    cells: dict[tuple[str, str], Cell] = {}
    for scenario in scenarios:
        for measurement in scenario.measurements:
            if measurement.name != "shift" or not measurement.values:
                continue
            key = bounded(measurement.labels.get("trouble", "?"), 60), bounded(measurement.labels.get("neighbour", "?"), 30)
            cell = _cell(measurement, tolerances, guard_ms)
            if key not in cells or abs(cell.shift_ms) > abs(cells[key].shift_ms):
                cells[key] = cell
    if not cells:
        return None
    rows = list(dict.fromkeys(row for row, _ in cells))[:_MOST_ROWS]
    columns = list(dict.fromkeys(column for _, column in cells))[:_MOST_COLUMNS]
    table = tuple((row, tuple(cells.get((row, column)) for column in columns)) for row in rows)
    return Interference(heat_map("interference", rows, columns, cells), tuple(columns), table)


def _cell(measurement: Measurement, tolerances: Tolerances, guard_ms: float) -> Cell:
    shift = max(measurement.values, key=abs) * (1000 if measurement.unit == "s" else 1)
    cycle_ms, given = measurement.number("cycle_ms"), measurement.number("tolerance_ms")
    tolerance = given if given is not None else tolerances.median_of(cycle_ms or 1000)
    own_guard = measurement.number("guard_ms")
    guard = guard_ms if own_guard is None else own_guard
    if abs(abs(shift) - tolerance) <= guard:
        return Cell(shift, tolerance, "guard band")
    return Cell(shift, tolerance, "within" if abs(shift) < tolerance else "beyond")
