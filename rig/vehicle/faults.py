"""What an ECU can do wrong, one fault each. An ECU is told with ``Ecu.behave``; faults given together apply in that order.

A fault turns the messages that answer a request into others. Default is always the healthy answer; a fault states what differs.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

from rig.errors import UsageError
from rig.vehicle.delivery import Delivery

RESPONSE_PENDING = 0x78
"""Negative response code: request correctly received, response pending (ISO 14229-1, A.1)."""


class Fault(Protocol):
    """Anything that alters what answers a request."""

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """The messages that go out in place of `deliveries` after `request` (service byte first)."""
        ...


def negative(request: bytes, code: int) -> bytes:
    """The negative answer to a request (ISO 14229-1, 8.3)."""
    return bytes([0x7F, request[0], code])


# Whole answers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoAnswer:
    """The ECU hears the request and says nothing."""

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:  # noqa: ARG002 (shape of every fault)
        """Nothing goes out."""
        return []


@dataclass(frozen=True)
class Late:
    """The answer comes `by_s` seconds later."""

    by_s: float

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:  # noqa: ARG002 (shape of every fault)
        """Everything goes out later."""
        return [replace(delivery, after_s=delivery.after_s + self.by_s) for delivery in deliveries]


@dataclass(frozen=True)
class Negative:
    """A negative answer with this code: 0x11 service, 0x12 sub-function not supported, 0x31 out of range, 0x21 busy."""

    code: int

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """One refusal in place of the answer."""
        after_s = deliveries[0].after_s if deliveries else 0.0
        return [Delivery(negative(request, self.code), after_s)]


@dataclass(frozen=True)
class PendingThenAnswer:
    """'Response pending' (7F xx 78) at once and, at even distances, `times` times in all; the real answer after `after_s`."""

    after_s: float
    times: int = 1

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Pending messages, then what would have come."""
        start_s = deliveries[0].after_s if deliveries else 0.0
        pending = negative(request, RESPONSE_PENDING)
        before = [Delivery(pending, start_s + self.after_s * number / self.times) for number in range(self.times)]
        return before + Late(self.after_s).alter(request, deliveries)


@dataclass(frozen=True)
class TooShort:
    """The answer lacks its last `by` bytes; its PCI length says so, too."""

    by: int = 1

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:  # noqa: ARG002 (shape of every fault)
        """Shorter messages of at least one byte."""
        return [replace(delivery, data=delivery.data[: max(1, len(delivery.data) - self.by)]) for delivery in deliveries]


@dataclass(frozen=True)
class WrongPid:
    """The answer names `other` (hex digits of a PID or DID) in place of the identifier that was asked for."""

    other: str

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:  # noqa: ARG002 (shape of every fault)
        """The same bytes under another identifier."""
        named = bytes.fromhex(self.other)
        return [replace(delivery, data=delivery.data[:1] + named + delivery.data[1 + len(named) :]) for delivery in deliveries]


@dataclass(frozen=True)
class ForeignEcu:
    """The answer comes from the id `can_id`, an ECU that was not asked; flow control for it is taken on that ECU's id."""

    can_id: int

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:  # noqa: ARG002 (shape of every fault)
        """The same messages from elsewhere."""
        return [replace(delivery, can_id=self.can_id) for delivery in deliveries]


@dataclass(frozen=True)
class Duplicated:
    """The whole answer comes `times` times, one right after the other."""

    times: int = 2

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:  # noqa: ARG002 (shape of every fault)
        """Every message again."""
        return [delivery for delivery in deliveries for _ in range(self.times)]


# Frames of a multi-frame answer; `frame` counts consecutive frames from 1 ---------------------------------------------


class _FrameFault:
    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:  # noqa: ARG002 (shape of every fault)
        """The same messages with spoilt frames."""
        return [replace(delivery, frame_faults=(*delivery.frame_faults, self._spoil)) for delivery in deliveries]

    def _spoil(self, number: int, data: bytes) -> list[bytes]:
        raise NotImplementedError


@dataclass(frozen=True)
class SkippedFrame(_FrameFault):
    """This consecutive frame is missing."""

    frame: int = 1

    def _spoil(self, number: int, data: bytes) -> list[bytes]:
        return [] if number == self.frame else [data]


@dataclass(frozen=True)
class RepeatedFrame(_FrameFault):
    """This consecutive frame comes twice."""

    frame: int = 1

    def _spoil(self, number: int, data: bytes) -> list[bytes]:
        return [data, data] if number == self.frame else [data]


@dataclass(frozen=True)
class MisnumberedFrame(_FrameFault):
    """This consecutive frame carries a sequence number that is `by` too high; the others are numbered rightly."""

    frame: int = 1
    by: int = 1

    def _spoil(self, number: int, data: bytes) -> list[bytes]:
        wrong = (data[0] & 0xF0) | (data[0] + self.by & 0x0F)
        return [bytes([wrong]) + data[1:]] if number == self.frame else [data]


@dataclass(frozen=True)
class SwappedFrames:
    """Consecutive frames `frame` and `frame` + 1 come in the wrong order, rightly numbered."""

    frame: int = 1

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:  # noqa: ARG002 (shape of every fault)
        """Each message holds one frame back until the next has gone."""
        return [replace(delivery, frame_faults=(*delivery.frame_faults, _Swapper(self.frame))) for delivery in deliveries]


class _Swapper:
    def __init__(self, frame: int) -> None:
        self._frame = frame
        self._held: list[bytes] = []

    def __call__(self, number: int, data: bytes) -> list[bytes]:
        if number == self._frame:
            self._held = [data]
            return []
        held, self._held = self._held, []
        return [data, *held]


@dataclass(frozen=True)
class CutOff(_FrameFault):
    """Nothing follows after this many consecutive frames; with 0 the first frame stays alone."""

    after: int = 0

    def _spoil(self, number: int, data: bytes) -> list[bytes]:
        return [] if number > self.after else [data]


@dataclass(frozen=True)
class Gap:
    """`s` seconds lie between consecutive frames, whatever the tester's flow control asks for."""

    s: float

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:  # noqa: ARG002 (shape of every fault)
        """The same messages, slower."""
        return [replace(delivery, gap_s=self.s) for delivery in deliveries]


@dataclass(frozen=True)
class IgnoresFlowControl:
    """All frames of an answer follow the first one at once; nobody waits for flow control."""

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:  # noqa: ARG002 (shape of every fault)
        """The same messages without the wait."""
        return [replace(delivery, waits=False) for delivery in deliveries]


# Chance ---------------------------------------------------------------------------------------------------------------

ANY_FAULT: tuple[Fault, ...] = (
    NoAnswer(),
    Late(0.2),
    Negative(0x12),
    Negative(0x31),
    PendingThenAnswer(0.1, 2),
    TooShort(1),
    Duplicated(2),
    SkippedFrame(1),
    RepeatedFrame(1),
    MisnumberedFrame(1),
    CutOff(0),
    Gap(0.01),
)
"""What a ``FaultScript`` draws from unless told otherwise; answers that a device may take for true are not among it."""


class FaultScript:
    """Draws a fault, or none, for every request; the same seed draws the same. ``repr`` is the call that replays what was drawn.

    `share` is the share of requests that are spoilt.
    """

    def __init__(self, seed: int, faults: Sequence[Fault] = ANY_FAULT, share: float = 0.5) -> None:
        if not faults or not 0 <= share <= 1:
            raise UsageError("a fault script needs faults to draw from, and a share between 0 and 1")
        self.seed = seed
        self._chance = random.Random(seed)
        self._faults = tuple(faults)
        self._share = share
        self._replayed: list[Fault | None] | None = None
        self._drawn: list[Fault | None] = []

    @classmethod
    def replay(cls, drawn: Sequence[Fault | None]) -> Self:
        """The script that deals exactly these faults, one a request, and none afterwards."""
        script = cls(0)
        script._replayed = list(drawn)
        return script

    def __repr__(self) -> str:
        return f"FaultScript.replay({self.drawn!r})"

    @property
    def drawn(self) -> list[Fault | None]:
        """What was dealt so far, one entry for each request; None is a healthy answer."""
        return list(self._drawn)

    def alter(self, request: bytes, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Deals the next fault."""
        fault = self._draw()
        self._drawn.append(fault)
        return list(deliveries) if fault is None else fault.alter(request, deliveries)

    def _draw(self) -> Fault | None:
        if self._replayed is not None:
            return self._replayed[len(self._drawn)] if len(self._drawn) < len(self._replayed) else None
        return self._chance.choice(self._faults) if self._chance.random() < self._share else None
