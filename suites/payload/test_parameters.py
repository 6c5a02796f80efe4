"""Which parameters are sent and under which names, beside what the config block says: some are switched off, one never answers."""

from itertools import pairwise

import pytest

from rig.bench import CarProfile, CustomPid, ProfileParameter, ProfilePid, StandardPid, polled
from rig.marks import control, verifies
from rig.oracle import blocks, http, names, payload, posts

STANDARD = (StandardPid("0C-EngineRPM"), StandardPid("0D-VehicleSpeed"), StandardPid("2F-FuelTankLevel"))
CUSTOM = (
    CustomPid("TestCustom", "22F190", "B4/2", unit="none", class_="none"),
    CustomPid("Öltemperatur", "22F191", "B4-40", unit="°C", class_="temperature"),
    CustomPid("BATTERY_VOLTAGE_CELL_01", "22F192", "[B4:B5]/1000", unit="V", class_="voltage"),
    CustomPid("BATTERY_VOLTAGE_CELL_02", "22F193", "[B4:B5]/1000", unit="V", class_="voltage"),
    CustomPid("UNSET", "22F194", "B4"),
)
NEVER = CustomPid("NEVER_ANSWERED", "22DEAD", "B4", unit="Ω")
OFF = (StandardPid("11-ThrottlePosition", enabled=False), CustomPid("SWITCHED_OFF", "22F190", "B4", enabled=False))
OFF_IN_PROFILE = ("PARKED", "ASLEEP")
PROFILE = CarProfile(
    (
        ProfilePid(
            "22D001",
            (
                ProfileParameter("ODOMETER", "[B4:B6]/10", "km", "distance"),
                ProfileParameter("SOC", "B7/2", "%", "battery"),
                ProfileParameter("PARKED", "B7:0", enabled=False),
            ),
            init="ATSH7E0;",
        ),
        ProfilePid("22D002", (ProfileParameter("ASLEEP", "B4"),), init="ATSH7E0;", enabled=False),
    )
)
ANSWERED = {
    "0C-EngineRPM": "010C", "0D-VehicleSpeed": "010D", "2F-FuelTankLevel": "012F", "TestCustom": "22F190", "Öltemperatur": "22F191",
    "BATTERY_VOLTAGE_CELL_01": "22F192", "BATTERY_VOLTAGE_CELL_02": "22F193", "UNSET": "22F194", "ODOMETER": "22D001", "SOC": "22D001",
}  # fmt: skip
ENABLED = (*ANSWERED, NEVER.name)
SWITCHED_OFF = (*(parameter.name for parameter in OFF), *OFF_IN_PROFILE)


@pytest.fixture(scope="module")
def boot(bench):
    engine = bench.vehicle.engine
    engine.set("2F", 62.35)
    for identifier, data in {"F191": "83", "F192": "0FD5", "F193": "0FDC", "F194": "2A", "D001": "01E240C9", "D002": "01"}.items():
        engine.set_did(identifier, bytes.fromhex(data))
    return bench.boot(
        parameters=(*CUSTOM, NEVER, *STANDARD, *OFF),
        car=PROFILE,
        plain=bench.destination(),
        slower=bench.destination(cycle_ms=2000),
    )


@pytest.fixture(scope="module")
def answered_ns(bench, boot):
    """When the car was first asked for each parameter that it knows."""
    first = polled(bench.vehicle, set(ANSWERED.values()), boot.gone_ns)
    return {name: first[asked] for name, asked in ANSWERED.items()}


@pytest.fixture(scope="module")
def by_destination(boot, answered_ns):
    """Every POST of each destination, with enough of them after the car was asked for everything."""
    boot.plain.wait_for_requests_since(max(answered_ns.values()), 9)
    boot.slower.wait_for_requests_since(max(answered_ns.values()), 3)
    return [posts.read(watched.attempts, at_least=3) for watched in boot]


@pytest.fixture(scope="module")
def told(by_destination):
    """All of them."""
    return [post for every in by_destination for post in every]


@pytest.fixture(scope="module")
def config(told):
    """A config block, wherever one came."""
    return posts.needed(next((post.body.config for post in told if post.body.config), None), "a config block")


@pytest.fixture(scope="module")
def listed(bench):
    """Class and unit of the standard PIDs by the device's own list."""
    return {row["name"]: (row["class"], row["unit"]) for row in bench.device.web.read_json("/std_pid_info")}


def problems(told, judge):
    """What `judge` finds in the POSTs, by destination and number."""
    return [f"{post.request.receiver}, POST {post.request.number}: {found}" for post in told if (found := judge(post))]


@verifies("payload/valid-utf8-json")
def test_names_and_units_beyond_ascii_come_in_utf8(boot, answered_ns):
    """Every body is one valid UTF-8 JSON object with no key twice and of the announced length, with umlauts, degree and ohm signs."""
    boot.plain.wait_for_requests(6)
    requests = [*boot.plain.requests, *boot.slower.requests]
    assert [found for request in requests for found in (*payload.read(request.body).problems, *http.length(request))] == []


@verifies("payload/telemetry-is-flat")
def test_telemetry_is_flat(told):
    """No POST has an object or an array inside autopid_data, anything named params, or a parameter outside autopid_data."""
    assert problems(told, lambda post: payload.not_flat(post.body)) == []
    assert problems(told, lambda post: "params" in post.body.telemetry or "params" in post.body.data) == []
    assert problems(told, lambda post: sorted(names.match(ENABLED, post.body.data).keys)) == []


@verifies("payload/all-selected-parameters")
def test_every_parameter_is_in_every_post_once_it_has_a_value(by_destination, answered_ns):
    """From the first answer on, the POST after it aside, which may be under way, no POST lacks an enabled parameter."""
    pairs = [(before, post) for every in by_destination for before, post in pairwise(every)]
    owed = [(post, [name for name, at_ns in answered_ns.items() if at_ns < before.started_ns]) for before, post in pairs]
    lacking = [(post.request.receiver, post.request.number, names.match(due, post.body.parameters).missing) for post, due in owed]
    assert [post for post in lacking if post[2]] == []


@control("payload/all-selected-parameters")
def test_the_car_knows_what_it_was_asked_for(bench, answered_ns):
    assert [asked for asked in ANSWERED.values() if bench.vehicle.engine.value(asked) is None] == []


@verifies("payload/only-selected-parameters")
def test_nothing_else_is_in_any_post(told):
    """No POST has a parameter that is not configured, or one that is switched off, by itself or with its PID."""
    assert problems(told, lambda post: names.match(ENABLED, post.body.parameters).unknown) == []


@verifies("payload/only-selected-parameters")
def test_a_parameter_that_was_never_answered_is_in_no_post(told):
    """A parameter that the car does not know has no value in any POST."""
    assert problems(told, lambda post: names.match([NEVER.name], post.body.parameters).keys) == []


@verifies("payload/parameter-names")
def test_each_parameter_has_one_key_everywhere(told, observed):
    """Each parameter's key is its name or one form of it, the same in config and in every POST, and no two share one."""
    forms = {name: set() for name in ENABLED}
    for block in [block for post in told for block in (post.body.config, post.body.parameters) if block]:
        matching = names.match(ENABLED, block)
        unknown = set(matching.unknown) - set(SWITCHED_OFF)
        missing = set(matching.missing) - {NEVER.name}
        assert matching.ambiguous == ()
        assert not (missing and unknown), f"{sorted(unknown)} in the place of {sorted(missing)}"
        for name, key in matching.keys.items():
            forms[name].add(key)
    observed(f"other forms of a name: {({name: keys for name, keys in forms.items() if keys - {name}}) or 'none'}")
    assert {name: keys for name, keys in forms.items() if len(keys) > 1} == {}


@verifies("payload/values-are-numbers")
def test_every_value_is_a_finite_number(boot, told):
    """Every parameter of every POST is a JSON number, none is NaN, Infinity, null or a text."""
    assert problems(told, lambda post: payload.not_numbers(post.body, post.body.parameters)) == []
    everything = [payload.read(request.body) for watched in boot for request in watched.requests]
    assert [found for body in everything for found in payload.not_finite(body)] == []


@verifies("boot/config-block")
def test_config_has_class_and_unit_of_every_parameter(told, config, listed):
    """The config block has class and unit of each enabled parameter, as configured or listed, and each telemetry key of the boot."""
    configured = [*CUSTOM, NEVER, *(parameter for pid in PROFILE.pids for parameter in pid.parameters)]
    own = listed | {parameter.name: (parameter.class_ or "none", parameter.unit or "none") for parameter in configured}
    keys = names.match(ENABLED, config).keys
    sent = {key for post in told for key in post.body.parameters if key not in SWITCHED_OFF}
    assert blocks.config_block(config, {keys.get(name, name): own[name] for name in ENABLED}, sent) == []


@verifies("boot/config-only-enabled")
def test_config_names_nothing_that_is_switched_off(config):
    """The config block names neither a parameter that is switched off nor one that is not configured."""
    assert sorted(names.match(SWITCHED_OFF, config).keys) == []
    assert [key for key in names.match(ENABLED, config).unknown if key not in SWITCHED_OFF] == []
