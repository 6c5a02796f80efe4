"""Cycle 0 on a device with event mode, in a car in which nothing changes."""

import pytest

from rig.bench import polled
from rig.marks import control, verifies
from rig.pace import attempts_since

ASKED = ("010C", "010D", "22F190")
SILENCE_S = 30
SETTLED_POSTS = 4


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(events=bench.destination(cycle_ms=0), steady=bench.destination())


@pytest.fixture(scope="module")
def settled_ns(bench, boot):
    """The car was asked for everything, and a neighbour has told the answers several times."""
    first_ns = max(polled(bench.vehicle, ASKED, boot.gone_ns).values())
    attempts_since(boot.steady, first_ns, SETTLED_POSTS)
    return bench.now_ns()


@pytest.fixture(scope="module")
def watched_ns(bench, boot, settled_ns):
    """The end of a watch of half a minute, or the moment at which something came in it."""
    boot.events.quiet_for(SILENCE_S)
    return bench.now_ns()


@control("cycle/event-only-is-silent")
def test_the_first_values_after_the_boot_were_sent(boot, settled_ns):
    assert boot.events.wait_for_successes(1)


@verifies("cycle/event-only-is-silent")
def test_nothing_is_sent_while_nothing_changes(boot, settled_ns, watched_ns):
    """In half a minute in which neither values nor the ECU state change, the destination gets nothing."""
    assert [attempt for attempt in boot.events.attempts if attempt.started_ns > settled_ns] == []


@control("cycle/event-only-is-silent")
def test_all_the_while_a_periodic_neighbour_was_served(bench, boot, settled_ns, watched_ns):
    seconds = (watched_ns - settled_ns) / 1e9
    assert len(attempts_since(boot.steady, settled_ns, int(seconds / 2))) >= int(seconds / 2)


@control("cycle/event-only-is-silent")
def test_all_the_while_the_car_was_asked(bench, settled_ns, watched_ns):
    assert polled(bench.vehicle, ASKED, watched_ns - 10_000_000_000)
