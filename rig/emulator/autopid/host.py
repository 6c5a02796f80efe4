"""What AutoPID needs of the device it runs in."""

from collections.abc import Mapping
from typing import Any, Protocol

from rig.emulator.active import ActiveConfiguration
from rig.emulator.behaviour import Behaviour


class Host(Protocol):
    """The device."""

    @property
    def behaviour(self) -> Behaviour:
        """Its knobs and points."""

    @property
    def active(self) -> ActiveConfiguration:
        """What it read at boot."""

    @property
    def can_settings(self) -> Mapping[str, Any] | None:
        """Arguments of can.Bus, or None for a dead bus."""

    def log(self, level: str, tag: str, text: str, /) -> None:
        """Prints a line on the console."""
