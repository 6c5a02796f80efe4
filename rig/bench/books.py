"""The books: what the device itself counted of its POSTs, beside what the receivers saw."""

from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest

from rig import clock
from rig.bench.bench import Bench
from rig.bench.boot import Boot
from rig.bench.watched import Watched
from rig.errors import BenchError
from rig.evidence.records import Ending

_COUNTED = ("success", "failure")
_TRIES = 10


@dataclass(frozen=True)
class Books:
    """Successes and failures of one destination up to one moment, by the device (None where it tells none) and by the receiver."""

    device: tuple[int, int] | None
    receiver: tuple[int, int]

    def growth(self, later: "Books") -> "Books":
        """By how much both have grown."""
        device = _grown(self.device, later.device) if self.device and later.device else None
        return Books(device, _grown(self.receiver, later.receiver))


def _grown(now: tuple[int, int], then: tuple[int, int]) -> tuple[int, int]:
    return then[0] - now[0], then[1] - now[1]


def keep_books(bench: Bench, boot: Boot, requirement: str) -> None:
    """Keeps the counts of the boot's destinations for the report, where the device counts at all.

    The device is read while it sends, so that the two may be one apart; what has to agree is destinations/counters-agree.
    """
    if "destination_stats" not in bench.features:
        return
    try:
        rows = bench.device.web.statistics()
    except BenchError:
        return
    served = [watched for watched in boot if watched.destination.enabled is not False]
    for watched, row in zip(served, rows, strict=False):
        endings = [attempt.ending.value for attempt in watched.attempts]
        for what, counted in zip(_COUNTED, row, strict=True):
            for book, count in (("device", counted), ("receiver", endings.count(what))):
                bench.measure(requirement, "posts", "", [count], destination=watched.name, count=what, book=book)


def balanced_books(bench: Bench, boot: Boot, idle_s: float) -> dict[str, Books]:
    """The counts of every destination, read while no attempt is under way: none for `idle_s` before, and none begins meanwhile.

    Raises:
        BenchError: there is no such moment, or the device tells none at the time (4.50p while an ECU keeps it waiting).
    """
    for _ in range(_TRIES):
        for watched in boot:
            watched.receiver.wait(lambda _: _idle(boot, idle_s), idle_s)
        before = [_endings(watched) for watched in boot]
        if not _idle(boot, idle_s):
            continue
        rows = bench.device.web.statistics()
        if rows and before == [_endings(watched) for watched in boot]:
            return _paired(boot, rows, before)
    raise BenchError(f"in {_TRIES} tries counters could not be read while all destinations were idle for {idle_s:g} s")


def _idle(boot: Boot, idle_s: float) -> bool:
    ends = [attempt.ended_ns for watched in boot for attempt in watched.attempts]
    return None not in ends and all(clock.now_ns() - end > idle_s * 1e9 for end in ends if end is not None)


def _endings(watched: Watched) -> tuple[int, int]:
    endings = Counter(attempt.ending for attempt in watched.attempts)
    if endings[Ending.NEITHER]:
        raise BenchError(f"an answer to {watched.name} came late or was cut, which counts neither way")
    return endings[Ending.SUCCESS], endings[Ending.FAILURE]


def _paired(boot: Boot, rows: list[tuple[int, int]], endings: list[tuple[int, int]]) -> dict[str, Books]:
    paired = zip_longest(rows[: len(endings)], endings)
    return {watched.name: Books(row, ending) for watched, (row, ending) in zip(boot, paired, strict=True)}
