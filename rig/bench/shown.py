"""Wrong identities shown to a device: a script for receivers, and how the device took each of them, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from rig import clock
from rig.bench.watched import Watched
from rig.errors import BenchError
from rig.evidence.records import Direction
from rig.pki.wrong import Case
from rig.profile import DeviceProfile
from rig.receiver import Connection, Present

_COSTLY_GAP_S = 15.0
_SETTLED_S = 1.0
_ALERT = b"\x15"


def times(profile: DeviceProfile) -> int:
    """How often in a row a wrong server is shown: three times, or twice where a third failure would cost half a minute (4.40p)."""
    return 3 if profile.longest_gap_s(1.0) <= _COSTLY_GAP_S else 2


@dataclass(frozen=True)
class Show:
    """Cases dealt out among destinations and shown, one after the other: the right twin once, then the wrong identity `repeats` times.

    So the device has seen all that it needs before it meets the wrong one, and meets it after a success and after failures.
    """

    where: Mapping[str, Watched]
    repeats: int

    @classmethod
    def of(cls, cases: Iterable[Case], destinations: Iterable[Watched], profile: DeviceProfile) -> Self:
        """Shows the cases, and returns when all have been shown, or when an attempt that was due has not come."""
        lanes, dealt, repeats = list(destinations), list(cases), times(profile)
        turns = [_script(dealt[at :: len(lanes)], repeats) for at in range(len(lanes))]
        for watched, script in zip(lanes, turns, strict=True):
            watched.receiver.connection_script(script)
        for watched, script in zip(lanes, turns, strict=True):
            see_through(watched, {str(act) for act in script}, len(script))
        return cls({case.name: lanes[at % len(lanes)] for at, case in enumerate(dealt)}, repeats)

    def at(self, name: str) -> Watched:
        """The destination that a case was shown to.

        Raises:
            BenchError: the bench has no host name with which the case can be made.
        """
        if name not in self.where:
            raise BenchError(f"{name!r} cannot be shown: it needs a DNS name of at least three labels under [receiver] names")
        return self.where[name]

    def right(self, name: str) -> Connection:
        """The connection on which the right twin of a case was shown; raises ``BenchError`` if it never was."""
        return self.at(name).wait_for_acts(_right(name), 1, _SETTLED_S)[0]

    def wrong(self, name: str) -> list[Connection]:
        """The connections on which the wrong identity of a case was shown; raises ``BenchError`` if there were not all of them."""
        return self.at(name).wait_for_acts(_wrong(name), self.repeats, _SETTLED_S)

    def unserved(self, name: str) -> list[str]:
        """How the device took the right twin of a case, if not with a request; raises like `right` and like `unserved` below."""
        return unserved(self.at(name), [self.right(name)])


def see_through(watched: Watched, labels: set[str], count: int) -> None:
    """Waits until so many connections were opened by acts of these labels and are over, or an attempt that was due has not come."""

    def over() -> int:
        return sum(connection.act in labels for connection in watched.handshakes)

    while (have := over()) < count:
        if not watched.receiver.wait(lambda _, have=have: over() > have, watched.patience.next_s):  # type: ignore[misc]
            return


def unserved(watched: Watched, connections: Iterable[Connection]) -> list[str]:
    """How the device took servers, in words, without those that got a request.

    Raises:
        BenchError: an attempt ran out of time rather than being broken off, which says nothing about trust.
    """
    left = [connection for connection in connections if not watched.requests_on([connection])]
    limit_s = watched.receiver.success_within_s
    for connection in left:
        lasted_s = ((connection.closed_ns or clock.now_ns()) - connection.accepted_ns) / 1e9
        if connection.alert is None and lasted_s > limit_s / 2:
            raise BenchError(f"{watched.name}: an attempt took {lasted_s:.1f} s of the {limit_s:g} s that it may, and came to nothing")
    return [ended(connection) for connection in left]


def went_on(connection: Connection) -> bool:
    """Whether the device went on with the handshake after the server's first flight: with a TLS record that is no alert."""
    pieces = [piece.data if piece.direction is Direction.FROM_DEVICE else None for piece in connection.tapped]
    answered = pieces.index(None) if None in pieces else len(pieces)
    return b"".join(piece for piece in pieces[answered:] if piece)[:1] not in (b"", _ALERT)


def ended(connection: Connection) -> str:
    """How the device took a server, in a few words."""
    if connection.refused:
        return f"refused with {connection.alert.name}" if connection.alert else "refused without an alert"
    if connection.application_bytes:
        return f"{connection.application_bytes} bytes of application data after {connection.tls_version}"
    return connection.failure or "not refused"


def _right(name: str) -> str:
    return f"{name}: right"


def _wrong(name: str) -> str:
    return f"{name}: wrong"


def _script(cases: Iterable[Case], repeats: int) -> list[Present]:
    turns: list[Present] = []
    for case in cases:
        turns += [Present(case.twin, label=_right(case.name)), *[Present(case.wrong, label=_wrong(case.name))] * repeats]
    return turns
