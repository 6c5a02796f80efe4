"""Whether POSTs tell the truth: what the vehicle may have answered by the time each of them was made."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from rig.oracle import expression, names, standard, values
from rig.oracle.posts import Post
from rig.tolerance import Tolerances

Decode = Callable[[Iterable[bytes]], set[float]]


class Source(Protocol):
    """What knows its own answers: an ECU."""

    @property
    def name(self) -> str:
        """What it is called."""

    def value(self, key: str) -> bytes | None:
        """The data bytes that a request (hex) is answered with now; None if it is not supported."""

    def values_between(self, key: str, start_ns: int, end_ns: int) -> list[bytes]:
        """The data bytes in force at any moment of a span."""


class Expressed(Protocol):
    """A parameter with an expression and limits, as it is configured."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def expression(self) -> str:
        """What is made of the answer."""

    @property
    def minimum(self) -> float | None:
        """The lowest value that is sent."""

    @property
    def maximum(self) -> float | None:
        """The highest value that is sent."""


@dataclass(frozen=True)
class Reading:
    """A parameter: who answers, the request that asks for it (hex), and what its answers decode to."""

    name: str
    source: Source
    request: str
    decode: Decode
    minimum: float | None = None
    maximum: float | None = None

    @classmethod
    def standard(cls, name: str, source: Source) -> "Reading":
        """A standard PID by the device's name (``0C-EngineRPM``)."""
        return cls(name, source, f"01{name[:2]}", partial(standard.acceptable_values, name))

    @classmethod
    def expressed(cls, pid: str, parameter: Expressed, source: Source) -> "Reading":
        """A parameter of the user's own or of a car profile; a count of expected frames after the request is no part of it."""
        request = pid[: len(pid) // 2 * 2]
        decode = partial(expression.acceptable_values, parameter.expression, request)
        return cls(parameter.name, source, request, decode, parameter.minimum, parameter.maximum)

    def of(self, answers: Iterable[bytes]) -> set[float]:
        """What these answers (data bytes, after service and identifier) decode to; values outside the limits are none."""
        low = float("-inf") if self.minimum is None else self.minimum
        high = float("inf") if self.maximum is None else self.maximum
        return {value for value in self.decode(answers) if low <= value <= high}

    @property
    def now(self) -> set[float]:
        """What is answered now; empty where that gives no value."""
        data = self.source.value(self.request)
        return set() if data is None else self.of([data])


def shown(post: Post, readings: Sequence[Reading]) -> dict[str, object]:
    """The values of a POST under the configured names; a reading that has none is left out."""
    keys = names.match([reading.name for reading in readings], post.body.parameters).keys
    return {name: post.body.parameters[key] for name, key in keys.items()}


@dataclass(frozen=True, repr=False)
class Wrong:
    """A value in a POST that is not what it has to be, in words. `old` tells that it is missing, or was answered at another time."""

    name: str
    text: str
    old: bool

    def __repr__(self) -> str:
        return self.text


def wrong_now(post: Post, readings: Sequence[Reading], tolerance: Tolerances, *, may_lack: bool = False) -> list[Wrong]:
    """Readings whose value in `post` is not what is answered now, and has been since long before."""
    seen, wrong = shown(post, readings), []
    for reading in readings:
        if reading.name not in seen:
            if not may_lack:
                wrong.append(Wrong(reading.name, f"{reading.name} is missing, the vehicle answers {_listed(reading.now)}", old=True))
        elif not values.is_one_of(seen[reading.name], reading.now, tolerance):
            wrong.append(_wrong(post, reading, seen[reading.name], reading.now, tolerance, "answers"))
    return wrong


Polls = Mapping[tuple[str, str], Sequence[int]]
"""By name of a source and request: stamps of the polls that were answered, ascending."""


def untrue(told: Iterable[Post], readings: Sequence[Reading], tolerance: Tolerances, polls: Polls, lag_ns: int) -> list[Wrong]:
    """Values in POSTs that cannot have been answered by then; a missing key is no value.

    What counts is what was answered from the last poll on that was over by `lag_ns` before the POST; for a reading that `polls`
    lacks, whatever was ever answered. Of readings that share a request each may have polls of its own.
    """
    sharing = Counter((reading.source.name, reading.request) for reading in readings)
    wrong = []
    for post in told:
        seen = shown(post, readings)
        for reading in (reading for reading in readings if reading.name in seen):
            asked = reading.source.name, reading.request
            stamps = polls.get(asked, ())
            before = bisect_right(stamps, post.started_ns - lag_ns) - 2 * (sharing[asked] - 1)
            from_ns = stamps[before - 1] if before > 0 else 0
            true = reading.of(reading.source.values_between(reading.request, from_ns, post.request.arrived_ns))
            if not values.is_one_of(seen[reading.name], true, tolerance):
                wrong.append(_wrong(post, reading, seen[reading.name], true, tolerance, "answered"))
    return wrong


def _wrong(post: Post, reading: Reading, seen: object, true: set[float], tolerance: Tolerances, answers: str) -> Wrong:
    ever = reading.of(reading.source.values_between(reading.request, 0, post.request.arrived_ns))
    text = f"{reading.name} is {seen!r} in POST {post.request.number}, the vehicle {answers} {_listed(true)}"
    return Wrong(reading.name, text, old=values.is_one_of(seen, ever, tolerance))


def _listed(numbers: Iterable[float]) -> str:
    shown = [f"{number:.10g}" for number in sorted(numbers)]
    return ", ".join(shown[-5:]) or "nothing that gives a value"
