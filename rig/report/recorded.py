"""What a scenario left in its evidence folder, read for showing: bounded, and never trusted to be well formed.

The stamps of all files are seconds since 1970 by the rig's one clock, so everything sorts onto one timeline.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Plain: TypeAlias = Mapping[str, Json]

_MOST_RECORDS = 20_000
_LONGEST_LINE = 8 << 20
_BODY_KEPT = 64 << 10


@dataclass(frozen=True)
class Exchange:
    """One request and how it was answered. `body` is at most 64 KiB of its text, `body_size` its true size in bytes."""

    destination: str
    connection: int
    number: int
    started_s: float
    arrived_s: float
    completed_s: float
    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    body: str
    body_size: int
    encrypted: bool = True
    status: int | None = None
    ending: str | None = None


@dataclass(frozen=True)
class Handshake:
    """One connection: what was agreed, or how it went wrong.

    `act` is what the receiver was told to do to it, `unreadable` what came in place of a request, `hello` empty where none came.
    """

    destination: str
    number: int
    started_s: float
    handshaken_s: float | None
    closed_s: float | None
    tls_version: str | None
    cipher: str | None
    resumed: bool
    alert: str | None
    failure: str | None
    aborted: bool
    client_certificate: str | None
    application_bytes: int
    act: str | None = None
    unreadable: str | None = None
    hello: Plain = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """Something the rig did, waited for or concluded."""

    stamp_s: float
    kind: str
    text: str


@dataclass(frozen=True)
class Frame:
    """One CAN frame."""

    stamp_s: float
    can_id: str
    data: str


@dataclass(frozen=True)
class Line:
    """One line of the serial console."""

    stamp_s: float
    text: str


@dataclass(frozen=True)
class Measurement:
    """Numbers that a test kept, with labels that say of what."""

    requirement: str
    name: str
    unit: str
    values: tuple[float, ...]
    labels: Mapping[str, str]

    def number(self, label: str) -> float | None:
        """A label that is a number."""
        try:
            return float(self.labels[label])
        except (KeyError, ValueError):
            return None


@dataclass(frozen=True)
class Scenario:
    """The evidence of one test module; `folder` is relative to the run's folder."""

    folder: str
    files: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    handshakes: tuple[Handshake, ...] = ()
    events: tuple[Event, ...] = ()
    frames: tuple[Frame, ...] = ()
    lines: tuple[Line, ...] = ()
    measurements: tuple[Measurement, ...] = ()

    @property
    def started_s(self) -> float:
        """When its first event, connection or frame was."""
        stamps = [event.stamp_s for event in self.events[:1]] + [frame.stamp_s for frame in self.frames[:1]]
        stamps += [line.stamp_s for line in self.lines[:1]] + [handshake.started_s for handshake in self.handshakes[:1]]
        return min(stamps, default=0.0)


def read_scenario(run: Path, folder: str) -> Scenario:
    """The evidence in ``run/folder``; a file that is missing or broken gives nothing and is no error."""
    where = run / folder
    scenario = Scenario(
        folder=folder,
        files=tuple(sorted(path.name for path in where.iterdir() if path.is_file())) if where.is_dir() else (),
        exchanges=tuple(sorted(map(_exchange, _records(where / "exchanges.jsonl")), key=lambda item: item.started_s)),
        handshakes=tuple(sorted(map(_handshake, _records(where / "connections.jsonl")), key=lambda item: item.started_s)),
        events=tuple(
            Event(_number(record, "stamp_s"), _text(record, "kind"), _text(record, "text")) for record in _records(where / "timeline.jsonl")
        ),
        frames=tuple(_frames(where / "can.log")),
        lines=tuple(_lines(where / "serial.log")),
        measurements=tuple(map(_measurement, _measured(where / "measurements.json"))),
    )
    return _with_names(scenario)


def _with_names(scenario: Scenario) -> Scenario:
    """The scenario with destinations called what its tests call them, which the bench notes as a measurement ``cycle``."""
    names: dict[str, dict[str, None]] = {}
    for measurement in scenario.measurements:
        if measurement.name == "cycle" and {"receiver", "destination"} <= measurement.labels.keys():
            names.setdefault(measurement.labels["receiver"], {})[measurement.labels["destination"]] = None
    called = {receiver: " + ".join(destinations) for receiver, destinations in names.items()}

    def name(receiver: str) -> str:
        return called.get(receiver, receiver)

    return replace(
        scenario,
        exchanges=tuple(replace(item, destination=name(item.destination)) for item in scenario.exchanges),
        handshakes=tuple(replace(item, destination=name(item.destination)) for item in scenario.handshakes),
        events=tuple(replace(item, text=_renamed(item.text, called)) if item.kind == "note" else item for item in scenario.events),
    )


def _renamed(text: str, called: Mapping[str, str]) -> str:
    head, colon, rest = text.partition(":")
    return f"{called.get(head, head)}{colon}{rest}"


def _raw_lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", errors="backslashreplace") as file:
            for _ in range(_MOST_RECORDS):
                line = file.readline(_LONGEST_LINE)
                if not line:
                    return
                yield line
    except OSError:
        return


def _records(path: Path) -> Iterator[Plain]:
    for line in _raw_lines(path):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record


def _measured(path: Path) -> list[Plain]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    return [record for record in content if isinstance(record, dict)] if isinstance(content, list) else []


def _text(record: Plain, key: str, default: str = "") -> str:
    value = record.get(key)
    return default if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _optional(record: Plain, key: str) -> str | None:
    return None if record.get(key) is None else _text(record, key)


def _number(record: Plain, key: str, default: float = 0.0) -> float:
    value = record.get(key)
    return float(value) if isinstance(value, int | float) and abs(value) < 1e15 else default


def _maybe(record: Plain, key: str) -> float | None:
    return _number(record, key) if isinstance(record.get(key), int | float) else None


def _whole(record: Plain, key: str) -> int:
    return int(_number(record, key))


def _exchange(record: Plain) -> Exchange:
    headers = record.get("headers")
    pairs = headers if isinstance(headers, list) else []
    started = _number(record, "started_s")
    body = _text(record, "body")
    status = record.get("status")
    return Exchange(
        destination=_text(record, "receiver"),
        connection=_whole(record, "connection"),
        number=_whole(record, "number"),
        started_s=started,
        arrived_s=_number(record, "arrived_s", started),
        completed_s=_number(record, "completed_s", started),
        method=_text(record, "method"),
        target=_text(record, "target"),
        version=_text(record, "version"),
        headers=tuple((str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2),
        body=body[:_BODY_KEPT],
        body_size=_whole(record, "body_size") or len(body.encode("utf-8", "surrogatepass")),
        encrypted=record.get("encrypted") is not False,
        status=status if isinstance(status, int) else None,
        ending=_optional(record, "ending"),
    )


def _handshake(record: Plain) -> Handshake:
    hello = record.get("hello")
    alert = record.get("alert")
    return Handshake(
        destination=_text(record, "receiver"),
        number=_whole(record, "number"),
        started_s=_number(record, "started_s"),
        handshaken_s=_maybe(record, "handshaken_s"),
        closed_s=_maybe(record, "closed_s"),
        tls_version=_optional(record, "tls_version"),
        cipher=_optional(record, "cipher"),
        resumed=record.get("resumed") is True,
        alert=_text(alert, "name") if isinstance(alert, dict) else _optional(record, "alert"),
        failure=_optional(record, "failure"),
        aborted=record.get("aborted_by_peer") is True,
        client_certificate=_optional(record, "client_certificate"),
        application_bytes=_whole(record, "application_bytes"),
        act=_optional(record, "act"),
        unreadable=_text(record, "plain_text") or _text(record, "malformed") or None,
        hello=hello if isinstance(hello, dict) else {},
    )


def _measurement(record: Plain) -> Measurement:
    values, labels = record.get("values"), record.get("labels")
    numbers = values if isinstance(values, list) else [values]
    return Measurement(
        requirement=_text(record, "requirement"),
        name=_text(record, "name"),
        unit=_text(record, "unit"),
        values=tuple(float(value) for value in numbers if isinstance(value, int | float) and abs(value) < 1e15),
        labels={str(key): _text(labels, key) for key in labels} if isinstance(labels, dict) else {},
    )


_CANDUMP = re.compile(r"\((\d+\.\d+)\)\s+\S+\s+([0-9A-Fa-f]+)#([0-9A-Fa-f]*)")
_STAMPED = re.compile(r"\(?(\d+\.\d+)\)?\s?(.*)")


def _frames(path: Path) -> Iterator[Frame]:
    for line in _raw_lines(path):
        if match := _CANDUMP.match(line):
            yield Frame(float(match[1]), match[2].upper(), match[3].upper())


def _lines(path: Path) -> Iterator[Line]:
    for line in _raw_lines(path):
        if match := _STAMPED.match(line):
            yield Line(float(match[1]), match[2].rstrip("\n"))
