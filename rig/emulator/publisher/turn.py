"""One attempt and the destination it belongs to: what alterations are told about the occasion."""

from dataclasses import dataclass, field

from rig.emulator.active import ActiveDestination
from rig.emulator.publisher.needs import Device, Telemetry
from rig.emulator.publisher.response import Answer, Ended
from rig.emulator.publisher.wire import Wire


@dataclass
class Lane:
    """A destination in this boot: its counters, and what it remembers from one attempt to the next."""

    destination: ActiveDestination
    attempts: int = 0
    successes: int = 0
    failures: int = 0
    failures_in_a_row: int = 0
    stretched_s: float = 0.0
    kept: Wire | None = None
    session: object = None
    memory: dict[str, object] = field(default_factory=dict)
    """Free for alterations."""


@dataclass(frozen=True)
class Exchange:
    """What became of an attempt on the network: the final answer, or the name of the error as the firmware has it and what it was."""

    answer: Answer | None = None
    error: str = ""
    detail: str = ""

    @property
    def status(self) -> int | None:
        """Status of the final answer."""
        return self.answer.status if self.answer else None

    @property
    def ended(self) -> Ended | None:
        """How the final answer ended."""
        return self.answer.ended if self.answer else None


@dataclass
class Turn:
    """An attempt: `number` counts those of its destination in this boot from 1.

    `started` (when its connection was made; before that, when it began) and `ended` are s of the loop's clock.
    """

    device: Device
    lane: Lane
    lanes: tuple[Lane, ...]
    telemetry: Telemetry
    started: float
    ended: float | None = None
    exchange: Exchange | None = None
    success: bool = False
    content_type: str = "application/json"

    @property
    def destination(self) -> ActiveDestination:
        """The destination served."""
        return self.lane.destination

    @property
    def number(self) -> int:
        """How many attempts of the destination there were in this boot, this one included."""
        return self.lane.attempts
