"""Cycle 0 on a device with event mode: one POST for each change, of the kinds that the device's profile names."""

import pytest

from rig.bench import polled
from rig.marks import applies_only_if, control, verifies
from rig.oracle import posts
from rig.pace import attempts_since

ASKED = ("010C", "010D", "22F190")
SETTLED_POSTS = 4
CHANGES = {
    "0C-EngineRPM": lambda engine: engine.set("0C", 2417.0),
    "0D-VehicleSpeed": lambda engine: engine.set("0D", 83.0),
    "TestCustom": lambda engine: engine.set_did("F190", bytes([91])),
}
VALUES = {"0C-EngineRPM": 2417, "0D-VehicleSpeed": 83, "TestCustom": 45.5}
ECU_STATES = {"offline": lambda engine: engine.silent(), "online": lambda engine: engine.speak()}


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(events=bench.destination(cycle_ms=0), others=bench.destination(cycle_ms=0), steady=bench.destination())


@pytest.fixture(scope="module")
def settled(bench, boot):
    """The car was asked for everything, and a neighbour has told the answers several times."""
    first_ns = max(polled(bench.vehicle, ASKED, boot.gone_ns).values())
    attempts_since(boot.steady, first_ns, SETTLED_POSTS)


@pytest.fixture(scope="module")
def after_value(bench, boot, settled):
    """What each of the two is sent after each change of one value, until a neighbour was served several times more."""
    return {name: seen_after(bench, boot, f"{name} changes", change, 1.0) for name, change in CHANGES.items()}


@pytest.fixture(scope="module")
def after_state(bench, boot, after_value):
    """The same for an engine that falls silent, and then answers again."""
    settling_s = bench.profile.settling_s
    return {state: seen_after(bench, boot, f"the engine is {state}", change, settling_s) for state, change in ECU_STATES.items()}


def seen_after(bench, boot, what, change, within_s):
    """The attempts that `events` and `others` get after a change that the device notices `within_s`."""
    changed_ns = bench.now_ns()
    bench.event("stimulus", what)
    change(bench.vehicle.engine)
    boot.events.receiver.wait(lambda _: since(boot.events, changed_ns), within_s + 5)
    attempts_since(boot.steady, bench.now_ns(), SETTLED_POSTS)
    return {name: since(boot[name], changed_ns) for name in ("events", "others")}


def since(watched, changed_ns):
    return [attempt for attempt in watched.attempts if attempt.started_ns > changed_ns]


@control("cycle/event-triggers-one")
def test_a_periodic_neighbour_tells_every_change(boot, after_value):
    last = posts.read(boot.steady.attempts)[-1].body.parameters
    assert {name: last.get(name) for name in VALUES} == VALUES


@verifies("cycle/event-triggers-one")
@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("destination", ["events", "others"])
def test_a_changed_value_leads_to_one_post(bench, after_value, name, destination):
    """A value that changes leads to exactly one POST, and the new value stands in it."""
    applies_only_if("value" in bench.profile.event_triggers, "a changed value is no trigger by the device's profile")
    told = posts.read(after_value[name][destination], at_least=0)
    assert [post.body.parameters.get(name) for post in told] == [VALUES[name]]
    assert len(after_value[name][destination]) == 1


@verifies("cycle/event-triggers-one")
@pytest.mark.parametrize("state", ECU_STATES)
@pytest.mark.parametrize("destination", ["events", "others"])
def test_a_changed_ecu_state_leads_to_one_post(bench, after_state, state, destination):
    """An ECU that falls silent, and one that answers again, leads to exactly one POST."""
    applies_only_if("ecu_status" in bench.profile.event_triggers, "the ECU state is no trigger by the device's profile")
    assert len(after_state[state][destination]) == 1
