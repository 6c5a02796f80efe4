"""A device that the rig did not start, known by URL, console and commands for power and Wi-Fi."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from rig.device.console import Console
from rig.device.web import WebApi
from rig.errors import BenchError


@dataclass(frozen=True)
class Switch:
    """Two commands, run without a shell, that take something away and give it back (a relay, a USB hub, a person asked)."""

    off: tuple[str, ...]
    on: tuple[str, ...]


class PhysicalDevice:
    """A WiCAN-PRO on a bench, or anything else that answers at the same wires; `kind` is what the bench file calls it."""

    def __init__(
        self,
        url: str,
        serial: str | None = None,
        *,
        kind: str = "physical",
        serial_command: Sequence[str] = (),
        power: Switch | None = None,
        wifi: Switch | None = None,
        web_timeout_s: float = 10.0,
        command_timeout_s: float = 60.0,
    ) -> None:
        self.kind = kind
        self.web = WebApi(url, web_timeout_s)
        self._serial = serial
        self._serial_command = tuple(serial_command)
        self._power = power
        self._wifi = wifi
        self._command_timeout_s = command_timeout_s
        self._console: Console | None = None
        self._taken_away: set[str] = set()

    @property
    def console(self) -> Console | None:
        """The console, opened when first asked for, and anew where it broke off; None where the bench file names none."""
        if self._console is not None and self._console.failure is not None:
            self._forget_console()
        if self._console is None and (self._serial or self._serial_command):
            self._console = Console(self._console_url())
        return self._console

    @property
    def abilities(self) -> frozenset[str]:
        """Which of ``console``, ``power_control`` and ``wifi_control`` the bench gives."""
        given = {"console": self._serial or self._serial_command, "power_control": self._power, "wifi_control": self._wifi}
        return frozenset(name for name, means in given.items() if means)

    @property
    def taken_away(self) -> frozenset[str]:
        """Which of ``power`` and ``wifi`` it is without at present, by order of the rig."""
        return frozenset(self._taken_away)

    @property
    def held_up_ns(self) -> int:
        """It has a processor of its own."""
        return 0

    def power_off(self) -> None:
        """Runs the bench's power-off command; the console is let go, because its port may go away with the power."""
        command = self._given(self._power, "power").off
        self._taken_away.add("power")
        self._run(command)
        self._forget_console()

    def power_on(self) -> None:
        """Runs the bench's power-on command."""
        self._run(self._given(self._power, "power").on)
        self._taken_away.discard("power")

    def wifi_off(self) -> None:
        """Runs the bench's command that takes the Wi-Fi network away."""
        command = self._given(self._wifi, "wifi").off
        self._taken_away.add("wifi")
        self._run(command)

    def wifi_on(self) -> None:
        """Runs the bench's command that gives the Wi-Fi network back."""
        self._run(self._given(self._wifi, "wifi").on)
        self._taken_away.discard("wifi")

    def close(self) -> None:
        """Lets go of the console."""
        self._forget_console()

    def _forget_console(self) -> None:
        if self._console is not None:
            self._console.close()
            self._console = None

    def _console_url(self) -> str:
        return self._run(self._serial_command).strip() if self._serial_command else str(self._serial)

    def _given(self, switch: Switch | None, section: str) -> Switch:
        if switch is None:
            raise BenchError(f"the bench file has no [{section}] off and on, which this needs")
        return switch

    def _run(self, command: Sequence[str]) -> str:
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=self._command_timeout_s, check=True)  # noqa: S603 (the user's own command, no shell)
        except (OSError, subprocess.SubprocessError) as error:
            raise BenchError(f"the bench's command {' '.join(command)!r} failed: {_why(error)}") from error
        return done.stdout


def _why(error: Exception) -> str:
    """What happened, with the last line that the command itself said of it."""
    said = str(getattr(error, "stderr", None) or "").strip().splitlines()
    return f"{error}{f' ({said[-1]})' if said else ''}"
