"""The recorder of one scenario: cheap while it runs, files at its end.

What it keeps in memory is bounded: of frames, console lines and notes the oldest go first, and the timeline says how many.
"""

import json
import math
import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rig import clock
from rig.evidence import capsule, files, rows
from rig.evidence.can_frame import Frame, candump, packed
from rig.evidence.capsule import Contents, Note
from rig.evidence.keys import Name, decide
from rig.evidence.records import Attempt, Connection, Request
from rig.evidence.redaction import Redactor

_MOST_FRAMES = 100_000
_MOST_LINES = 20_000
_MOST_EVENTS = 20_000
_MOST_MEASUREMENTS = 10_000
_MOST_VALUES = 20_000
_LONGEST_LINE = 2000

T = TypeVar("T")


class _Bounded(deque[T]):
    """A list that loses its oldest entries when it is full, and counts them."""

    def __init__(self, most: int) -> None:
        super().__init__(maxlen=most)
        self.lost = 0

    def keep(self, item: T) -> None:
        self.lost += len(self) == self.maxlen
        self.append(item)


class ScenarioRecorder:
    """Records what happens in one scenario and writes it to `folder` when it is closed.

    Any thread may record. Secrets that `redactor` knows reach no file; with `keep_secrets` they stay in the capsule.
    """

    def __init__(self, folder: Path, redactor: Redactor, *, keep_secrets: bool = False) -> None:
        self._folder = folder
        self._redactor = redactor
        self._keep_secrets = keep_secrets
        self._lock = threading.Lock()
        self._frames: _Bounded[tuple[int, bytes]] = _Bounded(_MOST_FRAMES)
        self._lines: _Bounded[Note] = _Bounded(_MOST_LINES)
        self._events: _Bounded[Note] = _Bounded(_MOST_EVENTS)
        self._measurements: _Bounded[dict[str, object]] = _Bounded(_MOST_MEASUREMENTS)
        self._connections: list[Connection] = []
        self._requests: list[Request] = []
        self._attempts: list[Attempt] = []

    def frame(self, stamp_ns: int, frame: Frame) -> None:
        """A CAN frame (a ``can.Message``) was seen at `stamp_ns`."""
        entry = stamp_ns, packed(frame)
        with self._lock:
            self._frames.keep(entry)

    def serial(self, stamp_ns: int, text: str) -> None:
        """The console said a line."""
        with self._lock:
            self._lines.keep(Note(stamp_ns, "console", text[:_LONGEST_LINE]))

    def event(self, kind: str, text: str) -> None:
        """The rig did, awaits or concludes something: `kind` is stimulus, await, boot, note or verdict."""
        with self._lock:
            self._events.keep(Note(clock.now_ns(), kind, text[:_LONGEST_LINE]))

    def measure(self, requirement: str, name: str, unit: str, values: object, **labels: object) -> None:
        """A measurement for the report: a number or several, what they are of in `labels`."""
        entry = {
            "stamp_s": clock.to_wall_s(clock.now_ns()),
            "requirement": requirement,
            "name": name,
            "unit": unit,
            "values": _numbers(values),
            "labels": {key: value if isinstance(value, int | float) else str(value) for key, value in labels.items()},
        }
        with self._lock:
            self._measurements.keep(entry)

    def keep(
        self, receiver_name: str, connections: Iterable[Connection], requests: Iterable[Request], attempts: Iterable[Attempt] = ()
    ) -> None:
        """What a receiver recorded in this scenario; `attempts` add how requests were answered."""
        connections, requests = list(connections), list(requests)
        with self._lock:
            self._connections += connections
            self._requests += requests
            self._attempts += attempts
            self._events.keep(Note(clock.now_ns(), "note", f"{receiver_name}: {len(connections)} connections, {len(requests)} requests"))

    def close(self) -> None:
        """Writes the files; each appears whole or not at all."""
        with self._lock:
            frames, lines = list(self._frames), self._redacted(self._lines)
            events, measurements = self._redacted([*self._events, *self._losses()]), self._redactor.plain(list(self._measurements))
        requests = _by_connection(self._requests)
        keys = decide(self._connections, requests, self._redactor, keep_secrets=self._keep_secrets)
        answers = {(attempt.receiver, attempt.request.number): attempt for attempt in self._attempts if attempt.request}
        contents = Contents(frames, self._connections, keys, events, lines)
        self._write(files.CAPSULE, capsule.build(contents, self._redactor, keep_secrets=self._keep_secrets))
        self._write(files.CAN_LOG, "".join(candump(clock.to_wall_s(stamp_ns), frame) + "\n" for stamp_ns, frame in frames))
        self._write(files.SERIAL_LOG, "".join(f"({clock.to_wall_s(line.stamp_ns):.6f}) {_printable(line.text)}\n" for line in lines))
        self._write(
            files.EXCHANGES,
            rows.lines(
                rows.exchange(request, answers.get((request.receiver, request.number)), self._redactor)
                for request in sorted(self._requests, key=lambda request: request.started_ns)
            ),
        )
        self._write(
            files.CONNECTIONS,
            rows.lines(
                rows.connection(connection, keys[connection.receiver, connection.number], self._redactor)
                for connection in sorted(self._connections, key=lambda connection: connection.started_ns)
            ),
        )
        self._write(files.TIMELINE, rows.lines(_event(event) for event in events))
        self._write(files.MEASUREMENTS, json.dumps(measurements, ensure_ascii=False, indent=1, allow_nan=False) + "\n")

    def _write(self, name: str, content: bytes | str) -> None:
        files.write_atomically(self._folder / name, content)

    def _redacted(self, notes: Iterable[Note]) -> list[Note]:
        return [replace(note, text=self._redactor.text(note.text)) for note in notes]

    def _losses(self) -> list[Note]:
        """What did not fit into memory, in words."""
        lost = {
            "CAN frames": self._frames.lost,
            "console lines": self._lines.lost,
            "notes": self._events.lost,
            "measurements": self._measurements.lost,
        }
        words = [f"the first {count} {what} of this scenario were not kept" for what, count in lost.items() if count]
        return [Note(clock.now_ns(), "note", text) for text in words]


def _by_connection(requests: Iterable[Request]) -> dict[Name, list[Request]]:
    grouped: dict[Name, list[Request]] = defaultdict(list)
    for request in requests:
        grouped[request.receiver, request.connection].append(request)
    return grouped


def _event(event: Note) -> dict[str, object]:
    return {"stamp_s": clock.to_wall_s(event.stamp_ns), "kind": event.kind, "text": event.text}


def _numbers(values: object) -> list[float | str | None]:
    """The values as JSON has them: what is neither number nor text becomes text, and NaN becomes null."""
    many = values if isinstance(values, Sequence) and not isinstance(values, str) else [values]
    return [_number(value) for value in many[:_MOST_VALUES]]


def _number(value: object) -> float | str | None:
    if isinstance(value, int | float):
        return value if math.isfinite(value) else None
    return None if value is None else str(value)


def _printable(text: str) -> str:
    """Control characters as escapes, so that a log is safe to look at in a terminal."""
    return "".join(char if char.isprintable() or char == "\t" else char.encode("unicode_escape").decode() for char in text)
