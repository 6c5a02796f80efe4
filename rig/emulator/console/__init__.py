"""The console of the device: log and command line, on a serial line and over TCP."""

import os
from typing import TYPE_CHECKING

from rig.emulator.behaviour import Point
from rig.emulator.console import bootlog
from rig.emulator.console.commands import answer
from rig.emulator.console.line import NETWORK, SERIAL, LineReader, Style
from rig.emulator.console.ports import Pty, Receive, TcpPort
from rig.emulator.options import Address

if TYPE_CHECKING:
    from rig.emulator.device import Device

_COLOURS = {"E": 31, "W": 33, "I": 32}
_GREETING = b"\nWelcome to WiCAN Console\nType 'help' for available commands\n"


class Console:
    """The serial line, which lives on while the device is down, and the network's console, which does not."""

    def __init__(self, device: "Device") -> None:
        self._device = device
        self._pty: Pty | None = None
        self._line: TcpPort | None = None
        self._network: TcpPort | None = None
        self._reader = LineReader(SERIAL, self._write, self._command)
        self._listening = False
        self.serial: str | None = None
        self.network_port = 0

    async def open(self, serial_tcp: Address | None, console_tcp: Address | None) -> None:
        """Opens what it is reached through: a pseudo terminal, or the serial line over TCP; and the console of port 23.

        Raises:
            OSError: an address is taken.
        """
        if serial_tcp is not None:
            self._line = TcpPort(lambda _: self._typed)
            self.serial = await self._line.open(serial_tcp)
        elif hasattr(os, "openpty"):
            self._pty = Pty(self._typed)
            self.serial = self._pty.name
        if console_tcp is not None:
            self._network = TcpPort(self._caller)
            self.network_port = int((await self._network.open(console_tcp)).rpartition(":")[2])

    def close(self) -> None:
        """Takes everything away."""
        for port in (self._pty, self._line, self._network):
            if port is not None:
                port.close()

    def begin(self) -> None:
        """A boot begins."""
        self._write(bootlog.NOISE)
        for level, tag, text in bootlog.early(self._device):
            self._device.log(level, tag, text)

    def configured(self) -> None:
        """The configuration is read."""
        for level, tag, text in bootlog.late(self._device):
            self._device.log(level, tag, text)

    def booted(self) -> None:
        """The boot is over: the first prompt."""
        for line in bootlog.BANNER:
            self.print(line)
        self._listening = True
        self._write(SERIAL.prompt)

    def panic(self, cause: str) -> None:
        """What a crash leaves."""
        self.print(f"abort() was called: {cause}" if cause else "")
        for line in bootlog.PANIC:
            self.print(line)

    def halt(self) -> None:
        """The device is down."""
        self._listening = False
        self._reader.forget()
        if self._network is not None:
            self._network.hang_up()

    def log(self, level: str, stamp_ms: int, tag: str, text: str) -> None:
        """A line of the log, in the framework's form."""
        self._out(f"{level} ({stamp_ms}) {tag}: {text}", f"\x1b[0;{_COLOURS.get(level, 32)}m", "\x1b[0m")

    def print(self, text: str) -> None:
        """A line as it is."""
        self._out(text, "", "")

    def _out(self, text: str, before: str, after: str) -> None:
        line = self._device.behaviour.pass_through(Point.CONSOLE_LINE, text, self._device)
        if line is not None:
            self._write(f"{before}{line}{after}".encode(errors="replace").replace(b"\n", b"\r\n") + SERIAL.newline)

    def _write(self, data: bytes) -> None:
        for port in (self._pty, self._line):
            if port is not None:
                port.write(data)

    def _typed(self, data: bytes) -> None:
        if self._listening:
            self._reader.feed(data)

    def _command(self, line: str) -> None:
        for text in _answer(self._device, line, SERIAL):
            self.print(text)
        self._write(SERIAL.prompt)

    def _caller(self, port: TcpPort) -> Receive:
        """A client of the network's console."""

        def complete(line: str) -> None:
            for text in _answer(self._device, line, NETWORK):
                shown = self._device.behaviour.pass_through(Point.CONSOLE_LINE, text, self._device)
                if shown is not None:
                    port.write(str(shown).encode(errors="replace") + NETWORK.newline)
            port.write(NETWORK.prompt)

        port.write(_GREETING + NETWORK.prompt)
        return LineReader(NETWORK, port.write, complete).feed


def _answer(device: "Device", line: str, style: Style) -> list[str]:
    """The lines that a console prints after a command."""
    if not line:
        return []
    answered = answer(device, line)
    if answered is None:
        return [style.unknown]
    lines, failed = answered
    return [*lines, style.failed] if failed else lines
