"""Answers of several frames: whole ones at any pace, then broken ones. No two answers of the engine are alike."""

import random

import pytest

from rig.bench import CustomPid, CutOff, FaultScript, Gap, MisnumberedFrame, RepeatedFrame, SkippedFrame, SwappedFrames, wait_for_polls
from rig.marks import control, verifies
from rig.oracle import truth

PERIOD_MS = 500
ACROSS = "B5*65536+B12*256+B20"
LENGTHS = {"22C200": 5, "22C201": 20, "22C202": 120}
"""Data bytes of the answers: the shortest that needs a second frame, four frames, and so many that frame numbers begin anew."""
WHOLE = (
    CustomPid("TWO_FRAMES", "22C200", "[B5:B6]*256+B9", period_ms=PERIOD_MS),
    CustomPid("FOUR_FRAMES", "22C201", ACROSS, period_ms=PERIOD_MS),
    CustomPid("EIGHTEEN_FRAMES", "22C202", "B7*65536+B129*256+B140", period_ms=PERIOD_MS),
)
BROKEN = CustomPid("BROKEN", "22C210", ACROSS, period_ms=PERIOD_MS)
BESIDE = CustomPid("BESIDE", "22C211", "[B4:B5]", period_ms=PERIOD_MS)
GAPS_S = (0.0, 0.12)
FAULTS = (
    SkippedFrame(1), SkippedFrame(2), RepeatedFrame(1), RepeatedFrame(2), MisnumberedFrame(1), MisnumberedFrame(2, by=15),
    SwappedFrames(1), CutOff(1),
)  # fmt: skip
RANDOM_POLLS = 6


@pytest.fixture(scope="module")
def seed(pytestconfig):
    return pytestconfig.getoption("rig_seed")


@pytest.fixture(scope="module")
def boot(bench, seed):
    chance, engine = random.Random(seed), bench.vehicle.engine
    for asked, length in (LENGTHS | {"22C210": 20, "22C211": 2}).items():
        engine.set_answer(asked, lambda length=length: chance.randbytes(length))
    return bench.boot(parameters=(*WHOLE, BROKEN, BESIDE), initialisation="ATTP6;ATSH7E0;ATCRA7E8;", plain=bench.destination())


@pytest.fixture(scope="module")
def everything(bench, telling, boot):
    return telling(boot.plain, [truth.Reading.expressed(pid.pid, pid, bench.vehicle.engine) for pid in (*WHOLE, BROKEN, BESIDE)])


@pytest.fixture(scope="module")
def paced(bench, boot, everything):
    """The POST that owes what was answered at each pace."""
    told = {}
    for gap_s in GAPS_S:
        bench.event("stimulus", f"{gap_s * 1000:g} ms between consecutive frames")
        for pid in WHOLE:
            bench.vehicle.engine.behave(pid.pid, Gap(gap_s / 5 if pid is WHOLE[-1] else gap_s))
        told[gap_s] = everything.after(bench.now_ns())
    return told


@control("vehicle/multi-frame", "vehicle/broken-iso-tp")
def test_single_frames_are_asked_for_and_told(bench, boot):
    wait_for_polls(bench.vehicle, BESIDE.pid, 2, boot.gone_ns)
    assert boot.plain.wait_for_requests(4)


@verifies("vehicle/multi-frame")
@pytest.mark.parametrize("gap_s", GAPS_S)
@pytest.mark.parametrize("name", [pid.name for pid in WHOLE])
def test_an_answer_of_several_frames_is_assembled(everything, paced, name, gap_s):
    """Without and with gaps between the frames, in answers of 2, 4 and 18 frames the value is that of one of the latest answers."""
    whole = everything.only(name)
    assert name in whole.shown(paced[gap_s]), "no value at all"
    whole.expect_none(whole.untrue([paced[gap_s]]))


@verifies("vehicle/multi-frame")
def test_no_post_had_a_value_that_was_not_answered(bench, everything, paced):
    """In every POST so far each value is that of an answer since the poll before."""
    whole = everything.only(*(pid.name for pid in WHOLE))
    whole.expect_none(whole.untrue(whole.told(until_ns=bench.now_ns())))


@verifies("vehicle/multi-frame")
def test_flow_control_goes_to_the_ecu(bench, boot):
    """After the first frame of each answer the device sends flow control, to the id of the ECU and to no other."""
    first_ns = wait_for_polls(bench.vehicle, "22C201", 3, boot.gone_ns)[2]
    sent = [control for control in bench.vehicle.engine.flow_controls if boot.on_the_bus_ns < control.stamp_ns < first_ns]
    assert sent, "none in answer to two first frames"
    assert {(f"{control.can_id:X}", control.status) for control in sent} <= {("7E0", 0), ("7E0", 1)}


@pytest.fixture(scope="module")
def broken(bench, boot, paced, seed):
    """Every fault once, after a whole answer; then faults by chance; then none. When that began and ended, and the faults by chance."""
    engine, since_ns = bench.vehicle.engine, bench.now_ns()
    each = FaultScript.replay([None, *FAULTS])
    by_chance = FaultScript(seed, FAULTS, share=0.6)
    for script, count in ((each, 1 + len(FAULTS)), (by_chance, RANDOM_POLLS)):
        bench.event("stimulus", f"{BROKEN.pid} is answered by {script!r}")
        engine.behave(BROKEN.pid, script)
        wait_for_polls(bench.vehicle, BROKEN.pid, count, bench.now_ns(), within_s=90)
    engine.behave(BROKEN.pid)
    bench.event("stimulus", "every answer is whole again")
    return since_ns, bench.now_ns(), by_chance


@verifies("vehicle/broken-iso-tp")
def test_a_broken_answer_never_becomes_a_value(everything, boot, broken, observed):
    """While frames are missing, repeated, misnumbered or swapped, every value in a POST is that of a whole answer."""
    since_ns, until_ns, by_chance = broken
    observed(f"by chance, after each fault once: {by_chance!r}")
    boot.plain.wait_for_requests_since(until_ns, 1)
    watched = everything.only(BROKEN.name)
    assert watched.never_answered(watched.told(since_ns)) == []


@verifies("vehicle/broken-iso-tp")
def test_after_broken_answers_a_whole_one_counts_again(everything, broken):
    """Once the answers are whole again, their values are told, and other parameters had theirs throughout."""
    post = everything.after(broken[1])
    everything.expect_none(everything.untrue([post]))
    assert {BROKEN.name, BESIDE.name} <= everything.shown(post).keys()
    beside = everything.only(BESIDE.name)
    beside.expect_none(beside.untrue(beside.told(broken[0])))
