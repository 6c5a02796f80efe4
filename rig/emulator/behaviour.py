"""In what emulated devices differ: knobs (data) and small named alterations at fixed points.

The defaults are what the product document promises (profile ``document``). A release is a set of knobs, a defect or a harmless
variant a set of knobs or a function hung on one of the points below. The code of the device asks knobs and points only; it
never asks which release or defect it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Self

Alteration = Callable[[Any, Any], Any]
"""From a value and the occasion (what the point hands over) to the value that takes its place."""


class Point(Enum):
    """Where a value passes on its way through the device; in brackets its type and the occasion."""

    DESTINATIONS = "destinations"
    """At boot, the destinations that will be served (tuple of ActiveDestination; the Device)."""
    PARAMETERS = "parameters"
    """At boot, the parameters that will be polled (tuple of ActiveParameter; the Device)."""
    DUE = "due"
    """When the next attempt starts (s of the loop's clock; Turn, whose `started` and `ended` tell the attempt just over)."""
    CONTEXT = "context"
    """Whether the body carries config and status (bool; Turn)."""
    BODY = "body"
    """The body as a dict of its top-level blocks (dict; Turn)."""
    BODY_BYTES = "body_bytes"
    """The body as it goes out (bytes; Turn)."""
    TARGET = "target"
    """The request target (str; Turn)."""
    HEADERS = "headers"
    """Header lines in order (list of (name, value); Turn)."""
    REQUEST_BYTES = "request_bytes"
    """Head and body as two writes (list of bytes; Turn)."""
    TRUST = "trust"
    """How the server is verified (Trust; Turn)."""
    SUCCESS = "success"
    """Whether an exchange counts as a success (bool; (Turn, Exchange))."""
    SNAPSHOT = "snapshot"
    """Telemetry as it is read for a body (dict of name to value; Turn)."""
    POLL_REQUEST = "poll_request"
    """Request bytes to an ECU, service byte first (bytes; Poll)."""
    POLL_FRAMES = "poll_frames"
    """Frames of the answer in order of arrival (list of (id, data); Poll)."""
    VALUE = "value"
    """A decoded value before it is stored, None for no value (float | None; Poll)."""
    PERIOD = "period"
    """Seconds to the next poll of a parameter (float; Poll)."""
    WEB_ANSWER = "web_answer"
    """An answer of the web API (Answer; Call)."""
    STORE = "store"
    """What is written when something is stored (bytes; (what, the Device))."""
    CONSOLE_LINE = "console_line"
    """A line on its way to the console (str | None; the Device)."""
    EVENT = "event"
    """Whether a change triggers a POST of an event-only destination (bool; Turn)."""


@dataclass(frozen=True)
class Behaviour:
    """Every knob of a device, and what is hung on which point."""

    profile: str = "document"
    alterations: Mapping[Point, tuple[Alteration, ...]] = field(default_factory=dict)

    def but(self, **knobs: Any) -> Self:  # noqa: ANN401 (knobs have types of their own)
        """The same with some knobs turned."""
        return replace(self, **knobs)

    def altered(self, point: Point, alteration: Alteration) -> Self:
        """The same with an alteration hung on a point, after those that are there."""
        there = self.alterations.get(point, ())
        return replace(self, alterations={**self.alterations, point: (*there, alteration)})

    def pass_through(self, point: Point, value: Any, occasion: Any) -> Any:  # noqa: ANN401 (types stand at the points)
        """`value` after everything that hangs on `point`."""
        for alteration in self.alterations.get(point, ()):
            value = alteration(value, occasion)
        return value
