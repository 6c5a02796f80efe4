"""Limits of parameters, and expressions that give no value; every answer of the car is a good one."""

import pytest

from rig.bench import CarProfile, CustomPid, ProfileParameter, ProfilePid, expect_polls, polled
from rig.marks import control, verifies
from rig.oracle import truth

LIMITED = {
    "22C120": CustomPid("BOTH", "22C120", "B4", minimum=10, maximum=100),
    "22C121": CustomPid("ONLY_MINIMUM", "22C121", "B4-100", minimum=-50),
    "22C122": CustomPid("ONLY_MAXIMUM", "22C122", "B4", maximum=100),
    "22C123": CustomPid("FRACTIONS", "22C123", "[B4:B5]/10", minimum=0.5, maximum=99.5),
}
IN_PROFILE = ProfilePid("22C124", (ProfileParameter("IN_PROFILE", "B4", minimum=20, maximum=120),), init="ATSH7E0;")
HEALTHY = CustomPid("HEALTHY", "22C110", "[B4:B5]")
ERRORS = {
    "division by zero": "100/(B4-B4)", "unknown word": "B4+speed", "open parenthesis": "(B4+1", "closing parenthesis": "B4+1)",
    "a byte beyond a short answer": "B20", "a range beyond a short answer": "[B6:B9]", "a byte beyond a long answer": "B60",
}  # fmt: skip
FAILING = {name: CustomPid(f"ERROR_{at}", f"22C13{at}", text) for at, (name, text) in enumerate(ERRORS.items())}
"""Each has a PID of its own, with an answer as healthy as any."""
BY_DATA = CustomPid("SOMETIMES", "22C112", "1000/B4")
PHASES = (
    {"22C120": "C8", "22C121": "0A", "22C122": "65", "22C123": "03E8", "22C124": "13", "22C112": "00"},
    {"22C120": "32", "22C121": "78", "22C122": "14", "22C123": "01F4", "22C124": "50", "22C112": "08"},
    {"22C120": "05", "22C121": "31", "22C122": "FF", "22C123": "0004", "22C124": "79", "22C112": "00"},
    {"22C120": "3C", "22C121": "82", "22C122": "28", "22C123": "0259", "22C124": "15", "22C112": "0A"},
)
"""Answers outside the limits (or to divide by) and inside, in turn."""


def set_phase(engine, at):
    """Every answer of a phase."""
    for asked, data in PHASES[at].items():
        engine.set_answer(asked, bytes.fromhex(data))
    short, long = bytes([0x10 + at, 0x77, 5, 0x20 + at]), bytes(range(0x40 + at, 0x60 + at))
    engine.set_answer(HEALTHY.pid, short)
    for name, pid in FAILING.items():
        engine.set_answer(pid.pid, long if "long" in name else short)


@pytest.fixture(scope="module")
def boot(bench):
    set_phase(bench.vehicle.engine, 0)
    return bench.boot(
        parameters=(HEALTHY, *FAILING.values(), BY_DATA, *LIMITED.values()),
        car=CarProfile((IN_PROFILE,)),
        initialisation="ATTP6;ATSH7E0;ATCRA7E8;",
        plain=bench.destination(),
    )


@pytest.fixture(scope="module")
def everything(bench, telling, boot):
    own = [truth.Reading.expressed(pid.pid, pid, bench.vehicle.engine) for pid in (HEALTHY, *FAILING.values(), BY_DATA, *LIMITED.values())]
    return telling(boot.plain, [*own, truth.Reading.expressed(IN_PROFILE.pid, IN_PROFILE.parameters[0], bench.vehicle.engine)])


@pytest.fixture(scope="module")
def after(bench, boot, everything):
    """The POST that owes what each phase answers, with what is wrong in it."""
    first = everything.after(boot.gone_ns)
    found = [(everything.shown(first), everything.wrong(first))]
    for at in range(1, len(PHASES)):
        bench.event("stimulus", "answers that give values" if at % 2 else "answers that give none")
        set_phase(bench.vehicle.engine, at)
        post = everything.after(bench.now_ns())
        found.append((everything.shown(post), everything.wrong(post)))
    return found


@control("vehicle/min-max", "vehicle/expression-errors")
def test_the_car_is_asked_and_posts_come(bench, boot):
    assert polled(bench.vehicle, [HEALTHY.pid, *(pid.pid for pid in FAILING.values()), *LIMITED], boot.gone_ns)
    assert boot.plain.wait_for_requests(4)


@verifies("vehicle/expression-errors")
def test_other_pids_are_asked_for_again(bench, boot):
    """A PID beside those whose expressions fail is asked for again and again."""
    assert expect_polls(bench.vehicle, HEALTHY.pid, 4, boot.gone_ns)


@verifies("vehicle/min-max")
@pytest.mark.parametrize("name", [*(pid.name for pid in LIMITED.values()), "IN_PROFILE"])
def test_a_value_outside_the_limits_is_never_sent(everything, after, name):
    """No POST has a value outside the parameter's minimum and maximum, or one that the car has not answered."""
    limited = everything.only(name)
    assert limited.never_answered(limited.told()) == []


@verifies("vehicle/min-max")
@pytest.mark.parametrize("name", [*(pid.name for pid in LIMITED.values()), "IN_PROFILE"])
def test_a_value_that_comes_back_inside_is_sent(everything, after, name):
    """After each answer outside the limits the next one inside is sent."""
    everything.only(name).expect_none([one for _, wrong in after[1::2] for one in wrong])


@verifies("vehicle/expression-errors")
@pytest.mark.parametrize("name", ERRORS)
def test_an_expression_that_cannot_be_evaluated_gives_no_value(everything, after, observed, name):
    """In no POST is there a value of the expression."""
    observed(ERRORS[name])
    failing = everything.only(FAILING[name].name)
    assert failing.never_answered(failing.told()) == []


@verifies("vehicle/expression-errors")
def test_an_expression_that_can_be_evaluated_sometimes_has_true_values_only(everything, after):
    """Divided by zero there is no value, or the last true one; divided by others the quotient."""
    sometimes = everything.only(BY_DATA.name)
    assert sometimes.never_answered(sometimes.told()) == []
    sometimes.expect_none([one for _, wrong in after[1::2] for one in wrong])


@verifies("vehicle/expression-errors")
def test_other_parameters_go_on(everything, after):
    """A parameter beside them has its true value in every phase."""
    everything.only(HEALTHY.name).expect_none([one for _, wrong in after for one in wrong])
