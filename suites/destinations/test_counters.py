"""Two destinations, one of them answered with success and failure by turns, and the device's own counters of it."""

import pytest

from rig.bench import Framing, Reply, ResetAfterHandshake, balanced_books
from rig.marks import control, verifies
from rig.pace import attempts_since

CYCLE_MS = 3000
IDLE_S = 0.6
MIXED = [Reply(status=500), Reply(status=204), Reply(status=404), Reply(body=b"chunk", framing=Framing.CHUNKED)]
GROWTH = {"mixed": (2, 3), "plain": (5, 0)}
"""One attempt more is reset: five in all."""


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(mixed=bench.destination(cycle_ms=CYCLE_MS), plain=bench.destination(cycle_ms=CYCLE_MS))


@pytest.fixture(scope="module")
def before(bench, boot):
    for watched in boot:
        watched.wait_for_successes(1)
    return balanced_books(bench, boot, IDLE_S)


@pytest.fixture(scope="module")
def after(bench, boot, before):
    """The books after five more attempts of each destination."""
    now_ns = bench.now_ns()
    boot.mixed.receiver.connection_script([ResetAfterHandshake()])
    boot.mixed.receiver.script(MIXED)
    for watched in boot:
        attempts_since(watched, now_ns, len(MIXED) + 1)
    return balanced_books(bench, boot, IDLE_S)


@control("destinations/counters-agree")
def test_there_were_successes_and_failures_to_count(before, after):
    growths = {name: before[name].growth(after[name]).receiver for name in GROWTH}
    assert all(growths[name] >= GROWTH[name] for name in GROWTH), growths


@verifies("destinations/counters-agree")
@pytest.mark.parametrize("name", GROWTH)
def test_counters_grow_as_attempts_end(before, after, observed, name):
    """The device's counts of successes and of failures grow by what the receiver answered with success and as a failure."""
    growth = before[name].growth(after[name])
    observed(f"successes and failures more: {growth.device}")
    assert growth.device == growth.receiver
