"""The books: what the device itself counted of its POSTs, beside what the receivers saw."""

from rig.bench.bench import Bench
from rig.bench.boot import Boot
from rig.errors import BenchError

_COUNTED = ("success", "failure")


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
