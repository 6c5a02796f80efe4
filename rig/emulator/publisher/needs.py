"""What the publisher needs of the device around it."""

from collections.abc import Callable, Mapping
from typing import Protocol

from rig.emulator.active import ActiveConfiguration
from rig.emulator.behaviour import Behaviour

Telemetry = Mapping[str, float | str]
"""Values by parameter name: numbers rounded as they are sent, texts for binary sensors."""


class Device(Protocol):
    """The device that the publisher is a part of."""

    @property
    def behaviour(self) -> Behaviour:
        """In what this device differs from others."""

    @property
    def active(self) -> ActiveConfiguration:
        """What was read at boot."""

    @property
    def default_bundle_pem(self) -> bytes | None:
        """The embedded bundle of public roots."""

    @property
    def link_up(self) -> bool:
        """Whether the Wi-Fi station has an address."""

    async def wait_for_link(self) -> None:
        """Returns once the Wi-Fi station has an address."""

    def resolve(self, host: str) -> str:
        """The address of a host name; raises OSError where there is none."""

    def log(self, level: str, tag: str, text: str) -> None:
        """Writes a line to the serial console, level I, W or E."""

    def status_block(self, posted: bool = True) -> Mapping[str, object]:
        """The status block, as posted or as the web API shows it."""

    def config_block(self) -> Mapping[str, object]:
        """The config block."""


class Autopid(Protocol):
    """The poller, as far as its values are concerned."""

    @property
    def ecu_online(self) -> bool:
        """Whether ECUs answer."""

    def snapshot(self) -> Telemetry | None:
        """Current values; None before anything was polled."""

    def subscribe(self, callback: Callable[[], None]) -> None:
        """Has `callback` called whenever a value or the ECU state changed."""
