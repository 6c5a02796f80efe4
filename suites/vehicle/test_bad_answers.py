"""Answers that are none: missing, negative, put off; then late, too short, for another PID, from elsewhere, twice.

Each PID has values of its own, which change when its answers go bad, so that no answer can pass for another one.
"""

import pytest

from rig.bench import (
    CarProfile,
    CustomPid,
    Duplicated,
    FaultScript,
    ForeignEcu,
    Late,
    Negative,
    NoAnswer,
    PendingThenAnswer,
    ProfileParameter,
    ProfilePid,
    StandardPid,
    TooShort,
    WrongPid,
    expect_polls,
    polled,
    wait_for_polls,
)
from rig.marks import control, verifies
from rig.oracle import truth, values

PERIOD_MS = 500
UNANSWERED = {
    "NO_ANSWER": ("22C301", NoAnswer()), "OUT_OF_RANGE": ("22C302", Negative(0x31)), "BUSY": ("22C303", Negative(0x21)),
    "COUNTED": ("21C31", Negative(0x12)), "11-ThrottlePosition": ("0111", NoAnswer()), "42-ControlModuleVolt": ("0142", Negative(0x12)),
}  # fmt: skip
PENDING = {
    "PUT_OFF": ("22C311", PendingThenAnswer(0.2)), "PUT_OFF_AGAIN": ("22C312", PendingThenAnswer(0.5, times=3)),
    "46-AmbientAirTemp": ("0146", PendingThenAnswer(0.2)),
}  # fmt: skip
REFUSABLE = {
    "TOO_SHORT": ("22C321", TooShort(1)), "FOR_ANOTHER": ("22C322", WrongPid("C3E0")), "FROM_ELSEWHERE": ("22C323", ForeignEcu(0x7EB)),
    "0C-EngineRPM": ("010C", TooShort(1)), "0B-IntakeManiAbsPress": ("010B", WrongPid("0D")),
}  # fmt: skip
"""Answers that hold no value; those of `TAKEABLE` hold the true one, which a device may take or leave."""
LATE = FaultScript.replay([Late(0.3), Late(0.7), Late(1.1)] * 20)
TAKEABLE = {"LATE": ("22C331", LATE), "TWICE": ("22C332", Duplicated(2))}
MIXED = CustomPid("MIXED", "22C341", "[B4:B5]", period_ms=PERIOD_MS)
ANY_BAD = (NoAnswer(), Negative(0x31), TooShort(1), WrongPid("C3E0"), ForeignEcu(0x7EC), Late(0.2), Duplicated(2))
STILL_TRUE = (type(None), Late, Duplicated)
GOOD = {"GOOD": ("22C351", None), "0D-VehicleSpeed": ("010D", None)}
FROM_THE_START = {
    "ALWAYS_SHORT": ("22C361", TooShort(1)), "ALWAYS_FOR_ANOTHER": ("22C362", WrongPid("C3E1")),
    "ALWAYS_FROM_ELSEWHERE": ("22C363", ForeignEcu(0x7ED)),
}  # fmt: skip
"""Never answered as they should be."""
KNOWN = UNANSWERED | PENDING | REFUSABLE | TAKEABLE | GOOD
CUSTOM = tuple(
    CustomPid(name, pid, "[B3:B4]" if pid.startswith("21") else "[B4:B5]", period_ms=PERIOD_MS)
    for name, (pid, _) in (KNOWN | FROM_THE_START).items()
    if not pid.startswith("01")
)
STANDARD = tuple(name for name, (pid, _) in KNOWN.items() if pid.startswith("01"))
NEVER = CustomPid("UNKNOWN_TO_ECU", "22C3F1", "[B4:B5]", period_ms=PERIOD_MS)
NOBODY = ProfilePid(
    "22C3F3", (ProfileParameter("NOBODY_1", "B4", period_ms=PERIOD_MS), ProfileParameter("NOBODY_2", "B5", period_ms=PERIOD_MS)), "ATSH7E2;"
)
"""From the boot on without an answer: refused, and asked from an ECU that is not there."""


def request_of(pid):
    """The request without the count of expected frames that may follow it."""
    return pid[: len(pid) // 2 * 2]


def set_answers(engine, phase):
    """Other values in each phase, in both bytes."""
    for at, pid in enumerate(CUSTOM):
        engine.set_answer(request_of(pid.pid), (2000 * (at + 1) + 266 * phase).to_bytes(2, "big"))
    for at, name in enumerate(STANDARD):
        engine.set_share(name, 0.2 + 0.07 * at + 0.041 * phase)


def go_bad(bench, phase, spoilt):
    """New values, which come with faults. The moment up to which the old ones were answered as they should be."""
    good_until_ns = bench.now_ns()
    bench.event("stimulus", "; ".join(f"{pid}: {fault!r}" for pid, fault in spoilt.values()))
    for pid, fault in spoilt.values():
        bench.vehicle.engine.behave(request_of(pid), fault)
    set_answers(bench.vehicle.engine, phase)
    return good_until_ns


def asked_often(bench, spoilt, since_ns, count):
    """Waits until the car was asked so often for each; the moment at which that is so."""
    for pid, _ in spoilt.values():
        wait_for_polls(bench.vehicle, request_of(pid), count, since_ns, within_s=90)
    return bench.now_ns()


@pytest.fixture(scope="module")
def by_chance(bench, pytestconfig):
    """Healthy and bad answers by chance, each with a number of its own, all through the boot."""
    script = FaultScript(pytestconfig.getoption("rig_seed"), ANY_BAD, share=0.6)
    bench.vehicle.engine.count(MIXED.pid, length=2, start=50_000)
    bench.vehicle.engine.behave(MIXED.pid, script)
    return script


@pytest.fixture(scope="module")
def boot(bench, by_chance):
    set_answers(bench.vehicle.engine, 0)
    for pid, fault in FROM_THE_START.values():
        bench.vehicle.engine.behave(pid, fault)
    return bench.boot(
        parameters=(*CUSTOM, MIXED, NEVER, *(StandardPid(name) for name in STANDARD)),
        car=CarProfile((NOBODY,)),
        initialisation="ATTP6;ATSH7E0;ATCRA;",
        plain=bench.destination(),
    )


@pytest.fixture(scope="module")
def everything(bench, telling, boot):
    engine = bench.vehicle.engine
    own = [truth.Reading.expressed(pid.pid, pid, engine) for pid in (*CUSTOM, MIXED, NEVER)]
    profile = [truth.Reading.expressed(NOBODY.pid, parameter, engine) for parameter in NOBODY.parameters]
    return telling(boot.plain, [*own, *profile, *(truth.Reading.standard(name, engine) for name in STANDARD)])


@pytest.fixture(scope="module")
def unanswered(bench, boot, everything):
    """Once all was told: no answers, refusals, answers put off. The moments between which that was, and the POST that owes the others."""
    everything.only(*KNOWN).after(boot.gone_ns)
    good_until_ns = go_bad(bench, 1, UNANSWERED | PENDING)
    changed_ns = bench.now_ns()
    until_ns = asked_often(bench, UNANSWERED | PENDING, changed_ns, 2)
    return good_until_ns, until_ns, everything.only(*PENDING, *GOOD).after(changed_ns)


@pytest.fixture(scope="module")
def bad(bench, everything, unanswered):
    """Once all is well again: answers that are none. The moments between which that was."""
    for pid, _ in (UNANSWERED | PENDING).values():
        bench.vehicle.engine.behave(request_of(pid))
    set_answers(bench.vehicle.engine, 2)
    everything.only(*KNOWN).after(bench.now_ns())
    good_until_ns = go_bad(bench, 3, REFUSABLE | TAKEABLE)
    return good_until_ns, asked_often(bench, REFUSABLE | TAKEABLE, good_until_ns, 4)


@control("vehicle/unanswered-pid", "vehicle/response-pending", "vehicle/bad-answers")
def test_a_healthy_car_is_asked(bench, boot):
    assert polled(bench.vehicle, ["22C301", "22C311", "22C321"], boot.gone_ns)
    assert boot.plain.wait_for_requests(4)


@verifies("vehicle/unanswered-pid")
def test_pids_beside_those_without_answer_are_asked_for_again(bench, boot):
    """Beside PIDs that were never answered, others are asked for again and again."""
    assert all(expect_polls(bench.vehicle, asked, 4, boot.gone_ns) for asked, _ in GOOD.values())


@verifies("vehicle/unanswered-pid")
@pytest.mark.parametrize("name", [NEVER.name, *(parameter.name for parameter in NOBODY.parameters)])
def test_what_was_never_answered_has_no_value(everything, unanswered, name):
    """A PID that is refused, or asked from an ECU that is not there, from the boot on, is in no POST."""
    never = everything.only(name)
    assert never.never_answered(never.told(until_ns=unanswered[1])) == []


@verifies("vehicle/unanswered-pid")
@pytest.mark.parametrize("name", UNANSWERED)
def test_what_is_not_answered_any_more_keeps_its_last_value_or_has_none(everything, unanswered, name):
    """Without an answer, or with a negative one, a PID has the last value that was answered, or none."""
    good_until_ns, until_ns, _ = unanswered
    gone = everything.only(name).as_of(good_until_ns)
    assert gone.never_answered(gone.told(good_until_ns, until_ns)) == []


@verifies("vehicle/unanswered-pid")
def test_other_pids_go_on(everything, unanswered):
    """PIDs beside those that are not answered have the values of now."""
    everything.expect_none(everything.only(*GOOD).wrong(unanswered[2]))


@verifies("vehicle/response-pending")
@pytest.mark.parametrize("name", PENDING)
def test_the_answer_after_response_pending_is_taken(everything, unanswered, name):
    """After 7F xx 78, once or three times, the value is that of the answer which follows within half a second."""
    everything.expect_none(everything.only(name).wrong(unanswered[2]))


@verifies("vehicle/response-pending")
@pytest.mark.parametrize("name", PENDING)
def test_response_pending_never_is_a_value(everything, unanswered, name):
    """No POST has another value than those that were answered."""
    pending = everything.only(name)
    assert pending.never_answered(pending.told(until_ns=unanswered[1])) == []


@verifies("vehicle/bad-answers")
@pytest.mark.parametrize("name", REFUSABLE)
def test_an_answer_that_is_too_short_or_anothers_is_no_value(everything, bad, name):
    """With answers too short, for another PID or from an ECU that was not asked a PID has the last true value, or none."""
    good_until_ns, until_ns = bad
    refusable = everything.only(name).as_of(good_until_ns)
    assert refusable.never_answered(refusable.told(good_until_ns, until_ns)) == []


@verifies("vehicle/bad-answers")
@pytest.mark.parametrize("name", FROM_THE_START)
def test_what_never_was_answered_well_has_no_value(boot, everything, bad, name):
    """A PID whose answers are too short, for another PID or from an ECU that was not asked, from the boot on, is in no POST."""
    never = everything.only(name).as_of(0)
    assert never.never_answered(never.told()) == []


@verifies("vehicle/bad-answers")
def test_no_bad_answer_becomes_the_value_of_any_pid(everything, bad):
    """With late and doubled answers and all the others on the bus, each PID has values that were answered for it, in every POST."""
    good_until_ns, until_ns = bad
    known = everything.only(*KNOWN)
    assert known.never_answered(known.told(good_until_ns, until_ns)) == []


@verifies("vehicle/bad-answers")
def test_among_bad_answers_by_chance_only_true_ones_become_values(bench, everything, bad, by_chance, observed):
    """With bad answers of any kind among good ones, each value in a POST is one that the ECU really answered."""
    observed(repr(by_chance))
    numbers = [int.from_bytes(change.data, "big") for change in bench.vehicle.engine.history if change.key == MIXED.pid]
    true = [number for number, drawn in zip(numbers, by_chance.drawn, strict=False) if isinstance(drawn, STILL_TRUE)]
    mixed = everything.only(MIXED.name)
    shown = [mixed.shown(post)[MIXED.name] for post in mixed.told() if MIXED.name in mixed.shown(post)]
    assert [value for value in shown if not values.is_one_of(value, true, bench.tolerance)] == []


@verifies("vehicle/bad-answers")
def test_good_answers_among_them_count(everything, bad):
    """PIDs that are answered well have their true values throughout."""
    good = everything.only(*GOOD)
    good.expect_none(good.untrue(good.told(bad[0], bad[1])))
