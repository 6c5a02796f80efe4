"""Occasions and small changes that many defects share."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rig.emulator.active import ActiveDestination
from rig.emulator.behaviour import Alteration
from rig.emulator.configuration.jsontext import Fields, fields, items, parse
from rig.emulator.publisher.turn import Turn
from rig.emulator.storage import AUTOMATE

NEVER = math.inf
"""A moment that does not come."""

When = Callable[[Turn], bool]


def only(when: When, change: Alteration) -> Alteration:
    """The change, where the turn is such a one."""
    return lambda value, turn: change(value, turn) if when(turn) else value


def later(turn: Turn) -> bool:
    """After the first success of the destination."""
    return turn.lane.successes > 0


def not_the_first(turn: Turn) -> bool:
    """At every destination but the first."""
    return turn.destination.index > 0


def last(turn: Turn) -> bool:
    """At the last destination, where there are several."""
    return turn.destination.index == len(turn.lanes) - 1 and len(turn.lanes) > 1


def every(count: int) -> When:
    """At every `count`-th attempt of a destination."""
    return lambda turn: turn.number % count == 0


def failed_before(count: int) -> When:
    """After so many failures in a row."""
    return lambda turn: turn.lane.failures_in_a_row >= count


def status_was(*statuses: int) -> When:
    """Where the attempt just over was answered so."""
    return lambda turn: turn.exchange is not None and turn.exchange.status in statuses


def without_answer(turn: Turn) -> bool:
    """Where the attempt just over got no answer at all."""
    return turn.exchange is not None and turn.exchange.status is None


def error_was(name: str) -> When:
    """Where the attempt just over ended with this error."""
    return lambda turn: turn.exchange is not None and turn.exchange.error == name


def constant(value: object) -> Alteration:
    """`value`, whatever was there."""
    return lambda _value, _occasion: value


def stop(when: When) -> Alteration:
    """No further attempt of the destination, once it was such a turn."""
    return only(when, constant(NEVER))


def header(name: str, change: Callable[[str], str | None]) -> Alteration:
    """A header line's value changed; None takes the line away."""

    def alter(lines: list[tuple[str, str]], _: Turn) -> list[tuple[str, str]]:
        changed = [(key, change(value) if key.lower() == name.lower() else value) for key, value in lines]
        return [(key, value) for key, value in changed if value is not None]

    return alter


def added(*lines: tuple[str, str]) -> Alteration:
    """Header lines added at the end."""
    return lambda there, _turn: [*there, *lines]


def text_of(change: Callable[[str], str]) -> Alteration:
    """The body changed as text."""
    return lambda data, _turn: change(data.decode()).encode()


def telemetry(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Alteration:
    """The telemetry block changed."""
    return block("autopid_data", change)


def block(name: str, change: Callable[[dict[str, Any]], Any]) -> Alteration:
    """A block of the body changed, where it is there."""
    return lambda body, _turn: {key: change(value) if key == name else value for key, value in body.items()}


def status(**changed: object) -> Alteration:
    """Keys of the posted status block set to other values; None takes a key away."""

    def alter(values: dict[str, object], occasion: tuple[object, bool]) -> dict[str, object]:
        posted = occasion[1]
        return {key: value for key, value in (values | changed).items() if value is not None} if posted else values

    return alter


def document(device: Any) -> Fields:
    """The Automate document as it is stored."""
    try:
        return fields(parse(device.storage.read(AUTOMATE) or b"{}", lenient=True))
    except ValueError:
        return {}


def entry(device: Any, position: int) -> Fields:
    """A stored destination by its place."""
    entries = items(document(device).get("destinations"))
    return fields(entries[position]) if position < len(entries) else {}


def each_destination(change: Callable[[ActiveDestination, Any], ActiveDestination]) -> Alteration:
    """Each destination changed; the second argument is the device."""
    return lambda destinations, device: tuple(change(destination, device) for destination in destinations)


def numbered(destinations: Any) -> tuple[ActiveDestination, ...]:
    """Destinations counted anew."""
    return tuple(replace(destination, index=index) for index, destination in enumerate(destinations))


def stored_document(change: Callable[[dict[str, Any]], object]) -> Alteration:
    """The Automate document changed in place while it is stored."""

    def alter(data: bytes, occasion: tuple[str, object]) -> bytes:
        try:
            content = json.loads(data) if occasion[0] == AUTOMATE else None
        except ValueError:
            content = None
        if not isinstance(content, dict):
            return data
        change(content)
        return json.dumps(content, ensure_ascii=False).encode()

    return alter
