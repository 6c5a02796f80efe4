"""The charts of the report: what can be read without pointing at it, in words beside colours.

Each is narrow enough for a phone; two stand side by side where there is room.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from rig.report.svg import Ink, drawn
from rig.report.words import milliseconds

_WIDTH, _HEIGHT = 4.4, 2.3
_NARROW = 0.25
"""Share of the width below which a tolerance leaves no room for words within it."""
_SMALL = 9
_BINS = 31
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Limits:
    """What intervals are held against, in ms: the cycle, how far one may be off, and the rig's own error around that."""

    cycle_ms: float
    tolerance_ms: float
    guard_ms: float = 0.0

    def edge(self, side: int) -> str:
        """The tolerance as it is written at its upper (1) or lower (-1) edge."""
        return f"{side * self.tolerance_ms:+g}".replace("-", _MINUS)


def distribution(name: str, values: Sequence[float], limits: Limits) -> Markup:
    """How often which interval occurred, with tolerance and guard band."""
    figure, axes = _blank()
    low, high = _span(values, limits)
    counts, _, _ = axes.hist(values, bins=_BINS, range=(low, high), color=Ink.DATA.value, zorder=3, rwidth=0.88)
    top = max(1.0, *(float(count) for count in counts)) * 1.42
    axes.axvspan(limits.cycle_ms - limits.tolerance_ms, limits.cycle_ms + limits.tolerance_ms, color=Ink.BAND.value, zorder=0)
    for side in (-1, 1):
        edge = limits.cycle_ms + side * limits.tolerance_ms
        axes.axvspan(edge - limits.guard_ms, edge + limits.guard_ms, color=Ink.GUARD.value, zorder=1)
        axes.axvline(edge, color=Ink.LIMIT.value, linewidth=1, linestyle=(0, (4, 3)), zorder=2)
    axes.axvline(limits.cycle_ms, color=Ink.TEXT.value, linewidth=1, zorder=2)
    _label_band(axes, limits, top, narrow=limits.tolerance_ms < _NARROW * (high - low))
    axes.set_xlim(low, high)
    axes.set_ylim(0, top)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    axes.set_xlabel("interval in ms", fontsize=_SMALL, color=Ink.MUTED.value)
    axes.set_ylabel("how often", fontsize=_SMALL, color=Ink.MUTED.value)
    return drawn(figure, name, "Distribution of intervals", _in_words(values, limits))


def _label_band(axes: Axes, limits: Limits, top: float, *, narrow: bool) -> None:
    """Names the cycle and the tolerance at their lines; beside the band, one below the other, where it is `narrow`."""
    cycle = f"cycle {limits.cycle_ms:g}"
    if narrow:
        labels = [(1, 0, cycle, Ink.TEXT), (1, -11, f"± {limits.tolerance_ms:g}", Ink.LIMIT)]
    else:
        labels = [(0, 0, cycle, Ink.TEXT), *((side, 0, limits.edge(side), Ink.LIMIT) for side in (-1, 1))]
    for side, down, words, ink in labels:
        place = (limits.cycle_ms + side * limits.tolerance_ms, top)
        shift, align = ((-3, down - 3), "right") if side == -1 else ((3, down - 3), "left")
        axes.annotate(words, place, shift, textcoords="offset points", va="top", ha=align, fontsize=_SMALL, color=ink.value)


def over_time(name: str, seconds: Sequence[float], values: Sequence[float], limits: Limits) -> Markup:
    """Each interval at its time since the boot, with tolerance and guard band."""
    figure, axes = _blank()
    low, high = _span(values, limits)
    axes.axhspan(limits.cycle_ms - limits.tolerance_ms, limits.cycle_ms + limits.tolerance_ms, color=Ink.BAND.value, zorder=0)
    for side in (-1, 1):
        edge = limits.cycle_ms + side * limits.tolerance_ms
        axes.axhspan(edge - limits.guard_ms, edge + limits.guard_ms, color=Ink.GUARD.value, zorder=1)
        axes.axhline(edge, color=Ink.LIMIT.value, linewidth=1, linestyle=(0, (4, 3)), zorder=2)
    narrow = limits.tolerance_ms < _NARROW * (high - low)
    for side, words in ((1, f"± {limits.tolerance_ms:g}"),) if narrow else ((1, limits.edge(1)), (-1, limits.edge(-1))):
        axes.annotate(
            words, (1, limits.cycle_ms + side * limits.tolerance_ms), (-2, 3 * side), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="right", va="bottom" if side > 0 else "top", fontsize=_SMALL, color=Ink.LIMIT.value, zorder=4,
        )  # fmt: skip
    axes.axhline(limits.cycle_ms, color=Ink.TEXT.value, linewidth=1, zorder=2)
    axes.plot(seconds, values, color=Ink.DATA.value, linewidth=1.1, marker="o", markersize=3.4, zorder=3)
    axes.set_ylim(low, high)
    axes.set_xlabel("seconds after the first attempt", fontsize=_SMALL, color=Ink.MUTED.value)
    axes.set_ylabel("interval in ms", fontsize=_SMALL, color=Ink.MUTED.value)
    return drawn(figure, name, "Intervals over time", _in_words(values, limits))


@dataclass(frozen=True)
class Cell:
    """How far a neighbour's median moved: `shift_ms`, against what it may move; `words` is the verdict in the cell."""

    shift_ms: float
    tolerance_ms: float
    words: str

    @property
    def ink(self) -> Ink:
        """The cell's colour, by how much of the tolerance is used up."""
        used = abs(self.shift_ms) / self.tolerance_ms if self.tolerance_ms else 2.0
        steps = ((0.25, Ink.CELL_LOW), (0.75, Ink.CELL_MID), (1.0, Ink.CELL_HIGH))
        return next((ink for limit, ink in steps if used <= limit), Ink.CELL_OVER)


def heat_map(name: str, rows: Sequence[str], columns: Sequence[str], cells: dict[tuple[str, str], Cell]) -> Markup:
    """Who disturbs whom: one row per trouble, one column per neighbour, the shift and a word in each cell."""
    left, wide, high = 1.95, 0.92, 0.44
    width, height = left + wide * max(1, len(columns)) + 0.1, 0.55 + high * max(1, len(rows))
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((left / width, 0.0, 1 - (left + 0.1) / width, 1 - 0.55 / height))
    for y, row in enumerate(rows):
        axes.text(-0.12, y + 0.5, _folded(row), ha="right", va="center", fontsize=_SMALL, color=Ink.TEXT.value, parse_math=False)
        for x, column in enumerate(columns):
            cell = cells.get((row, column))
            ink = cell.ink if cell else Ink.CELL_NONE
            axes.add_patch(Rectangle((x + 0.03, y + 0.05), 0.94, 0.9, facecolor=ink.value))
            words = f"{cell.shift_ms:+.0f} ms" if cell else "not measured"
            size = _SMALL + 1 if cell else _SMALL - 1
            axes.text(x + 0.5, y + (0.38 if cell else 0.5), words, ha="center", va="center", fontsize=size, color=Ink.TEXT.value)
            if cell:
                axes.text(x + 0.5, y + 0.72, cell.words, ha="center", va="center", fontsize=_SMALL - 1, color=Ink.TEXT.value)
    for x, column in enumerate(columns):
        axes.text(x + 0.5, -0.12, _folded(column, 16), ha="center", va="bottom", fontsize=_SMALL, color=Ink.TEXT.value, parse_math=False)
    axes.set_xlim(0, max(1, len(columns)))
    axes.set_ylim(max(1, len(rows)), 0)
    axes.set_axis_off()
    worst = max(cells, key=lambda key: abs(cells[key].shift_ms), default=None)
    words = f"The largest shift is {cells[worst].shift_ms:+.0f} ms: {worst[1]} while {worst[0]}." if worst else "Nothing was measured."
    return drawn(figure, name, "Interference matrix", words)


def _folded(text: str, width: int = 30) -> str:
    """`text` on at most two lines."""
    if len(text) <= width:
        return text
    cut = text.rfind(" ", 0, width + 1)
    cut = cut if cut > 0 else width
    rest = text[cut:].strip()
    return f"{text[:cut]}\n{rest if len(rest) <= width else rest[: width - 1] + '…'}"


def _blank() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH, _HEIGHT))
    axes = figure.add_axes((0.145, 0.2, 0.835, 0.77))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(Ink.MUTED.value)
    axes.tick_params(labelsize=_SMALL, labelcolor=Ink.MUTED.value, color=Ink.MUTED.value, length=3)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=Ink.GRID.value, linewidth=0.7)
    axes.set_axisbelow(True)
    return figure, axes


def _span(values: Sequence[float], limits: Limits) -> tuple[float, float]:
    reach = limits.tolerance_ms * 1.45
    low, high = min([*values, limits.cycle_ms - reach]), max([*values, limits.cycle_ms + reach])
    room = (high - low) * 0.04
    return low - room, high + room


def _in_words(values: Sequence[float], limits: Limits) -> str:
    outside = sum(1 for value in values if abs(value - limits.cycle_ms) > limits.tolerance_ms)
    return (
        f"{len(values)} intervals at a cycle of {limits.cycle_ms:g} ms: median {milliseconds(statistics.median(values))}, "
        f"from {milliseconds(min(values))} to {milliseconds(max(values))}; "
        f"{outside} further than {limits.tolerance_ms:g} ms from the cycle."
    )
