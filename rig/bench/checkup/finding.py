"""What a check of the bench found, and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rig.bench.checkup.patient import Patient


class State(Enum):
    """How a check ended."""

    GOOD = "good"
    ADVICE = "advice"
    """A run works; something could be better, or is not judged."""
    BAD = "bad"
    """A run would come to nothing."""
    NOT_ASKED = "not asked"
    """The bench has no such thing, or a check before it failed."""


class Depth(IntEnum):
    """How far an examination goes."""

    QUICK = 0
    """Looks only; the device stays as it is."""
    BOOT = 1
    """Reboots the device once with a configuration of the rig's: every run begins so."""
    FULL = 2
    """Switches power and Wi-Fi, too."""


@dataclass(frozen=True)
class Finding:
    """One line of the examination: what was seen, and the remedy where there is something to mend."""

    state: State
    said: str
    remedy: str = ""


@dataclass(frozen=True)
class Check:
    """One thing that is looked at; `needs` are checks without which it makes no sense."""

    name: str
    ask: "Callable[[Patient], Finding]"
    needs: tuple[str, ...] = ()
    depth: Depth = Depth.QUICK


@dataclass(frozen=True)
class Result:
    """A check and what it found."""

    check: str
    finding: Finding

    def __str__(self) -> str:
        remedy = f"; {self.finding.remedy}" if self.finding.remedy else ""
        return f"{self.check}: {self.finding.said}{remedy}"


def good(said: str) -> Finding:
    """All is well."""
    return Finding(State.GOOD, said)


def advice(said: str, remedy: str) -> Finding:
    """A run works, but."""
    return Finding(State.ADVICE, said, remedy)


def bad(said: str, remedy: str) -> Finding:
    """A run would come to nothing."""
    return Finding(State.BAD, said, remedy)


def not_asked(said: str) -> Finding:
    """There is nothing to look at."""
    return Finding(State.NOT_ASKED, said)
