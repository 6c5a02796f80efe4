"""What the device remembers of its restarts (console facts, 3.2): kept over soft resets, lost with the power."""

import time
from collections import deque
from dataclasses import dataclass

CAPACITY = 8
"""So many restarts are kept."""

_EXPECTED = {"software", "poweron", "deepsleep"}
_VALID_FROM = 1_704_067_200
"""A clock before 2024-01-01 counts as not synchronised."""


@dataclass(frozen=True)
class Request:
    """A restart that was announced: why, by whom, with what done before, and when (seconds since 1970, ms of uptime)."""

    planned: str = "none"
    source: str = "unknown"
    flags: str = "none"
    unix: float = 0.0
    uptime_ms: int = 0


@dataclass(frozen=True)
class Record:
    """One boot: its number, the reset that led to it, and the request before that."""

    sequence: int
    reset: str
    request: Request
    unix: float

    def line(self) -> str:
        """As the console prints it."""
        request = self.request
        return (
            f"[{self.sequence}] reset={self.reset} planned={request.planned} source={request.source} flags={request.flags} "
            f"request={_stamp(request.unix)} uptime_ms={request.uptime_ms} boot={_stamp(self.unix)}"
        )

    def json(self) -> dict[str, object]:
        """As the web API shows it."""
        request = self.request
        return {
            "sequence": self.sequence,
            "actual_reset_reason_code": RESETS.index(self.reset),
            "actual_reset_reason": self.reset,
            "was_planned": request.planned != "none",
            "planned_reason": request.planned,
            "source": request.source,
            "flags": 0 if request.flags == "none" else 1 << FLAGS.index(request.flags),
            "flags_text": request.flags,
            "time_valid": self.unix >= _VALID_FROM,
            "boot_timestamp_unix": int(self.unix),
            "boot_timestamp": _stamp(self.unix),
            "request_timestamp_unix": int(request.unix),
            "request_timestamp": _stamp(request.unix),
            "request_uptime_ms": request.uptime_ms,
        }


RESETS = (
    "unknown", "poweron", "external", "software", "panic", "interrupt_wdt", "task_wdt", "wdt", "deepsleep", "brownout", "sdio", "invalid"
)  # fmt: skip
FLAGS = ("settings_saved", "filesystem_changed", "nvs_erased", "firmware_updated", "recovery_action")


class RestartTracker:
    """Counts boots, and those nobody asked for."""

    def __init__(self) -> None:
        self.boots = 0
        self.unexpected = 0
        self.pending: Request | None = None
        self.records: deque[Record] = deque(maxlen=CAPACITY)

    @property
    def latest(self) -> Record | None:
        """The boot under way."""
        return self.records[-1] if self.records else None

    def booted(self, reset: str, unix: float) -> None:
        """Notes a boot after a reset of this kind."""
        self.boots += 1
        request, self.pending = self.pending or Request(), None
        if reset not in _EXPECTED and request.planned == "none":
            self.unexpected += 1
        self.records.append(Record(self.boots, reset, request, unix))


def _stamp(unix: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(unix)) if unix >= _VALID_FROM else "unsynced"
