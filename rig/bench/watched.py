"""One destination in one boot: what arrived, and waiting for it.

``wait_for_…`` means that without it the question was never reached (inconclusive); ``expect_…`` that its absence is the
device's failure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rig.bench.destination import Destination
from rig.errors import BenchError
from rig.receiver import Attempt, Connection, Receiver, Request

T = TypeVar("T")
_SLACK_S = 10.0


@dataclass(frozen=True)
class Patience:
    """How long something may take at the most: a start-up allowance after the boot and a pace for each attempt, in seconds."""

    startup_s: float
    pace_s: float

    def within(self, count: int) -> float:
        """Time for `count` attempts from now."""
        return self.startup_s + self.pace_s * (1.2 * count + 1)

    @property
    def next_s(self) -> float:
        """Time for the next attempt of a destination that is sending, from now."""
        return 2.2 * self.pace_s + _SLACK_S


@dataclass
class Span:
    """From when a boot began to when the next began, the device being gone in between (ns); open while the boot lasts."""

    since_ns: int
    until_ns: int | None = None

    def holds(self, stamp_ns: int) -> bool:
        """Whether the moment belongs to the boot."""
        return self.since_ns <= stamp_ns and (self.until_ns is None or stamp_ns < self.until_ns)


@dataclass(frozen=True)
class Watched:
    """A destination under observation in one boot."""

    name: str
    destination: Destination
    span: Span
    patience: Patience
    announce: Callable[[str], None]

    @property
    def receiver(self) -> Receiver:
        """The receiver it leads to."""
        return self.destination.receiver

    @property
    def attempts(self) -> list[Attempt]:
        """Attempts of this boot, in order."""
        return [attempt for attempt in self.receiver.attempts if self.span.holds(attempt.started_ns)]

    @property
    def successes(self) -> list[Attempt]:
        """Attempts of this boot that were answered with success, as the catalogue defines it."""
        return [attempt for attempt in self.attempts if attempt.success]

    @property
    def requests(self) -> list[Request]:
        """Complete requests of this boot, in order."""
        return [request for request in self.receiver.requests if self.span.holds(request.started_ns)]

    @property
    def connections(self) -> list[Connection]:
        """Connections of this boot, in order."""
        return [connection for connection in self.receiver.connections if self.span.holds(connection.accepted_ns)]

    @property
    def handshakes(self) -> list[Connection]:
        """Connections of this boot that are over."""
        return [connection for connection in self.connections if connection.closed_ns is not None]

    def wait_for_requests(self, count: int, within_s: float | None = None) -> list[Request]:
        """The first `count` requests; without them the question is not reached."""
        return self._wait(lambda: self.requests, count, within_s, "requests", BenchError)

    def wait_for_requests_since(self, since_ns: int, count: int = 1, within_s: float | None = None) -> list[Request]:
        """The first `count` requests whose attempts began after a moment (ns); without them the question is not reached."""
        return self._wait(
            lambda: [request for request in self.requests if request.started_ns > since_ns], count, within_s, "later requests", BenchError
        )

    def expect_requests(self, count: int, within_s: float | None = None) -> list[Request]:
        """The first `count` requests, which the device owes."""
        return self._wait(lambda: self.requests, count, within_s, "requests", AssertionError)

    def wait_for_successes(self, count: int, within_s: float | None = None) -> list[Attempt]:
        """The first `count` successful attempts; without them the question is not reached."""
        return self._wait(lambda: self.successes, count, within_s, "successful attempts", BenchError)

    def expect_successes(self, count: int, within_s: float | None = None) -> list[Attempt]:
        """The first `count` successful attempts, which the device owes."""
        return self._wait(lambda: self.successes, count, within_s, "successful attempts", AssertionError)

    def wait_for_attempts(self, count: int, within_s: float | None = None) -> list[Attempt]:
        """The first `count` attempts, however they ended; without them the question is not reached."""
        return self._wait(lambda: self.attempts, count, within_s, "attempts", BenchError)

    def expect_attempts(self, count: int, within_s: float | None = None) -> list[Attempt]:
        """The first `count` attempts, however they ended, which the device owes."""
        return self._wait(lambda: self.attempts, count, within_s, "attempts", AssertionError)

    def wait_for_handshakes(self, count: int, within_s: float | None = None) -> list[Connection]:
        """The first `count` connections that are over; without them the question is not reached."""
        return self._wait(lambda: self.handshakes, count, within_s, "ended connections", BenchError)

    def expect_handshakes(self, count: int, within_s: float | None = None) -> list[Connection]:
        """The first `count` connections that are over, which the device owes."""
        return self._wait(lambda: self.handshakes, count, within_s, "ended connections", AssertionError)

    def wait_for_acts(self, label: str, count: int = 1, within_s: float | None = None) -> list[Connection]:
        """The first `count` connections that were opened so (``str`` of the act) and are over; else the question is not reached."""
        return self._wait(lambda: self._opened_so(label), count, within_s, f"connections with the server's act {label!r}", BenchError)

    def requests_on(self, connections: Sequence[Connection]) -> list[Request]:
        """Complete requests on these connections, in order."""
        numbers = {connection.number for connection in connections}
        return [request for request in self.requests if request.connection in numbers]

    def more(self, count: int, within_s: float | None = None) -> list[Request]:
        """The next `count` requests from now, which the device owes."""
        have = len(self.requests)
        return self.expect_requests(have + count, within_s or self.patience.within(count))[have:]

    def quiet_for(self, seconds: float) -> bool:
        """Watches for `seconds`; True if not one further attempt began in that time."""
        have = len(self.attempts)
        self.announce(f"{self.name}: nothing further for {seconds:g} s")
        return not self.receiver.wait(lambda _: len(self.attempts) > have, seconds)

    def _wait(self, read: Callable[[], Sequence[T]], count: int, within_s: float | None, what: str, missing: type[Exception]) -> list[T]:
        within_s = self.patience.within(count) if within_s is None else within_s
        self.announce(f"{self.name}: {count} {what}, for up to {within_s:.0f} s")
        if self.receiver.wait(lambda _: len(read()) >= count, within_s):
            return list(read()[:count])
        raise missing(f"expected {count} {what} at {self.name} within {within_s:.0f} s, observed {len(read())}{self._ended()}")

    def _opened_so(self, label: str) -> list[Connection]:
        return [connection for connection in self.handshakes if connection.act == label]

    def _ended(self) -> str:
        reasons = [connection.failure for connection in self.connections if connection.failure]
        if not self.connections:
            return " (no connection at all)"
        return f" ({len(self.connections)} connections, the last failure: {reasons[-1]})" if reasons else ""
