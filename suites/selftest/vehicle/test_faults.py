"""Each fault, frame by frame, beside the healthy answer that it differs from."""

import time
from itertools import pairwise

import pytest

import rig.vehicle
from rig.errors import UsageError
from rig.vehicle import (
    CutOff,
    Duplicated,
    FaultScript,
    ForeignEcu,
    Gap,
    IgnoresFlowControl,
    Late,
    MisnumberedFrame,
    Negative,
    NoAnswer,
    PendingThenAnswer,
    RepeatedFrame,
    SkippedFrame,
    SwappedFrames,
    TooShort,
    WrongPid,
)
from rig.vehicle.delivery import Delivery

HEALTHY = [(0x7E8, "04410c1af8aaaaaa")]
FIRST, ONE, TWO, THREE = (
    (0x7E8, "101762d001000102"),
    (0x7E8, "2103040506070809"),
    (0x7E8, "220a0b0c0d0e0f10"),
    (0x7E8, "23111213aaaaaaaa"),
)


@pytest.fixture(autouse=True)
def long(engine):
    engine.set_did("D001", bytes(range(20)))


def test_without_a_fault_the_answer_is_healthy(tester):
    assert tester.answers() == HEALTHY
    assert tester.transfer("22D001") == [FIRST, ONE, TWO, THREE]


@pytest.mark.parametrize(
    ("fault", "frames"),
    [
        (NoAnswer(), []),
        (Negative(0x11), [(0x7E8, "037f0111aaaaaaaa")]),
        (TooShort(1), [(0x7E8, "03410c1aaaaaaaaa")]),
        (TooShort(9), [(0x7E8, "0141aaaaaaaaaaaa")]),
        (WrongPid("0D"), [(0x7E8, "04410d1af8aaaaaa")]),
        (ForeignEcu(0x7E9), [(0x7E9, "04410c1af8aaaaaa")]),
        (ForeignEcu(0x18DAF111), [(0x18DAF111, "04410c1af8aaaaaa")]),
        (Duplicated(), HEALTHY * 2),
        (Duplicated(3), HEALTHY * 3),
        (PendingThenAnswer(0.05), [(0x7E8, "037f0178aaaaaaaa"), *HEALTHY]),
        (PendingThenAnswer(0.05, 3), [(0x7E8, "037f0178aaaaaaaa")] * 3 + HEALTHY),
        (SkippedFrame(), HEALTHY),
        (Gap(0.1), HEALTHY),
        (IgnoresFlowControl(), HEALTHY),
    ],
    ids=repr,
)
def test_single_frames(engine, tester, fault, frames):
    engine.behave("010C", fault)
    assert tester.answers(count=len(frames)) == frames


@pytest.mark.parametrize(
    ("fault", "frames"),
    [
        (SkippedFrame(), [FIRST, TWO, THREE]),
        (SkippedFrame(3), [FIRST, ONE, TWO]),
        (RepeatedFrame(2), [FIRST, ONE, TWO, TWO, THREE]),
        (MisnumberedFrame(), [FIRST, (0x7E8, "2203040506070809"), TWO, THREE]),
        (MisnumberedFrame(2, -2), [FIRST, ONE, (0x7E8, "200a0b0c0d0e0f10"), THREE]),
        (SwappedFrames(), [FIRST, TWO, ONE, THREE]),
        (CutOff(), [FIRST]),
        (CutOff(2), [FIRST, ONE, TWO]),
        (IgnoresFlowControl(), [FIRST, ONE, TWO, THREE]),
        (Gap(0.02), [FIRST, ONE, TWO, THREE]),
        (TooShort(2), [(0x7E8, "101562d001000102"), ONE, TWO, (0x7E8, "2311aaaaaaaaaaaa")]),
        (WrongPid("D002"), [(0x7E8, "101762d002000102"), ONE, TWO, THREE]),
    ],
    ids=repr,
)
def test_long_answers(engine, tester, fault, frames):
    engine.behave("22D001", fault)
    assert tester.transfer("22D001", count=len(frames)) == frames
    engine.behave("22D001")
    assert tester.transfer("22D001") == [FIRST, ONE, TWO, THREE]


def test_a_fault_that_needs_no_flow_control_gets_none(engine, tester):
    engine.behave("22D001", IgnoresFlowControl())
    assert tester.answers("22D001", 0x7E0) == [FIRST, ONE, TWO, THREE]


def test_a_gap_lies_between_consecutive_frames(engine, tester):
    engine.behave("22D001", Gap(0.05))
    tester.ask("22D001", 0x7E0)
    tester.send(0x7E0, "300000")
    stamps = [(tester.next(), time.monotonic())[1] for _ in range(3)]
    assert stamps[-1] - stamps[0] >= 0.09
    assert all(later - earlier >= 0.03 for earlier, later in pairwise(stamps))


def test_a_gap_and_no_flow_control_go_together(engine, tester):
    engine.behave("22D001", Gap(0.02), IgnoresFlowControl())
    tester.request("22D001", 0x7E0)
    tester.send(0x7E0, "320000")  # no room: it does not care
    assert tester.take(4) == [FIRST, ONE, TWO, THREE]


def test_a_foreign_ecu_takes_its_own_flow_control(engine, tester):
    engine.behave("22D001", ForeignEcu(0x7EB))
    assert tester.ask("22D001", 0x7E0) == (0x7EB, FIRST[1])
    tester.send(0x7E3, "300000")
    assert tester.rest() == [(0x7EB, data) for _, data in (ONE, TWO, THREE)]


def test_late(engine, tester):
    engine.behave("010C", Late(0.2))
    start = time.monotonic()
    assert tester.answers(count=1) == HEALTHY
    assert time.monotonic() - start >= 0.2


def test_a_late_answer_comes_although_the_next_request_is_there(engine, tester):
    engine.behave("010C", Late(0.2), times=1)
    engine.set("0D", 50)
    assert tester.answers("010C") == []
    assert tester.ask("010D") == (0x7E8, "03410d32aaaaaaaa")
    assert tester.next() == HEALTHY[0]


def test_pending_frames_are_spread_over_the_wait(engine, tester):
    engine.behave("010C", PendingThenAnswer(0.3, 3))
    start = time.monotonic()
    stamps = [(tester.ask("010C") if number == 0 else tester.next(), time.monotonic() - start)[1] for number in range(4)]
    assert all(stamp >= due for stamp, due in zip(stamps, [0, 0.1, 0.2, 0.3], strict=True))
    assert stamps[1] < 0.2


def test_faults_apply_in_the_order_given(engine, tester):
    engine.behave("010C", WrongPid("0D"), TooShort(1), Duplicated())
    assert tester.answers() == [(0x7E8, "03410d1aaaaaaaaa")] * 2


def test_only_requests_of_the_prefix_are_spoilt_and_the_longest_counts(engine, tester):
    engine.behave(None, NoAnswer())
    engine.behave("01", Negative(0x21))
    engine.behave("010D", Duplicated())
    assert tester.answers("22F190") == []
    assert tester.answers("0105") == [(0x7E8, "037f0121aaaaaaaa")]
    assert len(tester.answers("010D")) == 2
    engine.mend()
    assert tester.answers() == HEALTHY


def test_times_counts_requests(engine, tester):
    engine.behave("010C", NoAnswer(), times=2)
    assert [len(tester.answers()) for _ in range(3)] == [0, 0, 1]
    assert len(engine.requests) == 3


def test_silence_and_back(vehicle, engine, tester):
    engine.behave("010C", Duplicated())
    engine.silent()
    assert tester.answers() == []
    engine.speak()
    assert len(tester.answers()) == 2
    vehicle.silent()
    tester.request("010D")
    assert engine.wait_for_request(lambda request: request.data == b"\x01\x0d", 3)
    vehicle.speak()
    assert len(tester.answers("010D")) == 1
    assert len(engine.requests) == 4


def deal(script, count):
    return [script.alter(b"\x01\x0c", [Delivery(b"\x41\x0c\x1a\xf8")]) for _ in range(count)]


def test_a_script_repeats_by_its_seed_and_replays_what_it_dealt():
    one, same, other = FaultScript(7), FaultScript(7), FaultScript(8)
    for script in (one, same, other):
        deal(script, 40)
    assert one.drawn == same.drawn != other.drawn
    assert None in one.drawn
    replayed = FaultScript.replay(one.drawn)
    assert deal(replayed, 41)[40] == [Delivery(b"\x41\x0c\x1a\xf8")]
    assert replayed.drawn[:40] == one.drawn


def test_the_repr_of_a_script_is_the_call_that_replays_it():
    script = FaultScript(3)
    deal(script, 30)
    replayed = eval(repr(script), vars(rig.vehicle))
    deal(replayed, 30)
    assert replayed.drawn == script.drawn


@pytest.mark.parametrize("share", [0, 1])
def test_the_share_of_a_script(share):
    script = FaultScript(1, share=share)
    deal(script, 20)
    assert {fault is not None for fault in script.drawn} == {bool(share)}


@pytest.mark.parametrize("options", [{"faults": ()}, {"share": 1.5}])
def test_a_script_that_cannot_draw_is_refused(options):
    with pytest.raises(UsageError):
        FaultScript(1, **options)


def test_a_script_on_the_bus(engine, tester):
    script = FaultScript(1, [NoAnswer(), Duplicated()], share=0.6)
    engine.behave(None, script)
    counts = [len(tester.answers()) for _ in range(12)]
    meant = {None: 1, NoAnswer(): 0, Duplicated(): 2}
    assert counts == [meant[fault] for fault in script.drawn]
    assert set(counts) == {0, 1, 2}
