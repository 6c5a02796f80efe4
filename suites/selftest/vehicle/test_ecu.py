"""An ECU on the bus: single frames, ISO-TP, addressing. The frames expected are written by hand."""

import time
from itertools import pairwise

import pytest

from rig.errors import UsageError
from rig.vehicle import OBD_11, OBD_29, Addressing, FlowControl, Gap, IgnoresFlowControl

TWENTY = bytes(range(20))
FIRST = (0x7E8, "101762d001000102")
SECOND = (0x7E8, "2103040506070809")
THIRD = (0x7E8, "220a0b0c0d0e0f10")
FOURTH = (0x7E8, "23111213aaaaaaaa")
WHOLE = [FIRST, SECOND, THIRD, FOURTH]


@pytest.fixture
def long(engine):
    engine.set_did("D001", TWENTY)
    return engine


@pytest.mark.parametrize(
    ("can_id", "sender"), [(0x7DF, 0x7E8), (0x7E0, 0x7E8), (0x18DB33F1, 0x18DAF110), (0x18DA10F1, 0x18DAF110)]
)
def test_a_value_is_answered_under_every_address(engine, tester, can_id, sender):
    engine.set("0C", 1726.0)
    assert tester.ask("010C", can_id) == (sender, "04410c1af8aaaaaa")


@pytest.mark.parametrize("frame", ["02010c", "02010c5555555555", "02010ccccccccccc"])
def test_any_filler_and_any_length_is_taken(tester, frame):
    tester.send(0x7DF, frame)
    assert tester.next() == (0x7E8, "04410c1af8aaaaaa")


@pytest.mark.parametrize(
    ("set_up", "request_", "expected"),
    [
        (lambda ecu: ecu.set("14", 0.45, 0), "0114", "0441145a80aaaaaa"),
        (lambda ecu: ecu.set("14", trim=-100), "0114", "0441145a00aaaaaa"),
        (lambda ecu: ecu.set("0c", 0), "010C", "04410c0000aaaaaa"),
        (lambda ecu: ecu.set_share("0C-EngineRPM", 0), "010C", "04410c0000aaaaaa"),
        (lambda ecu: ecu.set_share("0C-EngineRPM", 1), "010C", "04410cffffaaaaaa"),
        (lambda ecu: ecu.set_share("0C-EngineRPM", 0, steps=3), "010C", "04410c0003aaaaaa"),
        (lambda ecu: ecu.set_share("14-OxySensor1_STFT", 0.5), "0114", "0441145a80aaaaaa"),
        (lambda ecu: ecu.set_share("32-EvapSysVaporPres", 0), "0132", "0441328000aaaaaa"),
        (lambda ecu: ecu.set_raw("0C", b"\xff"), "010C", "03410cffaaaaaaaa"),
        (lambda ecu: ecu.set_did("F190", b"\x01\x02"), "22F190", "0562f1900102aaaa"),
        (lambda ecu: ecu.set_local("01", b"\x03"), "2101", "03610103aaaaaaaa"),
        (lambda ecu: ecu.set_answer("1A90", b"\x04"), "1A90", "035a9004aaaaaaaa"),
        (lambda ecu: ecu.set_answer("3E00", b""), "3E00", "027e00aaaaaaaaaa"),
    ],
)
def test_kinds_of_value(engine, tester, set_up, request_, expected):
    set_up(engine)
    assert tester.ask(request_, 0x7E0) == (0x7E8, expected)


@pytest.mark.parametrize(
    ("request_", "refusal"), [("0103", "037f0112aaaaaaaa"), ("22FFFF", "037f2231aaaaaaaa"), ("1003", "037f1011aaaaaaaa")]
)
def test_what_is_not_supported_is_refused_only_when_asked_alone(tester, request_, refusal):
    assert tester.answers(request_, 0x7E0) == [(0x7E8, refusal)]
    assert tester.answers(request_, 0x7DF) == []


def test_what_is_forgotten_is_no_longer_answered(engine, tester):
    engine.forget("0C")
    engine.forget("22F190")
    assert tester.ask("010C", 0x7E0) == (0x7E8, "037f0112aaaaaaaa")
    assert tester.ask("22F190", 0x7E0) == (0x7E8, "037f2211aaaaaaaa")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda ecu: ecu.set("0C", 20000),
        lambda ecu: ecu.set_share("0C-Speed", 0.5),
        lambda ecu: ecu.set("13", 1),
        lambda ecu: ecu.set("0D", 1, 2),
        lambda ecu: ecu.set_did("F19", b"\0"),
        lambda ecu: ecu.set_answer("", b"\0"),
        lambda ecu: ecu.set_did("F190", bytes(4001)),
        lambda ecu: ecu.behave("xy"),
    ],
)
def test_what_cannot_be_is_the_users_fault(engine, wrong):
    with pytest.raises(UsageError):
        wrong(engine)


# ISO 15765-2 ----------------------------------------------------------------------------------------------------------


def test_a_long_answer_waits_for_flow_control(long, tester):
    assert tester.ask("22D001", 0x7E0) == FIRST
    assert tester.rest() == []
    tester.send(0x7E0, "300000")
    assert tester.rest() == WHOLE[1:]


@pytest.mark.parametrize("can_id", [0x7E0, 0x7DF])
def test_flow_control_is_taken_on_either_address(long, tester, can_id):
    assert tester.ask("22D001", 0x7DF) == FIRST
    tester.send(can_id, "3000000000000000")
    assert tester.rest() == WHOLE[1:]


def test_29_bit_ids_carry_long_answers_too(long, tester):
    frames = tester.transfer("22D001", 0x18DA10F1)
    assert frames == [(0x18DAF110, data) for _, data in WHOLE]


def test_the_block_size_is_honoured(long, tester):
    tester.ask("22D001", 0x7E0)
    tester.send(0x7E0, "300200")
    assert tester.rest() == [SECOND, THIRD]
    tester.send(0x7E0, "300200")
    assert tester.rest() == [FOURTH]


def test_the_separation_time_is_honoured(long, tester):
    tester.ask("22D001", 0x7E0)
    tester.send(0x7E0, "30001E")  # 30 ms
    stamps = [(tester.next(), time.monotonic())[1] for _ in range(3)]
    assert stamps[-1] - stamps[0] >= 0.05
    assert all(later - earlier >= 0.015 for earlier, later in pairwise(stamps))


def test_wait_frames_are_honoured_and_overflow_ends_the_answer(long, tester):
    tester.ask("22D001", 0x7E0)
    tester.send(0x7E0, "310000")
    assert tester.rest() == []
    tester.send(0x7E0, "300000")
    assert tester.rest() == WHOLE[1:]
    tester.ask("22D001", 0x7E0)
    tester.send(0x7E0, "320000")
    tester.send(0x7E0, "300000")
    assert tester.rest() == []


def test_a_wait_frame_makes_the_second_longer(long, tester):
    tester.ask("22D001", 0x7E0)
    for flow_control in ("310000", "300000"):
        time.sleep(0.6)  # two of it are more than N_Bs
        tester.send(0x7E0, flow_control)
    assert tester.rest() == WHOLE[1:]


def test_without_flow_control_the_answer_is_dropped_after_a_second(long, tester):
    assert tester.ask("22D001", 0x7E0) == FIRST
    time.sleep(1.01)  # N_Bs is over for certain
    tester.send(0x7E0, "300000")
    assert tester.rest() == []
    assert tester.transfer("22D001") == WHOLE


def test_a_new_request_takes_the_place_of_an_answer_that_waits(long, tester):
    assert tester.ask("22D001", 0x7E0) == FIRST
    assert tester.answers("010C", 0x7E0) == [(0x7E8, "04410c1af8aaaaaa")]
    tester.send(0x7E0, "300000")
    assert tester.rest() == []


def test_an_answer_of_the_greatest_length_arrives(engine, tester):
    """4,003 bytes: 6 in the first frame, 571 consecutive frames of 7."""
    engine.set_did("D002", bytes(number % 251 for number in range(4000)))
    frames = tester.transfer("22D002")
    payload = bytes.fromhex(frames[0][1])[2:] + b"".join(bytes.fromhex(data)[1:] for _, data in frames[1:])
    assert frames[0][1].startswith("1fa362d002")
    assert [int(data[:2], 16) for _, data in frames[1:]] == [0x20 | number % 16 for number in range(1, 572)]
    assert payload[3:4003] == bytes(number % 251 for number in range(4000))


def test_a_long_request_is_taken_with_flow_control(engine, tester):
    engine.set_answer("22F190F191F192F193", b"\x01")
    tester.send(0x7E0, "100922F190F191F1")
    assert tester.next() == (0x7E8, "300000aaaaaaaaaa")
    tester.send(0x7E0, "2192F193")
    assert tester.next() == (0x7E8, "100a62f190f191f1")
    assert engine.requests[-1].data.hex() == "22f190f191f192f193"


def test_a_long_request_to_everybody_is_ignored(engine, tester):
    tester.send(0x7DF, "100922F190F191F1")
    assert tester.ask("010C") == (0x7E8, "04410c1af8aaaaaa")
    assert [request.data.hex() for request in engine.requests] == ["010c"]


@pytest.mark.parametrize("junk", ["", "00", "0f01", "08010c", "40010c", "2101", "30", "3f0000", "10", "1005"])
def test_junk_does_not_disturb(engine, tester, junk):
    tester.send(0x7E0, junk)
    tester.send(0x7DF, junk)
    assert tester.ask("010C") == (0x7E8, "04410c1af8aaaaaa")


def test_flow_control_is_kept(long, tester, until):
    tester.transfer("22D001", flow_control="300A14")
    (kept,) = long.flow_controls
    assert kept == FlowControl(kept.stamp_ns, 0x7E0, 0, 10, 20)


# Addressing -----------------------------------------------------------------------------------------------------------


def test_requests_to_another_ecu_are_not_answered(tester):
    assert tester.answers("010C", 0x7E1) == []
    assert tester.answers("010C", 0x7E8) == []


def test_several_ecus_answer_a_functional_request_and_one_a_physical(vehicle, tester):
    gearbox = vehicle.add_ecu("gearbox", 0x7E1, 0x7E9)
    gearbox.set("0C", 0)
    assert sorted(tester.answers("010C")) == [(0x7E8, "04410c1af8aaaaaa"), (0x7E9, "04410c0000aaaaaa")]
    assert tester.answers("010C", 0x7E1) == [(0x7E9, "04410c0000aaaaaa")]
    asked = [(request.ecu, request.functional) for request in vehicle.requests if request.ecu != "marker"]
    assert asked == [("engine", True), ("gearbox", True), ("gearbox", False)]
    assert list(vehicle.ecus) == ["engine", "marker", "gearbox"]


def test_an_ecu_outside_the_range_of_obd_is_asked_alone(vehicle, tester):
    battery = vehicle.add_ecu("battery", 0x79B, 0x7BB)
    battery.set_local("01", TWENTY)
    assert tester.answers("2101", 0x7DF) == []
    assert tester.transfer("2101", 0x79B)[0] == (0x7BB, "1016610100010203")
    assert not any(request.functional for request in battery.requests)


def test_29_bit_ecus_take_functional_requests(vehicle, tester):
    gearbox = vehicle.add_ecu("gearbox", 0x18DA18F1, 0x18DAF118)
    gearbox.set("0D", 50)
    assert set(tester.answers("010D", 0x18DB33F1)) == {(0x18DAF110, "03410d32aaaaaaaa"), (0x18DAF118, "03410d32aaaaaaaa")}


def test_extended_addressing(vehicle, tester):
    """As BMW uses it: the first byte of a request names the ECU, that of an answer the tester."""
    battery = vehicle.add_ecu("battery", 0x6F1, 0x607, address_bytes=(0x07, 0xF1))
    battery.set_did("DDBC", bytes(range(8)))
    tester.send(0x6F1, "070322DDBC")
    assert tester.next() == (0x607, "f1100b62ddbc0001")
    tester.send(0x6F1, "0630000000")  # for another ECU, as is the next
    tester.send(0x6F1, "060322DDBC")
    assert tester.rest() == []
    tester.send(0x6F1, "0730000000")
    assert tester.next() == (0x607, "f121020304050607")
    tester.send(0x6F1, "060322DDBC")
    assert tester.rest() == []


def test_a_name_is_given_once(vehicle):
    with pytest.raises(UsageError, match="gearbox"):
        [vehicle.add_ecu("gearbox", 0x7E1, 0x7E9) for _ in range(2)]


def test_an_ecu_may_leave(vehicle, tester):
    vehicle.remove_ecu(vehicle.add_ecu("gearbox", 0x7E1, 0x7E9))
    assert tester.answers("010C", 0x7E1) == []


def test_an_ecu_that_leaves_takes_its_answer_with_it(vehicle, tester):
    gearbox = vehicle.add_ecu("gearbox", 0x7E1, 0x7E9)
    gearbox.set_did("D001", TWENTY)
    gearbox.behave(None, Gap(0.05), IgnoresFlowControl())
    assert len(tester.answers("22D001", 0x7E1, count=2)) == 2
    vehicle.remove_ecu(gearbox)
    time.sleep(0.06)  # the next frame would be due
    assert tester.rest() == []


def test_a_car_may_speak_29_bit_only(vehicle, tester):
    vehicle.readdress(vehicle.engine, OBD_29)
    assert tester.answers("010C") == []
    assert tester.ask("010C", 0x18DB33F1) == (0x18DAF110, "04410c1af8aaaaaa")
    vehicle.readdress(vehicle.engine, OBD_11, Addressing(0x700, 0x708))
    assert tester.ask("010C", 0x700) == (0x708, "04410c1af8aaaaaa")


@pytest.mark.parametrize(("padding", "expected"), [(None, "04410c1af8"), (0, "04410c1af8000000"), (0x55, "04410c1af8555555")])
def test_filler(vehicle, tester, padding, expected):
    vehicle.readdress(vehicle.engine, padding=padding)
    assert tester.ask("010C") == (0x7E8, expected)


def test_latency(engine, tester):
    engine.latency_s = 0.1
    start = time.monotonic()
    assert tester.ask("010C") == (0x7E8, "04410c1af8aaaaaa")
    assert 0.1 <= time.monotonic() - start < 0.5
