"""Which boot of the device a moment belongs to, read from a scenario's timeline."""

import re
from dataclasses import dataclass

from rig.report.recorded import Scenario

_NUMBER = re.compile(r"boot (\d+)\b")


@dataclass(frozen=True)
class Boots:
    """The boots of one scenario: from the order to restart on, because the device can send before its web API answers."""

    starts: tuple[tuple[float, str], ...]

    @classmethod
    def of(cls, scenario: Scenario) -> "Boots":
        """The boots that the timeline tells of."""
        starts: list[tuple[float, str]] = []
        ordered: float | None = None
        for event in scenario.events:
            if restarts(event.kind, event.text):
                ordered = event.stamp_s
            elif event.kind == "boot":
                match = _NUMBER.search(event.text)
                starts.append((event.stamp_s if ordered is None else ordered, f"boot {match[1]}" if match else f"boot {len(starts) + 1}"))
                ordered = None
        return cls(tuple(starts))

    def at(self, stamp_s: float) -> str:
        """The boot at that moment."""
        return next((name for start, name in reversed(self.starts) if start <= stamp_s), "before the first boot of the scenario")


def restarts(kind: str, text: str) -> bool:
    """Whether an event orders the device to restart."""
    return kind == "stimulus" and text.startswith(("reboot", "power cut"))
