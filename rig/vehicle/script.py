"""A scripted car: what an ECU does when, as data (TOML).

Each ``[[step]]`` has `at_s` and any of: `ecu` (default the engine), `values` (standard PIDs in physical units), `answers` (other
requests with their data bytes in hex), `silent`. With `repeat_after_s` above the steps the script begins again after that time.
"""

import threading
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from rig.errors import UsageError
from rig.vehicle.ecu import Ecu
from rig.vehicle.vehicle import Vehicle

_KEYS = {"at_s", "ecu", "values", "answers", "silent"}


@dataclass(frozen=True)
class Step:
    """What happens `at_s` seconds after the start."""

    at_s: float
    ecu: str = "engine"
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    answers: Mapping[str, bytes] = field(default_factory=dict)
    silent: bool | None = None

    def apply(self, ecu: Ecu) -> None:
        """Has the ECU do it."""
        for pid, values in self.values.items():
            ecu.set(pid, *values)
        for request, data in self.answers.items():
            ecu.set_answer(request, data)
        if self.silent is not None:
            (ecu.silent if self.silent else ecu.speak)()


@dataclass(frozen=True)
class Script:
    """Steps in order of time; `repeat_after_s` is None where they happen once."""

    steps: tuple[Step, ...]
    repeat_after_s: float | None = None


def read_script(path: Path) -> Script:
    """The script in a file.

    Raises:
        UsageError: no such file, no TOML, or a step that cannot be used; file and step stand in the message.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the script cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no TOML ({error})") from error
    rows, repeat = tables.get("step"), tables.get("repeat_after_s")
    if not isinstance(rows, list) or not rows or tables.keys() - {"step", "repeat_after_s"}:
        raise UsageError(f"{path}: a script is a list of [[step]] tables, and repeat_after_s above them")
    steps = []
    for number, row in enumerate(rows, 1):
        try:
            steps.append(_step(row))
        except (KeyError, ValueError, TypeError) as error:
            raise UsageError(f"{path}: step {number}: {error}") from error
    steps.sort(key=lambda step: step.at_s)
    if repeat is not None and not (isinstance(repeat, int | float) and repeat > steps[-1].at_s):
        raise UsageError(f"{path}: repeat_after_s has to be more than the last at_s, {steps[-1].at_s:g}")
    return Script(tuple(steps), None if repeat is None else float(repeat))


class ScriptPlayer:
    """Plays a script to a vehicle in a thread of its own, from entry to exit of its context.

    Raises:
        UsageError: on entry, where a step names an ECU that the vehicle has not, or a value that the ECU cannot take.
    """

    def __init__(self, vehicle: Vehicle, script: Script) -> None:
        self._vehicle = vehicle
        self._script = script
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._play, name="vehicle script", daemon=True)

    def __enter__(self) -> Self:
        for step in self._script.steps:
            if step.ecu not in self._vehicle.ecus:
                raise UsageError(f"the vehicle has no ECU {step.ecu!r}, only {', '.join(self._vehicle.ecus)}")
            probe = Ecu("probe", ())
            step.apply(probe)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()

    def _play(self) -> None:
        start_s = time.monotonic()
        while True:
            for step in self._script.steps:
                if self._end.wait(max(0.0, start_s + step.at_s - time.monotonic())):
                    return
                step.apply(self._vehicle.ecus[step.ecu])
            if self._script.repeat_after_s is None:
                return
            start_s += self._script.repeat_after_s


def _step(row: dict[str, object]) -> Step:
    if unknown := row.keys() - _KEYS:
        raise ValueError(f"unknown key {min(unknown)!r}; known are {', '.join(sorted(_KEYS))}")
    at_s, silent = row["at_s"], row.get("silent")
    values, answers = row.get("values", {}), row.get("answers", {})
    if isinstance(at_s, bool) or not isinstance(at_s, int | float) or at_s < 0:
        raise ValueError(f"at_s has to be seconds from 0, not {at_s!r}")
    if not isinstance(values, dict) or not isinstance(answers, dict):
        raise TypeError("values and answers have to be tables")
    if silent is not None and not isinstance(silent, bool):
        raise TypeError(f"silent has to be true or false, not {silent!r}")
    return Step(
        at_s=float(at_s),
        ecu=str(row.get("ecu", "engine")),
        values={pid: tuple(float(number) for number in (value if isinstance(value, list) else [value])) for pid, value in values.items()},
        answers={request: bytes.fromhex(str(data)) for request, data in answers.items()},
        silent=silent,
    )
