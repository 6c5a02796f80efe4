"""Cycles that nobody should enter: under a second, negative, no number; and 0 where the device has no event mode."""

import statistics
from dataclasses import replace
from itertools import pairwise

import pytest

from rig.bench import rescue, restarts_since, taken
from rig.marks import applies_only_if, control, verifies
from rig.pace import USABLE_S, closest_gap

SHORT_MS = {"one": 1, "nearly": 999}
NONSENSE_MS = {"negative": -1, "text": "often"}


@pytest.fixture(scope="module")
def offered(bench):
    return {name: bench.destination(cycle_ms=cycle) for name, cycle in (SHORT_MS | NONSENSE_MS | {"zero": 0}).items()}


@pytest.fixture(scope="module")
def boot(bench, offered):
    """Those that the device stores, beside one with an ordinary cycle."""
    boot = bench.boot(steady=bench.destination(cycle_ms=5000), **taken(bench, **offered))
    yield boot
    rescue(bench, replace(boot.document, destinations=boot.document.destinations[:1]))


@control("cycle/minimum", "cycle/nonsense-values")
def test_an_ordinary_cycle_beside_them_is_served(boot):
    assert boot.steady.wait_for_requests(2)


@verifies("cycle/minimum")
@pytest.mark.parametrize("name", SHORT_MS)
def test_a_cycle_under_a_second_is_refused_or_raised(bench, boot, observed, name):
    """It is refused when stored, or else no two of its POSTs start closer than a second less tolerance."""
    observed("stored" if name in boot.watched else "refused when stored")
    for watched in stored(boot, name):
        watched.expect_attempts(8)
        observed(closest_gap(bench, watched).conclude())


@verifies("cycle/nonsense-values")
@pytest.mark.parametrize("name", NONSENSE_MS)
def test_a_nonsense_cycle_is_refused_or_replaced(bench, boot, observed, name):
    """It is refused when stored, or else the destination is served again and again, and never faster than once a second."""
    observed("stored" if name in boot.watched else "refused when stored")
    for watched in stored(boot, name):
        watched.expect_attempts(2, USABLE_S)
        observed(closest_gap(bench, watched).conclude())


@verifies("cycle/nonsense-values")
def test_nonsense_cycles_restart_nothing(bench, boot):
    """With all of it stored the device goes on running."""
    boot.steady.wait_for_requests(3)
    assert restarts_since(bench, boot.ready_ns) == []


@verifies("cycle/zero-without-event-mode")
def test_cycle_zero_without_event_mode_is_reported(bench, boot, observed):
    """What cycle 0 does: refused, silent, or periodic and how often."""
    applies_only_if("event_mode" not in bench.features, "the device has event mode, so that 0 has a meaning of its own")
    observed("stored" if "zero" in boot.watched else "refused when stored")
    for watched in stored(boot, "zero"):
        starts = starts_of_three(watched)
        gaps_ms = [(later - sooner) / 1e6 for sooner, later in pairwise(starts)]
        bench.measure("cycle/zero-without-event-mode", "gaps", "ms", gaps_ms, destination=watched.name)
        observed(f"{len(starts)} attempts, {statistics.median(gaps_ms or [0]) / 1000:.1f} s apart in the median")


def starts_of_three(watched):
    """The starts of three attempts, or of what came in the time that they may take."""
    watched.receiver.wait(lambda _: len(watched.attempts) >= 3, USABLE_S)
    return [attempt.started_ns for attempt in watched.attempts]


def stored(boot, name):
    """The destination, if the device took it."""
    return [boot.watched[name]] if name in boot.watched else []
