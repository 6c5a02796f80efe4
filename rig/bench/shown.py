"""Wrong identities shown to a device: a script for a receiver, and how the device took each of them, in words."""

from collections.abc import Iterable

from rig.bench.watched import Watched
from rig.errors import BenchError
from rig.pki.wrong import Case
from rig.profile import DeviceProfile
from rig.receiver import Connection, Present

_COSTLY_GAP_S = 15.0


def times(profile: DeviceProfile) -> int:
    """How often in a row a wrong server is shown: three times, or twice where a third failure would cost half a minute (4.40p)."""
    return 3 if profile.longest_gap_s(1.0) <= _COSTLY_GAP_S else 2


def right(name: str) -> str:
    """What a connection is labelled that was shown the right twin of a case."""
    return f"{name}: right"


def wrong(name: str) -> str:
    """What a connection is labelled that was shown the wrong identity of a case."""
    return f"{name}: wrong"


def script(cases: Iterable[Case], repeats: int) -> list[Present]:
    """Each case in turn: its right twin once, so that the device has seen all it needs, then the wrong one so many times."""
    turns: list[Present] = []
    for case in cases:
        turns.append(Present(case.twin, label=right(case.name)))
        turns += [Present(case.wrong, label=wrong(case.name))] * repeats
    return turns


def show(boot: Iterable[Watched], cases: Iterable[Case], repeats: int) -> dict[str, Watched]:
    """Has the receivers of these destinations show the cases, dealt out among them; where each is shown, by its name."""
    destinations, dealt = list(boot), list(cases)
    for at, watched in enumerate(destinations):
        watched.receiver.connection_script(script(dealt[at :: len(destinations)], repeats))
    return {case.name: destinations[at % len(destinations)] for at, case in enumerate(dealt)}


def shown_at(where: dict[str, Watched], name: str) -> Watched:
    """The destination that a case is shown to.

    Raises:
        BenchError: the bench has no host name with which the case can be made.
    """
    if name not in where:
        raise BenchError(f"{name!r} cannot be shown: it needs a DNS name of at least three labels under [receiver] names")
    return where[name]


def ended(connection: Connection) -> str:
    """How the device took a server, in a few words."""
    if connection.refused:
        return f"refused with {connection.alert.name}" if connection.alert else "refused without an alert"
    if connection.application_bytes:
        return f"{connection.application_bytes} bytes of application data after {connection.tls_version}"
    return connection.failure or "not refused"
