"""What the terminal shows while a run goes on: verdict counts, and what each bench does or awaits and for how long.

On a terminal a few lines are kept up to date; elsewhere each scenario that is over gets one plain line.
"""

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from rig.outcome import Outcome
from rig.session import Board
from rig.verdict import Verdict

_COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.ERROR: "bold magenta",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.KNOWN_DEVIATION: "cyan",
}
_REFRESHES_PER_S = 4


class Progress:
    """Follows one run; `begin`, then `settled` for every test, then `end`."""

    def __init__(self, board: Board, stream: TextIO = sys.__stdout__ or sys.stdout) -> None:
        self._board = board
        self._console = Console(file=stream, highlight=False)
        self._open: dict[str, set[str]] = {}
        self._counts: Counter[Verdict] = Counter()
        self._of_module: dict[str, Counter[Verdict]] = {}
        self._began: float = time.monotonic()
        self._total = 0
        self._lock = threading.Lock()
        self._live: Live | None = None

    def begin(self, tests: Iterable[str]) -> None:
        """These tests will be run."""
        with self._lock:
            for test in tests:
                self._open.setdefault(test.partition("::")[0], set()).add(test)
            self._total = sum(len(open_tests) for open_tests in self._open.values())
            self._began = time.monotonic()
        if self._console.is_terminal and self._live is None:
            self._live = Live(
                get_renderable=self._picture,
                console=self._console,
                refresh_per_second=_REFRESHES_PER_S,
                transient=True,
                redirect_stdout=False,
            )
            self._live.start()

    def settled(self, outcome: Outcome) -> None:
        """A test has its verdict."""
        module = outcome.test.partition("::")[0]
        with self._lock:
            open_tests = self._open.get(module, set())
            if outcome.test not in open_tests:
                return
            open_tests.discard(outcome.test)
            self._counts[outcome.verdict] += 1
            self._of_module.setdefault(module, Counter())[outcome.verdict] += 1
            over = not open_tests
        if over and self._live is None:
            self._console.print(self._line_of(module), soft_wrap=True)

    def end(self) -> None:
        """The run is over; the lines go away."""
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _line_of(self, module: str) -> str:
        done = sum(not open_tests for open_tests in self._open.values())
        name = module.rpartition("suites/")[2]
        return f"[{done}/{len(self._open)}] {name}: {_counted(self._of_module[module]).plain}".replace("[", "\\[", 1)

    def _picture(self) -> RenderableType:
        with self._lock:
            left = sum(len(open_tests) for open_tests in self._open.values())
            counts = _counted(self._counts)
        head = Text(f"{self._total - left} of {self._total} tests, {time.monotonic() - self._began:.0f} s   ") + counts
        table = Table.grid(padding=(0, 2))
        for sighting in self._board.read():
            name = sighting.module.rpartition("suites/")[2]
            table.add_row(
                Text(f"{sighting.seconds:4.0f} s", style="dim"),
                Text(name, style="bold"),
                Text(sighting.doing, overflow="ellipsis", no_wrap=True),
            )
        return Group(head, table)


def _counted(counts: Counter[Verdict]) -> Text:
    words = [
        Text(f"{counts[verdict]} {verdict.value.replace('_', ' ')}", style=_COLOURS.get(verdict, ""))
        for verdict in Verdict
        if counts[verdict]
    ]
    return Text(", ").join(words)
