"""What each worker is doing right now, on a board in the run's folder that the controller reads while the run goes on."""

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_FOLDER = ".live"
_SHOWN = {"stimulus", "await", "boot", "note"}


@dataclass(frozen=True)
class Sighting:
    """What one worker said last: the scenario, what it does or awaits, and for how many seconds it has been at it."""

    module: str
    doing: str
    seconds: float


class Board:
    """One line per process; written in one step, so that a reader never sees half of it."""

    def __init__(self, run_folder: Path) -> None:
        self._folder = run_folder / _FOLDER
        self._line = self._folder / f"{os.getpid()}.json"

    def show(self, module: str, kind: str, text: str) -> None:
        """Replaces this process's line."""
        if kind not in _SHOWN:
            return
        with suppress(OSError):  # a board that cannot be written costs no verdict
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = self._line.with_suffix(".tmp")
            fresh.write_text(json.dumps({"module": module, "doing": text, "since": time.time()}), encoding="utf-8")
            fresh.replace(self._line)

    def read(self) -> list[Sighting]:
        """The lines of all processes, longest at it first."""
        now = time.time()
        found = []
        for file in self._folder.glob("*.json"):
            with suppress(OSError, ValueError, KeyError):
                line = json.loads(file.read_text(encoding="utf-8"))
                found.append(Sighting(str(line["module"]), str(line["doing"]), now - float(line["since"])))
        return sorted(found, key=lambda sighting: -sighting.seconds)

    def clear(self) -> None:
        """Takes this process's line away, and the board with the last of them."""
        with suppress(OSError):
            self._line.unlink(missing_ok=True)
            self._folder.rmdir()
