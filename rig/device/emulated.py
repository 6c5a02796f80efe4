"""The reference device as a process of its own: its power cut is SIGKILL, its Wi-Fi a signal."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rig.device.console import Console
from rig.device.web import WebApi
from rig.errors import BenchError

START_LIMIT_S = 60.0


@dataclass(frozen=True)
class EmulatorOptions:
    """Command line of an emulator, apart from where it keeps its state; the ports are free ones unless given."""

    profile: str = "document"
    boot_seconds: float = 0.4
    can_channel: str = ""
    default_bundle: Path | None = None
    resolve: tuple[tuple[str, str], ...] = ()
    defects: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    def arguments(self, state: Path, http: str) -> list[str]:
        """The arguments of ``python -m rig.emulator``."""
        pairs: list[tuple[str, str]] = [
            ("--state-dir", str(state)),
            ("--http", http),
            ("--profile", self.profile),
            ("--boot-seconds", f"{self.boot_seconds:g}"),
            ("--parent-pid", str(os.getpid())),
        ]
        if self.can_channel:
            pairs += [("--can-interface", "rigbus"), ("--can-channel", self.can_channel)]
        if self.default_bundle:
            pairs.append(("--default-bundle", str(self.default_bundle)))
        pairs += [("--resolve", f"{name}={address}") for name, address in self.resolve]
        pairs += [("--defect", defect) for defect in self.defects]
        pairs += [("--variant", variant) for variant in self.variants]
        pairs += [("--feature", feature) for feature in self.features]
        return [argument for pair in pairs for argument in pair]


@dataclass
class EmulatedDevice:
    """An emulator that this rig started, and stops again."""

    options: EmulatorOptions
    web_timeout_s: float = 10.0
    kind: str = field(default="emulated", init=False)

    def __post_init__(self) -> None:
        """Starts the process.

        Raises:
            BenchError: it does not print its ready line; what it said instead stands in the message.
        """
        self._state = tempfile.TemporaryDirectory(prefix="wican-rig-", ignore_cleanup_errors=True)
        self._console: Console | None = None
        self._taken_away: set[str] = set()
        try:
            self._process, ready = self._start("127.0.0.1:0")
        except BenchError:
            self._state.cleanup()
            raise
        self._serial = ready["serial"]
        self.web = WebApi(ready["url"], self.web_timeout_s)

    @property
    def abilities(self) -> frozenset[str]:
        """Everything an emulator can do on a bench."""
        return frozenset({"console", "power_control", "wifi_control"})

    @property
    def taken_away(self) -> frozenset[str]:
        """Which of ``power`` and ``wifi`` it is without at present, by order of the rig."""
        return frozenset(self._taken_away)

    @property
    def console(self) -> Console:
        """The console, opened when first asked for, and anew where it broke off."""
        if self._console is not None and self._console.failure is not None:
            self._forget_console()
        if self._console is None:
            self._console = Console(self._serial)
        return self._console

    @property
    def pid(self) -> int:
        """Process id of the emulator."""
        return self._process.pid

    @property
    def held_up_ns(self) -> int:
        """How long the emulator has waited for a processor so far (ns): the second figure of Linux's schedstat, elsewhere 0."""
        try:
            return int(Path(f"/proc/{self.pid}/schedstat").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            return 0

    def power_off(self) -> None:
        """SIGKILL: what was not yet on the disk is lost."""
        self._taken_away.add("power")
        self._process.kill()
        self._process.wait()
        self._forget_console()

    def power_on(self) -> None:
        """Starts it again on the same port with what its disk holds."""
        self._process, ready = self._start(self.web.url.removeprefix("http://"))
        self._serial = ready["serial"]
        self._taken_away.clear()

    def wifi_off(self) -> None:
        """SIGUSR1."""
        self._taken_away.add("wifi")
        self._process.send_signal(signal.SIGUSR1)

    def wifi_on(self) -> None:
        """SIGUSR2."""
        self._process.send_signal(signal.SIGUSR2)
        self._taken_away.discard("wifi")

    def close(self) -> None:
        """Ends the process and forgets its state."""
        self._process.terminate()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._forget_console()
        self._state.cleanup()

    def _forget_console(self) -> None:
        if self._console is not None:
            self._console.close()
            self._console = None

    def _start(self, http: str) -> tuple["subprocess.Popen[str]", dict[str, str]]:
        command: Sequence[str] = [sys.executable, "-m", "rig.emulator", *self.options.arguments(Path(self._state.name), http)]
        errors = Path(self._state.name) / "stderr.log"
        with errors.open("a", encoding="utf-8") as log:
            process = subprocess.Popen(  # noqa: S603 (our own program)
                command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, text=True, process_group=0
            )  # a group of its own: Ctrl-C is for the rig, which ends the device when it is done with it
        line = _first_line(process)
        with contextlib.suppress(ValueError):
            return process, json.loads(line)
        process.kill()
        process.wait()
        said = errors.read_text(encoding="utf-8").strip().splitlines()
        raise BenchError(f"the emulator does not start: {said[-1] if said else 'it said nothing and gave no ready line'}")


def _first_line(process: "subprocess.Popen[str]") -> str:
    """The ready line; afterwards the output is read to its end, so that a full pipe never holds the emulator up."""
    lines: queue.Queue[str] = queue.Queue()
    stream = process.stdout
    if stream is None:
        return ""

    def read() -> None:
        with stream:
            lines.put(stream.readline())
            for _ in stream:
                pass

    threading.Thread(target=read, name="emulator output", daemon=True).start()
    try:
        return lines.get(timeout=START_LIMIT_S)
    except queue.Empty:
        return ""
