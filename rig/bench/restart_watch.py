"""Restarts that nobody asked for, told by uptime and number of boots."""

from contextlib import suppress
from dataclasses import dataclass

from rig import clock
from rig.bench.restart import Life
from rig.device import Device
from rig.device.settings import Json
from rig.errors import BenchError

_SUPPLY = "brownout"
"""What releases that say why they restarted call a supply that broke down (4.50p)."""


@dataclass(frozen=True)
class UnaskedRestart:
    """One restart, noticed at `stamp_ns`; `supply` says that the device puts it down to its supply, which is the bench's."""

    stamp_ns: int
    text: str
    supply: bool


class RestartWatch:
    """Compares what the device tells of its boot each time it is looked at; every restart that was ordered starts anew."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._last: tuple[Life, int] | None = None
        self._noticed: list[UnaskedRestart] = []

    @property
    def tells(self) -> bool:
        """Whether the device tells its uptime or number of boots at all."""
        return self._last is not None and self._last[0].told

    def born(self) -> None:
        """A restart that was ordered is over."""
        self._last = self._life(self._device.web.status()), clock.now_ns()

    def look(self) -> None:
        """Notes a restart since the last look."""
        if self._last is None:
            return
        before, read_ns = self._last
        status = self._device.web.status()
        now, now_ns = self._life(status), clock.now_ns()
        if before.is_followed_by(now, (now_ns - read_ns) / 1e9):
            reason = str(status.get("restart_last_reset_reason", "unknown"))
            text = f"boot {before.boots} was followed by boot {now.boots} (uptime {now.uptime_s} s, reset by {reason}) without an order"
            self._noticed.append(UnaskedRestart(now_ns, text, _SUPPLY in reason))
        self._last = now, now_ns

    def since(self, stamp_ns: int) -> list[str]:
        """Restarts noticed since a moment, in words.

        Raises:
            BenchError: one of them is put down to the supply.
        """
        noticed = [restart for restart in self._noticed if restart.stamp_ns >= stamp_ns]
        for restart in noticed:
            if restart.supply:
                raise BenchError(f"the supply of the device broke down: {restart.text}")
        return [restart.text for restart in noticed]

    def _life(self, status: dict[str, Json]) -> Life:
        """By the status, or else by the console, which is all that 4.40p has."""
        told = Life.of(status)
        if not told.told:
            with suppress(BenchError):
                console = self._device.console
                told = Life.of_console(console.command("system -i")) if console is not None else told
        return told
