"""What one receiver has seen, for reading from any thread and for waiting on, within limits of memory."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from rig import clock
from rig.evidence.records import Attempt, Connection, Ending, Request
from rig.receiver.limits import Limits

Listener = Callable[[Connection | Attempt], object]
"""Told of each connection when it is over and of each attempt when its ending is known."""


@dataclass
class Trial:
    """An attempt in the making; without `begun_ns` it began with its connection."""

    record: Connection
    begun_ns: int | None = None
    request: Request | None = None
    status: int | None = None
    ended_ns: int | None = None
    ending: Ending = Ending.OPEN
    _final: Attempt | None = None

    @property
    def started_ns(self) -> int:
        """Its first byte."""
        return self.record.started_ns if self.begun_ns is None else self.begun_ns

    def attempt(self) -> Attempt:
        """As it stands now."""
        if self._final is not None:
            return self._final
        where = self.record.receiver, self.record.number
        attempt = Attempt(*where, self.started_ns, self.ended_ns, self.ending, self.request, self.status)
        self._final = attempt if self.ending is not Ending.OPEN else None
        return attempt


@dataclass
class Journal:
    """Connections, requests and attempts in order of start."""

    limits: Limits
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _version: int = 0
    _connections: list[Connection] = field(default_factory=list)
    _trials: list[Trial] = field(default_factory=list)
    _requests: list[Request] = field(default_factory=list)
    _tapped: deque[tuple[Connection, int]] = field(default_factory=deque)
    _tap_bytes: int = 0
    _body_bytes: int = 0
    _listeners: list[Listener] = field(default_factory=list)

    @property
    def connections(self) -> list[Connection]:
        """All of them; those under way still change."""
        with self._changed:
            return list(self._connections)

    @property
    def requests(self) -> list[Request]:
        """Complete ones."""
        with self._changed:
            return sorted(self._requests, key=lambda request: request.started_ns)

    @property
    def attempts(self) -> list[Attempt]:
        """Those under way included."""
        with self._changed:
            return sorted((trial.attempt() for trial in self._trials), key=lambda attempt: attempt.started_ns)

    @property
    def full(self) -> str | None:
        """Why no more connections are taken, in words; None while there is room."""
        if len(self._connections) >= self.limits.connections:
            return f"the receiver has recorded {self.limits.connections} connections and takes no more"
        if self._body_bytes >= self.limits.all_bodies:
            return f"the receiver has kept {self.limits.all_bodies} bytes of requests and takes no more"
        return None

    def subscribe(self, listener: Listener) -> None:
        """Has `listener` told, in the connection's thread; what it raises is lost."""
        self._listeners.append(listener)

    def opened(self, record: Connection) -> Trial:
        """A connection was accepted; its first attempt begins. It is numbered here, from 1."""
        with self._changed:
            self._connections.append(record)
            record.number = len(self._connections)
        return self.begun(Trial(record))

    def begun(self, trial: Trial) -> Trial:
        """An attempt begins."""
        with self._changed:
            self._trials.append(trial)
        self.note()
        return trial

    def arrived(self, trial: Trial, request: Callable[[int], Request]) -> Request:
        """A request is complete; `request` makes it from its number."""
        with self._changed:
            trial.request = request(len(self._requests) + 1)
            self._requests.append(trial.request)
            self._body_bytes += len(trial.request.body) + len(trial.request.head)
        self.note()
        return trial.request

    def settled(self, trial: Trial, ending: Ending, status: int | None = None) -> None:
        """An attempt is over."""
        with self._changed:
            trial.ended_ns, trial.ending, trial.status = clock.now_ns(), ending, status
        self.note()
        self._tell(trial.attempt())

    def closed(self, record: Connection) -> None:
        """A connection is over. Where the taps of all take too much, the oldest go."""
        with self._changed:
            record.closed_ns = clock.now_ns()
            size = sum(len(piece.data) for piece in record.tapped)
            self._tapped.append((record, size))
            self._tap_bytes += size
            while self._tap_bytes > self.limits.all_taps:
                oldest, size = self._tapped.popleft()
                oldest.tapped.clear()
                oldest.tap_cut = True
                self._tap_bytes -= size
        self.note()
        self._tell(record)

    def note(self) -> None:
        """Something changed: whoever waits looks again."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def wait(self, predicate: Callable[[], bool], within_s: float) -> bool:
        """Whether `predicate` became true within that time; it is asked again after every change, outside any lock."""
        deadline_ns = clock.now_ns() + round(within_s * 1e9)
        while True:
            with self._changed:
                seen = self._version
            if predicate():
                return True
            with self._changed:
                left_s = (deadline_ns - clock.now_ns()) / 1e9
                if left_s <= 0:
                    return False
                self._changed.wait_for(lambda: self._version != seen, left_s)  # noqa: B023 (called before `seen` changes)

    def _tell(self, what: Connection | Attempt) -> None:
        for listener in list(self._listeners):
            with suppress(Exception):  # a listener's trouble is none of the device's
                listener(what)
