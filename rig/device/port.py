"""The port: what every device under test offers the bench, however it is reached."""

from typing import Protocol

from rig.device.console import Console
from rig.device.web import WebApi


class Device(Protocol):
    """A device under test, physical or emulated."""

    @property
    def kind(self) -> str:
        """``physical`` or ``emulated``."""

    @property
    def web(self) -> WebApi:
        """Its web API."""

    @property
    def console(self) -> Console | None:
        """Its serial console, where the bench has one."""

    @property
    def abilities(self) -> frozenset[str]:
        """Which of ``console``, ``power_control`` and ``wifi_control`` this bench gives."""

    @property
    def taken_away(self) -> frozenset[str]:
        """What the rig has taken from it and not yet given back: ``power``, ``wifi``."""

    @property
    def held_up_ns(self) -> int:
        """How long this machine has kept it waiting for a processor so far (ns); 0 where it has its own."""

    def power_off(self) -> None:
        """Cuts the supply at once."""

    def power_on(self) -> None:
        """Gives the supply back; the device boots."""

    def wifi_off(self) -> None:
        """Takes the Wi-Fi network away from the device."""

    def wifi_on(self) -> None:
        """Gives the Wi-Fi network back."""

    def close(self) -> None:
        """Lets go of it; what the rig started ends."""
