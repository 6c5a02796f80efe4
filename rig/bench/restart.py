"""Seeing a device go away and come back."""

import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from rig import clock
from rig.device import Device
from rig.device.settings import Json
from rig.device.web import Answer
from rig.errors import BenchError

_TOLD_EVERY_S = 1.0
_LAST_WORDS_NS = 1_000_000_000
_UPTIME = re.compile(r"Uptime: (\d+)d (\d+)h (\d+)m (\d+)s")


@dataclass(frozen=True)
class Allowance:
    """How patient the bench is with a device, in seconds.

    Until it goes away, until it is back, for one web answer, to connect, for a command of the bench (a person may be asked), and
    how often to look: a device has few sockets and serves one request at a time, so it is not looked at more often than it bears.
    """

    reboot_s: float = 15.0
    boot_s: float = 90.0
    web_s: float = 10.0
    connect_s: float = 2.0
    command_s: float = 60.0
    look_every_s: float = 0.25


@dataclass(frozen=True)
class Restart:
    """When a restart was asked for, when the device was gone and when its web API answered again (ns, monotonic)."""

    ordered_ns: int
    gone_ns: int
    ready_ns: int

    @property
    def began_ns(self) -> int:
        """From when on what arrives belongs to the new boot: half of the absence later, at most a second.

        A device may close its web API a moment before it stops to send, and it cannot send before it has started again.
        """
        return self.gone_ns + min((self.ready_ns - self.gone_ns) // 2, _LAST_WORDS_NS)


@dataclass(frozen=True)
class Life:
    """What a device tells of its present boot: number of boots and uptime, where its release has them (4.50p and later)."""

    boots: int | None = None
    uptime_s: int | None = None

    @classmethod
    def of(cls, status: dict[str, Json]) -> "Life":
        """Read from ``/check_status``."""
        boots, uptime = status.get("restart_boot_count"), status.get("uptime")
        return cls(boots if isinstance(boots, int) else None, _seconds(uptime) if isinstance(uptime, str) else None)

    @classmethod
    def of_console(cls, lines: list[str]) -> "Life":
        """Read from ``system -i``: ``System Uptime: 0d 0h 1m 5s``."""
        found = next((match for line in lines if (match := _UPTIME.search(line))), None)
        if found is None:
            return cls()
        days, hours, minutes, seconds = map(int, found.groups())
        return cls(None, ((days * 24 + hours) * 60 + minutes) * 60 + seconds)

    @property
    def told(self) -> bool:
        """Whether the release tells either."""
        return self.boots is not None or self.uptime_s is not None

    def is_followed_by(self, later: "Life", elapsed_s: float) -> bool:
        """Whether `later`, read `elapsed_s` after this, can only be another boot."""
        if self.boots is not None and later.boots is not None and later.boots != self.boots:
            return True
        return self.uptime_s is not None and later.uptime_s is not None and later.uptime_s < self.uptime_s + elapsed_s - 3


def _seconds(uptime: str) -> int | None:
    """``00:01:23``, from one day on ``1d 00:01:23``."""
    days, _, clock_part = uptime.rpartition("d ")
    try:
        hours, minutes, seconds = (int(part) for part in clock_part.split(":"))
        return int(days or 0) * 86400 + hours * 3600 + minutes * 60 + seconds
    except ValueError:
        return None


def restart(device: Device, allowance: Allowance, order: Callable[[], object], when_gone: Callable[[], object] = lambda: None) -> Restart:
    """Gives the order, sees the device go away, tells of it, waits until its web API answers again.

    Raises:
        BenchError: it refused the order, did not go away, or did not come back within the bench's allowance.
    """
    before = Life.of(device.web.status())
    ordered_ns = clock.now_ns()
    answer = order()
    if isinstance(answer, Answer) and not answer.ok:
        raise BenchError(f"{device.web.url}: the device refused the order to restart: {answer.status} {answer.text[:80]!r}")
    gone_ns = wait_until_gone(device, allowance, before)
    when_gone()
    return Restart(ordered_ns, gone_ns, wait_until_ready(device, allowance))


def wait_until_ready(device: Device, allowance: Allowance) -> int:
    """The moment at which the web API answers and the station is connected (ns)."""
    deadline = time.monotonic() + allowance.boot_s
    while time.monotonic() < deadline:
        if is_reachable(device, allowance.connect_s):
            ready_ns = clock.now_ns()
            with suppress(BenchError):
                if device.web.ask("GET", "/check_status").status == 200:
                    return ready_ns
        time.sleep(allowance.look_every_s)
    raise BenchError(f"{device.web.url}: the device did not come back within {allowance.boot_s:g} s of its restart")


def wait_until_gone(device: Device, allowance: Allowance, before: Life = Life()) -> int:
    """The moment at which the device was no longer there (ns), or was in another life than `before`.

    Raises:
        BenchError: it did not go away within the bench's allowance.
    """
    ordered_ns = clock.now_ns()
    deadline = time.monotonic() + allowance.reboot_s
    next_told = time.monotonic() + _TOLD_EVERY_S
    while time.monotonic() < deadline:
        looked_ns = clock.now_ns()
        if not is_reachable(device, allowance.connect_s):
            return looked_ns
        if time.monotonic() > next_told:
            next_told += _TOLD_EVERY_S
            try:
                now = Life.of(device.web.status())
            except BenchError:
                return looked_ns
            if before.is_followed_by(now, (looked_ns - ordered_ns) / 1e9):
                return looked_ns
        time.sleep(allowance.look_every_s)
    raise BenchError(f"{device.web.url}: the device did not go away within {allowance.reboot_s:g} s of the order")


def is_reachable(device: Device, connect_s: float) -> bool:
    """Whether a connection to the web API opens within `connect_s` seconds."""
    parts = urlsplit(device.web.url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), connect_s).close()
    except OSError:
        return False
    return True
