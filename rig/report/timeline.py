"""Everything that happened in a scenario on one timeline, condensed to what a reader can take in."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from typing import TypeVar

from rig.report.exchanges import ExchangeView, facts, shown
from rig.report.recorded import Event, Exchange, Frame, Handshake, Line, Scenario
from rig.report.words import amount, bounded

T = TypeVar("T")


class Lane(Enum):
    """Where an entry comes from."""

    DID = "did"
    """A stimulus of the rig."""
    BOOT = "boot"
    """The device became ready."""
    POST = "post"
    """A request arrived."""
    TLS = "tls"
    """A connection that brought no request."""
    CAN = "can"
    """Frames on the bus."""
    CONSOLE = "console"
    """Lines of the serial console."""
    VERDICT = "verdict"
    """A test came to its end."""
    WAITS = "waits"
    """The rig waits for something."""
    NOTE = "note"
    """Anything else that the rig noted."""


_LANES = {"stimulus": Lane.DID, "boot": Lane.BOOT, "verdict": Lane.VERDICT, "await": Lane.WAITS}
_UNSEEN_KINDS = {"expected_body"}


@dataclass(frozen=True)
class Entry:
    """One row: `at_s` after the scenario's start, what happened, and what opens when it is opened."""

    at_s: float
    lane: Lane
    text: str
    exchange: ExchangeView | None = None
    facts: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Detail:
    """How much a case may show: exchanges, characters of a body, rows, and lines in a row that opens."""

    exchanges: int
    body: int
    rows: int
    lines: int


@dataclass(frozen=True)
class Timeline:
    """The rows, and how many were left out."""

    entries: tuple[Entry, ...]
    left_out: int = 0


def timeline(scenario: Scenario, picked: Sequence[Exchange], until_s: float, tests: Sequence[str], detail: Detail) -> Timeline:
    """What happened up to `until_s`; `picked` exchanges get a row of their own, others are counted; verdicts of `tests` only."""
    started = scenario.started_s
    single = {id(exchange) for exchange in picked}
    carried = {(exchange.destination, exchange.connection) for exchange in scenario.exchanges}
    marks: list[tuple[float, object]] = [(event.stamp_s, event) for event in _concerning(scenario.events, tests)]
    marks += [(exchange.started_s, exchange) for exchange in scenario.exchanges]
    marks += [(item.started_s, item) for item in scenario.handshakes if (item.destination, item.number) not in carried]
    marks += [(frame.stamp_s, frame) for frame in scenario.frames]
    marks += [(line.stamp_s, line) for line in scenario.lines]
    ordered = sorted((mark for mark in marks if mark[0] <= until_s), key=lambda mark: mark[0])
    groups = _groups(ordered, single)
    entries = [_entry(group[0][0] - started, [item for _, item in group], scenario, single, detail) for group in groups]
    return _shortened(entries, detail.rows)


def _concerning(events: Sequence[Event], tests: Sequence[str]) -> list[Event]:
    """What the rig did, and what these tests awaited and concluded; which test awaits something tells the next verdict."""
    kept = []
    mine = True
    for event in reversed(events):
        if event.kind == "verdict":
            mine = concludes(event, tests)
        starts = event.text.removeprefix("test ") if event.kind == "note" and event.text.startswith("test ") else None
        of_other = event.kind in {"verdict", "await"} and not mine
        if event.kind not in _UNSEEN_KINDS and not of_other and (starts is None or starts in tests):
            kept.append(event)
    return kept[::-1]


def concludes(event: Event, tests: Sequence[str]) -> bool:
    """Whether the event is the verdict of one of these tests."""
    return event.kind == "verdict" and any(event.text.startswith(f"{test}:") for test in tests)


def _groups(marks: Sequence[tuple[float, object]], single: set[int]) -> list[list[tuple[float, object]]]:
    """What deserves a row of its own alone; what lies between two such rows together, kind by kind."""
    groups: list[list[tuple[float, object]]] = []
    for alone, stretch in groupby(marks, key=lambda mark: isinstance(mark[1], Event) or id(mark[1]) in single):
        if alone:
            groups += [[mark] for mark in stretch]
            continue
        kinds: dict[object, list[tuple[float, object]]] = {}
        for mark in stretch:
            item = mark[1]
            kinds.setdefault((type(item), getattr(item, "failure", None), getattr(item, "alert", None)), []).append(mark)
        groups += sorted(kinds.values(), key=lambda group: group[0][0])
    return groups


def _entry(at_s: float, items: list[object], scenario: Scenario, single: set[int], detail: Detail) -> Entry:
    match items[0]:
        case Event() as event:
            begins = " begins" if event.kind == "note" and event.text.startswith("test ") else ""
            return Entry(at_s, _LANES.get(event.kind, Lane.NOTE), bounded(event.text, 400) + begins)
        case Exchange() as exchange if id(exchange) in single:
            view = shown(exchange, scenario, detail.body)
            return Entry(at_s, Lane.POST, f"{exchange.destination}: {view.line}", exchange=view)
        case Exchange():
            return Entry(at_s, Lane.POST, _counted(_of(items, Exchange), "further POST"))
        case Handshake():
            return _handshakes(at_s, _of(items, Handshake))
        case Frame():
            return _listed(at_s, Lane.CAN, _of(items, Frame), "CAN frame", _frame, detail.lines)
        case _:
            return _listed(at_s, Lane.CONSOLE, _of(items, Line), "console line", lambda line: line.text, detail.lines)


def _of(items: list[object], kind: type[T]) -> list[T]:
    return [item for item in items if isinstance(item, kind)]


def _counted(exchanges: Sequence[Exchange], thing: str) -> str:
    counts = Counter(bounded(exchange.destination, 40) for exchange in exchanges)
    if len(counts) == 1:
        return f"{exchanges[0].destination}: {amount(len(exchanges), thing)}"
    told = ", ".join(f"{name} {count}" for name, count in counts.most_common(6))
    return f"{amount(len(exchanges), thing)} ({told}{', …' if len(counts) > 6 else ''})"


def _handshakes(at_s: float, items: Sequence[Handshake]) -> Entry:
    first = items[0]
    how = first.failure or (f"alert {first.alert}" if first.alert else "no request came")
    who = ", ".join(dict.fromkeys(item.destination for item in items))
    times = f" ({len(items)} times)" if len(items) > 1 else ""
    return Entry(at_s, Lane.TLS, bounded(f"{who}: {how}{times}", 300), facts=facts(first))


def _listed(at_s: float, lane: Lane, items: Sequence[T], thing: str, written: Callable[[T], str], most: int) -> Entry:
    head = [bounded(written(item), 160) for item in items[:most]]
    rest = len(items) - len(head)
    lines = (*head, f"… {amount(rest, 'more', 'more')}") if rest > 0 else tuple(head)
    if len(items) == 1:
        return Entry(at_s, lane, lines[0])
    return Entry(at_s, lane, f"{amount(len(items), thing)}, first {head[0]}" if head else amount(len(items), thing), lines=lines)


def _frame(frame: Frame) -> str:
    octets = " ".join(frame.data[place : place + 2] for place in range(0, len(frame.data), 2))
    return f"{frame.can_id}  {octets}"


_DROPPED_FIRST = ({Lane.NOTE, Lane.WAITS}, {Lane.CAN, Lane.CONSOLE}, {Lane.TLS})


def _shortened(entries: Sequence[Entry], most: int) -> Timeline:
    """At most `most` rows: what explains least goes first, and from the middle, so that start and end stay."""
    kept = list(entries)
    for lanes in _DROPPED_FIRST:
        spare = [place for place, entry in enumerate(kept) if entry.lane in lanes]
        count = min(len(spare), max(0, len(kept) - most))
        start = (len(spare) - count) // 2
        gone = set(spare[start : start + count])
        kept = [entry for place, entry in enumerate(kept) if place not in gone]
    while len(kept) > most and (plain := [place for place, entry in enumerate(kept) if entry.exchange is None]):
        del kept[plain[len(plain) // 2]]
    return Timeline(tuple(kept), len(entries) - len(kept))
