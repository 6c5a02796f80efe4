"""What the scenarios of this area share: values in POSTs, held against what the simulated car answered."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial

import pytest

from rig.bench import BenchError, polls_by_request, wait_for_polls
from rig.oracle import posts, truth

PATIENCE_MS = 250
"""What a device at the least waits for an answer; where this process was late by more, a poll may have been in vain through its fault."""


@dataclass(frozen=True)
class Until:
    """An ECU as it answered up to a moment; what it was told to answer later does not count."""

    ecu: object
    until_ns: int

    @property
    def name(self):
        return self.ecu.name

    def value(self, key):
        return (self.ecu.values_between(key, self.until_ns, self.until_ns) or [None])[0]

    def values_between(self, key, start_ns, end_ns):
        return self.ecu.values_between(key, min(start_ns, self.until_ns), min(end_ns, self.until_ns))


class Telling:
    """A destination, and the parameters that it is told."""

    def __init__(self, bench, watched, readings):
        self.bench, self.watched, self.readings = bench, watched, list(readings)
        self._lag_s = watched.destination.cycle_s + bench.tolerance.fresh_s

    def after(self, since_ns):
        """The first POST that owes what the car answers since a moment: everything was polled since, and the POST has no older answers.

        A device may ask once for parameters of the same answer, or once for each of them in turn: so many polls are waited for.
        """
        shared = Counter((reading.source, reading.request) for reading in self.readings)
        polled_ns = [wait_for_polls(ecu, asked, count, since_ns)[-1] for (ecu, asked), count in shared.items()]
        due_ns = max(polled_ns) + round(self._lag_s * 1e9)
        self.watched.wait_for_requests_since(due_ns, 1, self._lag_s + self.watched.patience.within(2))
        return posts.read(self.watched.attempts, since_ns=due_ns)[0]

    def told(self, since_ns=0, until_ns=None):
        """The POSTs between two moments."""
        return [post for post in posts.read(self.watched.attempts, since_ns=since_ns) if until_ns is None or post.started_ns < until_ns]

    def only(self, *names):
        """The same destination, looked at for some of the parameters alone."""
        return Telling(self.bench, self.watched, [reading for reading in self.readings if reading.name in names])

    def as_of(self, until_ns):
        """The same, judged by what the car answered up to a moment."""
        readings = [replace(reading, source=Until(reading.source, until_ns)) for reading in self.readings]
        return Telling(self.bench, self.watched, readings)

    def wrong(self, post, *, may_lack=False):
        """Parameters of a POST whose value is not what the car answers now, or that are missing."""
        return truth.wrong_now(post, self.readings, self.bench.tolerance, may_lack=may_lack)

    def untrue(self, told):
        """Values that are not from the last polls before a POST; for a car that answers everything."""
        ecus = {reading.source.name: reading.source for reading in self.readings}
        polls = {(name, asked): stamps for name, ecu in ecus.items() for asked, stamps in polls_by_request(ecu.requests).items()}
        return truth.untrue(told, self.readings, self.bench.tolerance, polls, round(self._lag_s * 1e9))

    def never_answered(self, told):
        """Values that the car has not answered at any time up to a POST."""
        return truth.untrue(told, self.readings, self.bench.tolerance, {}, 0)

    def expect_none(self, wrong):
        """Nothing of this may be wrong; what is missing or of another time says nothing where the simulated car may have been late.

        What is so in most POSTs is not the work of a few late moments.
        """
        names = {reading.name for reading in self.readings}
        wrong = [one for one in wrong if one.name in names]
        since_ns = self.watched.span.since_ns
        again_and_again = max(Counter(one.name for one in wrong).values(), default=0) > len(self.told(since_ns)) / 2
        late_ms = (self.bench.median_guard_ms if again_and_again else self.bench.guard_ms)(since_ns)
        if wrong and late_ms > PATIENCE_MS and all(one.old for one in wrong):
            raise BenchError(f"the car may have answered too late, this process was late by {late_ms:.0f} ms: {wrong}")
        assert wrong == []

    def shown(self, post):
        """The values of a POST by configured name."""
        return truth.shown(post, self.readings)


@pytest.fixture(scope="session")
def telling(bench):
    return partial(Telling, bench)
