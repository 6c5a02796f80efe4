"""What the device needs of its poller and its publisher."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from rig.emulator.active import ActiveConfiguration


class Autopid(Protocol):
    """Polls the car."""

    @property
    def ecu_online(self) -> bool:
        """Whether ECUs answer."""

    @property
    def busy(self) -> bool:
        """Whether it waits for an ECU for so long that others have to wait, too."""

    async def start(self) -> None:
        """Begins to poll."""

    async def stop(self) -> None:
        """Ends at once."""

    def snapshot(self) -> Mapping[str, float | str] | None:
        """Current values; None before the first attempt to poll."""

    def subscribe(self, callback: Callable[[], None]) -> None:
        """Has `callback` called when a value or the ECU state changed."""

    def standard_pid_info(self) -> Sequence[Mapping[str, str]]:
        """Name, unit and class of every standard parameter."""

    async def test_pid(self, request: dict[str, object]) -> Mapping[str, object]:
        """Asks for one PID and says what it came to."""

    async def test_can_filter(self, request: dict[str, object]) -> Mapping[str, object]:
        """Waits for one frame and says what it came to."""

    async def scan(self, protocol: str) -> Sequence[str] | None:
        """Which standard parameters the car has; None where there is no answer."""


class Publisher(Protocol):
    """Sends to the destinations."""

    async def start(self) -> None:
        """Begins to send."""

    async def stop(self) -> None:
        """Ends at once, connections dropped."""

    def statistics(self) -> Sequence[tuple[int, int]]:
        """Successes and failures of each active destination since boot."""


@runtime_checkable
class Reloadable(Protocol):
    """A publisher that can take new destinations between two boots."""

    async def reload(self, active: ActiveConfiguration) -> None:
        """Serves the new destinations; those that stayed keep what they remember of this boot."""
