"""Cycles that are missing or of a wrong JSON type: at least one release restarted for ever over such a document."""

import pytest

from rig.bench import comes_back, rescue, restarts_since, taken
from rig.marks import control, verifies
from rig.pace import USABLE_S, closest_gap

pytestmark = [pytest.mark.dangerous]
CYCLES = {"missing": None, "switch": True, "group": {"ms": 1000}, "empty": ""}
SHORT_MS = 700


@pytest.fixture(scope="module")
def ordinary(bench):
    boot = bench.boot(steady=bench.destination())
    boot.steady.wait_for_requests(2)
    return boot


@pytest.fixture(scope="module")
def outcome(bench, ordinary):
    """The boot with those that the device stores, beside one with an ordinary cycle and one with a short one; why there is none."""
    offered = {name: bench.destination(cycle_ms=10_000, extra={"cycle": cycle}) for name, cycle in CYCLES.items()}
    stored = taken(bench, short=bench.destination(cycle_ms=SHORT_MS), **offered)
    yield comes_back(bench, ordinary, {"steady": ordinary.steady.destination, **stored})
    rescue(bench, ordinary.document)


@pytest.fixture(scope="module")
def boot(outcome):
    return outcome[0]


def stored(boot, name):
    """The destination, if the device took it."""
    return [boot.watched[name]] if name in boot.watched else []


@control("cycle/nonsense-values", "cycle/minimum")
def test_the_device_comes_back_with_an_ordinary_document(ordinary, outcome):
    assert ordinary.steady.requests


@verifies("cycle/nonsense-values")
def test_the_device_comes_back_with_cycles_of_wrong_types(outcome):
    """With those of them that it stored, the device starts and goes on running."""
    assert outcome[1] == ""


@verifies("cycle/nonsense-values")
@pytest.mark.parametrize("name", CYCLES)
def test_a_cycle_of_a_wrong_type_is_refused_or_replaced(bench, boot, observed, name):
    """It is refused when stored, or else the destination is served again and again, and never faster than once a second."""
    observed("stored" if name in boot.watched else "refused when stored")
    for watched in stored(boot, name):
        watched.expect_attempts(2, USABLE_S)
        observed(closest_gap(bench, watched).conclude())


@verifies("cycle/nonsense-values")
def test_a_cycle_of_a_wrong_type_restarts_nothing(bench, boot):
    """With all of it stored the device goes on running, and its other destination is served."""
    boot.steady.expect_requests(5)
    assert restarts_since(bench, boot.ready_ns) == []


@verifies("cycle/minimum")
def test_a_cycle_of_700_ms_is_refused_or_raised(bench, boot, observed):
    """It is refused when stored, or else no two of its POSTs start closer than a second less tolerance."""
    observed("stored" if "short" in boot.watched else "refused when stored")
    for watched in stored(boot, "short"):
        watched.expect_attempts(8)
        observed(closest_gap(bench, watched).conclude())
