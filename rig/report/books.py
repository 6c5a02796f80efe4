"""Books: how many POSTs the device counted, the receivers saw and the console told of, and where they differ.

Tests keep what others counted as a measurement ``posts`` (labels ``destination``, ``book``: ``device`` or ``console``, and what
is counted, ``count``: ``success`` or ``failure``); what a receiver saw is counted from the evidence, unless a test says it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rig.report.recorded import Scenario

BOOKS = ("device", "receiver", "console")


@dataclass(frozen=True)
class Account:
    """The counts of one destination in one scenario; None where that book does not tell."""

    scenario: str
    destination: str
    count: str
    counts: dict[str, int | None]

    @property
    def difference(self) -> int:
        """The largest count less the smallest."""
        told = [count for count in self.counts.values() if count is not None]
        return max(told) - min(told) if told else 0


def books(scenarios: Iterable[Scenario]) -> list[Account]:
    """Accounts of the destinations that somebody besides the receiver counted."""
    accounts = []
    for scenario in scenarios:
        told: dict[tuple[str, str], dict[str, int]] = {}
        for measurement in scenario.measurements:
            if measurement.name == "posts" and measurement.values:
                key = measurement.labels.get("destination", "?"), measurement.labels.get("count", "success")
                told.setdefault(key, {})[measurement.labels.get("book", "device")] = round(measurement.values[-1])
        for (destination, count), counted in told.items():
            counts = {book: counted.get(book) for book in BOOKS}
            if counts["receiver"] is None:
                counts["receiver"] = _seen(scenario, destination, count)
            accounts.append(Account(scenario.folder, destination, count, counts))
    return accounts


def received(scenarios: Iterable[Scenario]) -> tuple[int, int, int]:
    """Over the whole run: POSTs received, those answered with success, and connections that brought none."""
    posts = success = silent = 0
    for scenario in scenarios:
        posts += len(scenario.exchanges)
        success += sum(1 for exchange in scenario.exchanges if exchange.ending == "success")
        carried = {(exchange.destination, exchange.connection) for exchange in scenario.exchanges}
        silent += sum(1 for item in scenario.handshakes if (item.destination, item.number) not in carried)
    return posts, success, silent


def _seen(scenario: Scenario, destination: str, count: str) -> int | None:
    endings = [exchange.ending for exchange in scenario.exchanges if exchange.destination == destination]
    if not endings or None in endings:
        return None
    return endings.count(count)
