"""Whether the bench itself still works: asked before each scenario, and before a device is blamed for anything.

What cannot be mended by waiting is kept: everything after it is inconclusive at once, so that a sick bench costs no hours.
"""

import socket
from collections.abc import Sequence
from contextlib import closing, suppress

from rig.bench.parts import Parts
from rig.bench.restart import wait_until_ready
from rig.errors import BenchError

_CONNECT_S = 2.0


class Health:
    """The state of one bench's own parts: CAN bus, console, web API, the way to its receivers."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.given_up: str | None = None
        """Why nothing further can be asked on this bench; None while it works."""

    def require(self) -> None:
        """Raises ``BenchError`` with the cause if the bench does not work; gives back what a scenario left switched off."""
        if self.ailment(patient=True) is not None:
            raise BenchError(self.given_up)

    def ailment(self, *, patient: bool = False) -> str | None:
        """What is wrong with the bench; None if nothing is. While the rig itself holds power or Wi-Fi back, the device may be away.

        With `patient` what a scenario left switched off is given back first, and a device that is away may come back.
        """
        if self.given_up is None:
            try:
                self._examine(patient=patient)
            except BenchError as error:
                self.given_up = str(error)
        return self.given_up

    def _examine(self, *, patient: bool) -> None:
        parts = self._parts
        if patient:
            give_back(parts)
        if parts.vehicle.failure is not None:
            raise BenchError(f"the bench's CAN bus broke down: {parts.vehicle.failure}; check hub or adapter ([can])")
        if parts.loops_back and not loops_back(parts.listen, parts.address, parts.ports):
            raise BenchError(f"the rig's receivers can no longer be reached at {parts.address}; check network and firewall ([receiver])")
        if parts.device.taken_away:
            return
        with suppress(BenchError):
            if parts.device.web.ask("GET", "/check_status").status == 200:
                self._hear()
                return
        wait_until_ready(parts.device, parts.allowance)
        self._hear()

    def _hear(self) -> None:
        """The console, opened anew where it broke off."""
        console = self._parts.device.console
        if console is not None and console.failure is not None:
            raise BenchError(f"{console.url}: the console is gone ({console.failure}); check the cable ([device] serial)")


def give_back(parts: Parts) -> None:
    """Has the device its power and its Wi-Fi again."""
    away = parts.device.taken_away
    if "power" in away:
        parts.device.power_on()
    if "wifi" in away:
        parts.device.wifi_on()
    if away:
        wait_until_ready(parts.device, parts.allowance)


def can_listen(address: str, port: int) -> bool:
    """Whether this machine has the address, and the port is free (0 asks about the address alone)."""
    try:
        socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET).close()
    except OSError:
        return False
    return True


def loops_back(listen: str, address: str, ports: Sequence[int]) -> bool:
    """Whether a connection from here to the address that the device is told reaches a port that the rig listens on."""
    for port in ports or (0,):
        try:
            listener = socket.create_server((listen, port), family=socket.AF_INET6 if ":" in listen else socket.AF_INET)
        except OSError:
            continue
        with closing(listener):
            try:
                socket.create_connection((address, listener.getsockname()[1]), _CONNECT_S).close()
            except OSError:
                return False
            return True
    return False
