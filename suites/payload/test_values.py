"""Values while the car's values change twice: each is what an answer decodes to, has two decimals, and is never old."""

from itertools import pairwise

import pytest

from rig.bench import CarProfile, CustomPid, ProfileParameter, ProfilePid, StandardPid, longest_period_ms, polled
from rig.marks import control, verifies
from rig.oracle import expression, names, payload, posts, schedule, standard, values

PERIOD_MS = 1000
STANDARD = ("05-EngineCoolantTemp", "0C-EngineRPM", "0D-VehicleSpeed", "06-ShortFuelTrimBank1", "10-MAFAirFlowRate", "A6-Odometer")
CUSTOM = (
    CustomPid("THIRD", "22F191", "B4/3"),
    CustomPid("SIGNED", "22F192", "[S4:S5]*0.01"),
    CustomPid("LARGE", "22F193", "[B4:B7]"),
    CustomPid("SMALL", "22F194", "[B4:B5]*0.001"),
    CustomPid("FLAG", "22F195", "B4:3"),
    CustomPid("LOCAL", "2101", "(B3-40)*1.8+32"),
)
LONG = "22D002"
MULTI = (ProfileParameter("LONG_FIRST", "[B5:B6]/16"), ProfileParameter("LONG_NEXT", "B9+B17/100"), ProfileParameter("LAST", "B10/7"))
PROFILE = CarProfile((ProfilePid(LONG, MULTI, init="ATSH7E0;"),))
EXPRESSIONS = {parameter.name: (parameter.expression, parameter.pid) for parameter in CUSTOM} | {
    parameter.name: (parameter.expression, LONG) for parameter in MULTI
}
ASKED = {name: f"01{name[:2]}" for name in STANDARD} | {name: pid for name, (_, pid) in EXPRESSIONS.items()}
STATES = (
    {
        "05": "7B", "0C": "1AF8", "0D": "00", "06": "93", "10": "0D99", "A6": "0006F855",
        "22F191": "0A", "22F192": "FE7F", "22F193": "12D687B1", "22F194": "309F", "22F195": "08", "2101": "5F",
        LONG: "1122" + "33440506070809" + "15161718191A1B" + "25",
    },
    {
        "05": "28", "0C": "2F43", "0D": "8C", "06": "5A", "10": "2B67", "A6": "0007A120",
        "22F191": "F1", "22F192": "7A31", "22F193": "00BC614E", "22F194": "F00D", "22F195": "F7", "2101": "07",
        LONG: "5566" + "77884A4B4C4D4E" + "5A5B5C5D5E5F60" + "6A",
    },
    {
        "05": "FF", "0C": "0C81", "0D": "37", "06": "E6", "10": "0321", "A6": "000186A1",
        "22F191": "55", "22F192": "8001", "22F193": "E1A30805", "22F194": "0457", "22F195": "AA", "2101": "B4",
        LONG: "99AA" + "BBCC8F90919293" + "A1A2A3A4A5A6A7" + "B1",
    },
)  # fmt: skip
"""Data bytes of every answer, in hex, in three states of the car; each value differs from one state to the next."""


def set_state(vehicle, state):
    """Has the car answer with the values of a state from now on."""
    for asked, data in state.items():
        vehicle.engine.set_answer(asked if len(asked) > 2 else f"01{asked}", bytes.fromhex(data))


@pytest.fixture(scope="module")
def boot(bench):
    set_state(bench.vehicle, STATES[0])
    return bench.boot(
        parameters=(*CUSTOM, *(StandardPid(name, PERIOD_MS) for name in STANDARD)),
        car=PROFILE,
        quick=bench.destination(),
        slower=bench.destination(cycle_ms=2000),
    )


@pytest.fixture(scope="module")
def changes(bench, boot):
    """When the car's values changed (ns), each time once the ones before must have arrived everywhere."""
    settle(bench, boot, max(polled(bench.vehicle, set(ASKED.values()), boot.gone_ns).values()))
    return [changed(bench, boot, state) for state in STATES[1:]]


def changed(bench, boot, state):
    """Changes the car's values, and watches for as long as new ones may take."""
    bench.event("stimulus", "all values of the car change")
    set_state(bench.vehicle, state)
    changed_ns = bench.now_ns()
    settle(bench, boot, changed_ns)
    return changed_ns


def settle(bench, boot, since_ns):
    """Waits for a POST of each destination that owes what the car answers since a moment."""
    for watched in boot:
        watched.wait_for_requests(3)
        owed_ns = since_ns + round((longest_period(bench, boot) + longest_interval(watched) + bench.tolerance.fresh_s * 1000) * 1e6)
        watched.wait_for_requests_since(owed_ns, 1, watched.patience.within(5) + (owed_ns - since_ns) / 1e9)


def longest_period(bench, boot):
    """The period of the parameters in ms, as the bus shows it."""
    return max(PERIOD_MS, *(longest_period_ms(bench.vehicle, asked, boot.gone_ns) for asked in set(ASKED.values())))


def longest_interval(watched):
    """The cycle in ms, or the longest interval where it is longer, which cycle/median-interval and its like judge."""
    starts = [attempt.started_ns for attempt in watched.attempts]
    return max(watched.destination.cycle_ms, *((later - earlier) / 1e6 for earlier, later in pairwise(starts)))


@pytest.fixture(scope="module")
def told(boot, changes):
    """Every POST of each destination."""
    return {watched.name: posts.read(watched.attempts, at_least=6) for watched in boot}


def acceptable(vehicle, name, start_ns, end_ns):
    """What an answer of the car between two moments decodes to."""
    candidates = vehicle.engine.values_between(ASKED[name], start_ns, end_ns)
    text, pid = EXPRESSIONS.get(name, (None, None))
    return standard.acceptable_values(name, candidates) if text is None else expression.acceptable_values(text, pid, candidates)


def shown(post):
    """The numbers of a POST under the configured names; what is no number is payload/values-are-numbers's failure alone."""
    keys = names.match(ASKED, post.body.parameters).keys
    return {name: value for name, key in keys.items() if isinstance(value := post.body.parameters[key], payload.Number)}


@verifies("payload/values-are-true")
@pytest.mark.parametrize("name", ASKED)
def test_every_value_is_what_an_answer_decodes_to(bench, boot, told, name):
    """In every POST the value is what one of the answers of the car up to then decodes to, to the second decimal."""
    seen = [(post, value) for every in told.values() for post in every if (value := shown(post).get(name)) is not None]
    posts.needed(seen, f"a value of {name}")
    false = [
        f"{value!r} in POST {post.request.number} at {post.request.receiver}"
        for post, value in seen
        if not values.is_one_of(value, acceptable(bench.vehicle, name, boot.gone_ns, post.request.completed_ns), bench.tolerance)
    ]
    assert false == [], f"instead of {sorted(acceptable(bench.vehicle, name, boot.gone_ns, bench.now_ns()))}"


@control("payload/values-are-true", "payload/values-are-fresh")
def test_the_car_was_asked_in_every_state(bench, boot, changes):
    for since_ns in (boot.gone_ns, *changes):
        assert polled(bench.vehicle, set(ASKED.values()), since_ns).keys() == set(ASKED.values())


@verifies("payload/two-decimals")
def test_no_number_has_more_than_two_decimals(told):
    """No number in the telemetry of any POST has more than two decimals in the text of the body."""
    assert [found for every in told.values() for post in every if (found := payload.long_decimals(post.body))] == []


@verifies("payload/values-are-numbers")
def test_zero_and_large_and_negative_values_are_numbers(told):
    """Every value of every POST is a finite JSON number, be it 0, negative or beyond a million."""
    assert [found for every in told.values() for post in every if (found := payload.not_numbers(post.body, post.body.parameters))] == []


@verifies("payload/values-are-fresh")
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("destination", ["quick", "slower"])
def test_a_changed_value_arrives_in_time_and_stays(bench, boot, told, changes, name, destination):
    """After each change of the car's values a POST has the new one within a period, a cycle and the tolerance, and none goes back."""
    period_ms, cycle_ms = longest_period(bench, boot), longest_interval(boot[destination])
    for since_ns, until_ns in zip(changes, [*changes[1:], bench.now_ns()], strict=True):
        new = acceptable(bench.vehicle, name, since_ns, since_ns)
        later = [post for post in told[destination] if since_ns < post.started_ns < until_ns and name in shown(post)]
        posts.needed(later, f"a value of {name}")
        having = [post for post in later if values.is_one_of(shown(post)[name], new, bench.tolerance)]
        assert having, f"expected {sorted(new)}, observed {[shown(post)[name] for post in later]}"
        schedule.fresh(since_ns, having[0].started_ns, period_ms, cycle_ms, bench.tolerance, bench.guard_ms(since_ns)).conclude()
        assert having == later[later.index(having[0]) :], f"expected {sorted(new)} in every later POST, observed an older value again"
