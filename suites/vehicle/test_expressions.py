"""Expressions of the user's own and of a car profile whose PIDs belong to three ECUs, over several answers."""

import random

import pytest

from rig.bench import CarProfile, CustomPid, ProfileParameter, ProfilePid
from rig.marks import control, verifies
from rig.oracle import truth

EXPRESSIONS = {
    "UNSIGNED": "B4", "LEADING_ZERO": "B05", "SIGNED": "S5", "TWO_BYTES": "[B4:B5]", "THREE_BYTES": "[B4:B6]", "FOUR_BYTES": "[B4:B7]",
    "TWO_SIGNED": "[S4:S5]", "FOUR_SIGNED": "[S4:S7]", "LOWEST_BIT": "B6:0", "A_BIT": "B6:3", "HIGHEST_BIT": "B6:7", "SUM": "B4+B5+1",
    "DIFFERENCE": "B4-B5", "FROM_THE_LEFT": "100-B4-B5", "PRODUCT": "B4*B6*0.5", "QUOTIENT": "B4/8", "FRACTION": "[B4:B5]/10",
    "QUOTIENTS": "B7/2/4", "MASK": "B5&15", "MASK_ABOVE": "(B5&240)/16", "RIGHT": "[B4:B5]>>3", "LEFT": "B6<<4",
    "PRECEDENCE": "10+B4*3-B5/2", "SUM_THEN_SHIFT": "B4+1<<2", "SHIFT_THEN_MASK": "[B6:B7]>>4&255",
    "PARENTHESES": "((B4+B5)*(B6-B7))/4", "FAHRENHEIT": "(B4-40)*1.8+32", "BLANKS": " B4 * 2 - B5 ",
}  # fmt: skip
LONG_EXPRESSIONS = {
    "ACROSS_FRAMES": "B6*65536+B9*256+B17", "LAST_BYTE": "B26/2", "FRAME_BY_FRAME": "[B5:B7]+[B9:B10]", "BIT_OF_A_FRAME": "B18:5",
}  # fmt: skip
SHORT = {name: CustomPid(name, f"22C1{at:02X}", text) for at, (name, text) in enumerate(EXPRESSIONS.items())}
LONG = {name: CustomPid(name, f"22C2{at:02X}", text) for at, (name, text) in enumerate(LONG_EXPRESSIONS.items())}
CUSTOM = (*SHORT.values(), *LONG.values())
"""A PID for each, with the same answer."""
DATA = ("00000000", "FFFFFFFF", "80FE7F01")
PROFILE_ECUS = {"battery": (0x7E2, 0x7EA), "charger": (0x7E4, 0x7EC)}
PROFILE_PIDS = {
    "battery": ProfilePid(
        "2101",
        (
            ProfileParameter("SOC", "B09/2", "%"),
            ProfileParameter("CURRENT", "([S10:S11])*0.1", "A"),
            ProfileParameter("CELL", "B17/50", "V"),
        ),
        init="ATCRA7EA;ATSH7E2;",
    ),
    "charger": ProfilePid(
        "22D001",
        (ProfileParameter("PLUGGED", "B4:2"), ProfileParameter("VOLTS", "[B5:B6]/10", "V")),
        init="ATSH7E4;ATCRA7EC;ATFCSH7E4;ATFCSD300000;ATFCSM1;",
    ),
    "engine": ProfilePid("2101", (ProfileParameter("TORQUE", "[B3:B4]-500", "Nm"),), init="ATFCSM0;ATCRA7E8;ATSH7E0;"),
}
OWN_INIT = "ATTP6;ATSH7E0;ATCRA7E8;ATFCSM0;"
"""Before the user's own PIDs, so that nothing which the profile sets stays in force for them."""


@pytest.fixture(scope="module")
def chance(pytestconfig):
    """Bytes that differ from run to run and come again with the run's seed."""
    return random.Random(pytestconfig.getoption("rig_seed"))


@pytest.fixture(scope="module")
def ecus(bench):
    """Every ECU by name; each knows what belongs to the others, too, and answers it with other bytes."""
    return {"engine": bench.vehicle.engine} | {name: bench.vehicle.add_ecu(name, *ids) for name, ids in PROFILE_ECUS.items()}


def set_answers(ecus, short, chance):
    """The engine's answer of four bytes, and longer ones of every ECU by chance."""
    long = chance.randbytes(24)
    for pid in CUSTOM:
        ecus["engine"].set_answer(pid.pid, long if pid.name in LONG else bytes.fromhex(short))
    for ecu in ecus.values():
        ecu.set_answer("2101", chance.randbytes(5 if ecu is ecus["engine"] else 20))
        ecu.set_answer("22D001", chance.randbytes(4))


@pytest.fixture(scope="module")
def boot(bench, ecus, chance):
    set_answers(ecus, DATA[0], chance)
    return bench.boot(parameters=CUSTOM, car=CarProfile(tuple(PROFILE_PIDS.values())), initialisation=OWN_INIT, plain=bench.destination())


@pytest.fixture(scope="module")
def everything(telling, boot, ecus):
    own = [truth.Reading.expressed(pid.pid, pid, ecus["engine"]) for pid in CUSTOM]
    profile = [
        truth.Reading.expressed(pid.pid, parameter, ecus[name]) for name, pid in PROFILE_PIDS.items() for parameter in pid.parameters
    ]
    return telling(boot.plain, own + profile)


@pytest.fixture(scope="module")
def wrong(bench, boot, ecus, chance, everything):
    """What was wrong in the POST of each answer, by parameter."""
    found = everything.wrong(everything.after(boot.gone_ns))
    for short in (*DATA[1:], chance.randbytes(4).hex()):
        bench.event("stimulus", f"the engine answers with {short}")
        set_answers(ecus, short, chance)
        found += everything.wrong(everything.after(bench.now_ns()))
    return found


@control("vehicle/custom-expressions", "vehicle/profile-pids")
def test_the_car_was_asked_for_everything(bench, boot, wrong):
    assert boot.plain.wait_for_requests(6)


@verifies("vehicle/custom-expressions")
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_is_applied_to_the_bytes(ecus, everything, wrong, observed, name):
    """After each of four answers the value is what the expression makes of the bytes."""
    observed(f"{EXPRESSIONS[name]}, last of {ecus['engine'].value(SHORT[name].pid).hex(' ')}")
    everything.only(name).expect_none(wrong)


@verifies("vehicle/custom-expressions")
@pytest.mark.parametrize("name", LONG_EXPRESSIONS)
def test_an_expression_counts_bytes_over_several_frames(everything, wrong, observed, name):
    """After each of four answers of four frames the value is what the expression makes of the bytes, counted frame by frame."""
    observed(LONG_EXPRESSIONS[name])
    everything.only(name).expect_none(wrong)


@verifies("vehicle/custom-expressions")
def test_no_post_had_another_value_of_an_expression(everything, wrong):
    """In every POST of the boot each value is one of the answers since the poll before."""
    own = everything.only(*EXPRESSIONS, *LONG_EXPRESSIONS)
    own.expect_none(own.untrue(own.told()))


@verifies("vehicle/profile-pids")
@pytest.mark.parametrize("name", PROFILE_PIDS)
def test_parameters_of_a_profile_have_their_ecus_values(everything, wrong, name):
    """Each parameter of a profile, several of one PID included, has what its expression makes of the answer of its own ECU."""
    everything.only(*(parameter.name for parameter in PROFILE_PIDS[name].parameters)).expect_none(wrong)


@verifies("vehicle/profile-pids")
def test_no_post_had_another_value_of_a_profile(everything, wrong):
    """In every POST of the boot each value is one of the answers of the parameter's own ECU since the poll before."""
    profile = everything.only(*(parameter.name for pid in PROFILE_PIDS.values() for parameter in pid.parameters))
    profile.expect_none(profile.untrue(profile.told()))


@verifies("vehicle/profile-pids")
def test_each_pid_of_a_profile_is_asked_from_the_ecu_its_init_names(boot, ecus, wrong):
    """Requests for the profile's PIDs go to the id that the init string of the PID names, and to no other."""
    heard = {name: [request for request in ecu.requests if request.stamp_ns > boot.on_the_bus_ns] for name, ecu in ecus.items()}
    asked = {name: {(request.can_id, request.data.hex()) for request in requests} for name, requests in heard.items()}
    assert asked["battery"] == {(0x7E2, "2101")}
    assert asked["charger"] == {(0x7E4, "22d001")}
    assert asked["engine"] == {(0x7E0, "2101"), *((0x7E0, pid.pid.lower()) for pid in CUSTOM)}
