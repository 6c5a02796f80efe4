"""The vehicle as a whole: what it keeps, who may listen, how it starts over, and how it takes the loss of its bus."""

import os
import statistics
import threading
import time

import can
import pytest

from rig import clock
from rig.errors import BenchError
from rig.requirements import fixtures_folder
from rig.vehicle import Hub, NoAnswer, Vehicle, default_vehicle, read_vehicle


def asked(data):
    return lambda request: request.data == bytes.fromhex(data)


def test_requests_are_kept_with_stamp_address_and_kind(vehicle, engine, tester):
    before = clock.now_ns()
    tester.ask("010C")
    tester.ask("22F190", 0x7E0)
    first, second = engine.requests
    assert (first.data, first.can_id, first.functional, first.ecu) == (b"\x01\x0c", 0x7DF, True, "engine")
    assert (second.data, second.can_id, second.functional) == (b"\x22\xf1\x90", 0x7E0, False)
    assert before <= first.stamp_ns <= second.stamp_ns <= clock.now_ns()
    assert vehicle.requests == [first, second]
    assert "functional request 010c to engine on 7DF" in repr(first)


def test_a_request_that_is_there_is_found_at_once_and_one_to_come_is_waited_for(vehicle, engine, tester):
    tester.ask("010C")
    assert vehicle.wait_for_request(asked("010C"), 0) == engine.requests[0]
    later = threading.Timer(0.05, tester.request, ["010D"])
    later.start()
    assert engine.wait_for_request(asked("010D"), 3).stamp_ns > engine.requests[0].stamp_ns
    later.join()


def test_a_request_that_does_not_come_is_none_in_time(vehicle):
    start = time.monotonic()
    assert vehicle.wait_for_request(lambda _: True, 0.05) is None
    assert 0.05 <= time.monotonic() - start < 1


def test_frames_are_kept_in_order_own_answers_included(vehicle, tester):
    tester.ask("010C")
    (asked_ns, question), (answered_ns, answer) = vehicle.frames
    assert (question.arbitration_id, question.is_rx) == (0x7DF, True)
    assert (answer.arbitration_id, answer.is_rx) == (0x7E8, False)
    assert asked_ns < answered_ns
    assert abs(answer.timestamp - time.time()) < 5


def test_a_listener_hears_everything_until_it_is_taken_off(vehicle, tester):
    heard = []
    end = vehicle.subscribe(lambda stamp_ns, frame: heard.append((stamp_ns, frame)))
    tester.answers("010C")
    end()
    end()
    tester.answers("010C")
    assert [frame.arbitration_id for _, frame in heard[:2]] == [0x7DF, 0x7E8]
    assert heard == vehicle.frames[: len(heard)]
    assert len(heard) < len(vehicle.frames)


def test_a_candump_log_reads_back(vehicle, tester, tmp_path):
    path = tmp_path / "can.log"
    end = vehicle.log_to(path)
    tester.ask("010C")
    tester.ask("010C", 0x18DB33F1)
    end()
    tester.ask("010D")
    with can.LogReader(path) as log:
        frames = list(log)
    assert [frame.arbitration_id for frame in frames] == [0x7DF, 0x7E8, 0x18DB33F1, 0x18DAF110]
    assert frames[1].data.hex() == "04410c1af8aaaaaa"
    assert path.read_text().splitlines()[0].split()[1:3] == ["can0", "7DF#02010C0000000000"]


def test_a_log_ends_with_the_vehicle(hub, tester, tmp_path):
    with Vehicle(can.Bus(interface="rigbus", channel=hub.address)) as other:
        other.log_to(tmp_path / "can.log")
        tester.request("010C")
        assert other.wait_for_request(asked("010C"), 3)
    assert "7DF#02010C" in (tmp_path / "can.log").read_text()


def test_reset_gives_back_the_default_car(vehicle, engine, tester):
    engine.set("0C", 0)
    engine.set_did("D001", b"\1")
    engine.behave(None, NoAnswer())
    engine.silent()
    engine.latency_s = 1
    vehicle.add_ecu("gearbox", 0x7E1, 0x7E9)
    vehicle.readdress(engine, padding=0)
    vehicle.broadcast(0x123, b"\1", 0.01)
    vehicle.reset()
    tester.bus.recv(0.01)
    vehicle.reset()
    assert (vehicle.requests, vehicle.frames, engine.requests, list(vehicle.ecus)) == ([], [], [], ["engine"])
    assert vehicle.engine is engine
    assert "22D001" not in engine.supported
    assert tester.ask("010C") == (0x7E8, "04410c1af8aaaaaa")


def test_reset_may_make_another_car_of_it(vehicle, engine, tester):
    vehicle.reset(read_vehicle(fixtures_folder() / "vehicles" / "electric.toml"))
    assert list(vehicle.ecus) == ["engine", "battery", "charger"]
    assert engine.value("0C") is None
    first = tester.ask("2101", 0x7E4)
    assert first == (0x7EC, "103d6101ffffffff")
    tester.send(0x7E4, "300000")
    assert tester.next() == (0x7EC, "21ba1d2e26480300")
    assert tester.take(7)[-1] == (0x7EC, "28016200000000aa")


def test_reset_stops_what_is_under_way(vehicle, engine, tester):
    engine.set_did("D001", bytes(20))
    tester.ask("22D001", 0x7E0)
    engine.latency_s = 0.05
    tester.request("010C")
    assert engine.wait_for_request(asked("010C"), 3)
    vehicle.reset()
    tester.send(0x7E0, "300000")
    time.sleep(0.06)  # the dropped answer would be due
    assert tester.ask("010D") == (0x7E8, "03410d32aaaaaaaa")


def test_the_default_car_answers_what_its_fixture_says(engine):
    (fixture,) = default_vehicle().ecus
    assert set(engine.supported) == {f"01{pid}" for pid in fixture.values} | fixture.answers.keys()
    assert engine.value("0C") == bytes.fromhex("1AF8")
    assert engine.value("0902")[1:] == b"WICANRIG000000001"


def test_history_names_the_values_that_were_in_force(engine):
    start_ns = clock.now_ns()
    engine.set("0D", 60)
    engine.set("0D", 70)
    end_ns = clock.now_ns()
    assert engine.values_between("0D", start_ns, end_ns) == [b"\x32", b"\x3c", b"\x46"]
    assert [(change.key, change.data) for change in engine.history[-2:]] == [("010D", b"\x3c"), ("010D", b"\x46")]


def test_a_counter_never_repeats_itself(engine, tester):
    engine.count("22D00C", length=1, start=254)
    answers = [tester.ask("22D00C", 0x7E0)[1] for _ in range(3)]
    assert answers == ["0462d00cfeaaaaaa", "0462d00cffaaaaaa", "0462d00c00aaaaaa"]


def test_frames_may_be_sent_and_broadcast(vehicle, tester):
    vehicle.send(0x123, b"\x01\x02")
    vehicle.send(0x18FEF100, b"\x03")
    assert tester.take(2) == [(0x123, "0102"), (0x18FEF100, "03")]
    numbers = iter(range(256))
    end = vehicle.broadcast(0x321, lambda: bytes([next(numbers)]), 0.01)
    assert tester.take(3) == [(0x321, "00"), (0x321, "01"), (0x321, "02")]
    end()
    assert len(tester.rest()) <= 3
    assert tester.rest() == []


def test_values_may_change_while_requests_are_answered(engine, tester):
    """Every answer carries a value that was in force between its request and its arrival."""
    end = threading.Event()

    def turn():
        value = 0
        while not end.is_set():
            value = (value + 1) % 256
            engine.set("0D", value)
            time.sleep(0)

    thread = threading.Thread(target=turn)
    thread.start()
    seen = []
    for _ in range(100):
        start_ns = clock.now_ns()
        answer = bytes.fromhex(tester.ask("010D")[1])
        seen.append((answer[3:4], start_ns, clock.now_ns()))
    end.set()
    thread.join()
    assert all(value in engine.values_between("0D", *span) for value, *span in seen)


def test_a_bus_that_goes_is_the_benches_fault():
    with Hub() as short, Vehicle(can.Bus(interface="rigbus", channel=short.address)) as vehicle:
        threading.Timer(0.05, short.close).start()
        with pytest.raises(BenchError, match="bus is gone"):
            vehicle.engine.wait_for_request(lambda _: True, 5)
        with pytest.raises(BenchError, match="bus is gone"):
            vehicle.wait_for_request(lambda _: True, 5)
        vehicle.send(0x123, b"")
        vehicle.send(0x123, b"")
        assert vehicle.unsent >= 1
        assert "gone" in repr(vehicle)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_listener_that_fails_is_not_passed_over_in_silence(hub, tester):
    with Vehicle(can.Bus(interface="rigbus", channel=hub.address)) as vehicle:
        vehicle.subscribe(lambda *_: 1 / 0)
        tester.request("010C")
        with pytest.raises(BenchError, match="ZeroDivisionError"):
            vehicle.wait_for_request(lambda _: False, 5)


def test_leaving_ends_every_thread_and_is_no_failure(hub, until):
    before = threading.active_count()
    vehicle = Vehicle(can.Bus(interface="rigbus", channel=hub.address))
    with vehicle:
        assert threading.active_count() == before + 2
    assert threading.active_count() == before
    assert vehicle.failure is None


def test_other_buses_of_python_can_carry_it_too():
    with Vehicle(can.Bus(interface="virtual", channel="selftest")), can.Bus(interface="virtual", channel="selftest") as tester:
        tester.send(can.Message(arbitration_id=0x7DF, is_extended_id=False, data=b"\x02\x01\x0c"))
        assert tester.recv(3).data.hex() == "04410c1af8aaaaaa"


def test_an_slcan_tester_is_answered(hub, vehicle):
    with can.Bus(interface="slcan", channel=f"socket://{hub.slcan_address}", sleep_after_open=0) as tester:
        tester.send(can.Message(arbitration_id=0x7DF, is_extended_id=False, data=b"\x02\x01\x0c"))
        assert next(frame for frame in iter(lambda: tester.recv(3), None)).data.hex() == "04410c1af8aaaaaa"


def test_other_frames_are_ignored(hub, vehicle, tester):
    for fields in ({"is_extended_id": True}, {"is_error_frame": True}, {"is_remote_frame": True, "data": None, "dlc": 3}):
        frame = {"arbitration_id": 0x7DF, "is_extended_id": False, "data": b"\x02\x01\x0c"} | fields
        tester.bus.send(can.Message(**frame))
    assert tester.rest() == []
    assert len(vehicle.frames) == 5


def test_it_keeps_up_with_a_full_bus(tester):
    """500 kbit/s hold some 4,000 frames a second: 2,000 requests with 2,000 answers; none is lost, however fast they come."""
    request = can.Message(arbitration_id=0x7DF, is_extended_id=False, data=bytes.fromhex("02010C0000000000"))
    start = time.monotonic()
    for _ in range(2000):
        tester.bus.send(request)
    assert all(tester.next() == (0x7E8, "04410c1af8aaaaaa") for _ in range(2000))
    assert time.monotonic() - start < 3


def test_it_answers_within_the_time_and_rests_in_between(tester):
    """Median of 300 answers; the goal of 2 ms holds for the 99th percentile of an idle machine, which a test cannot ask for."""
    spans = []
    for _ in range(300):
        start = time.perf_counter()
        tester.ask("010C")
        spans.append(time.perf_counter() - start)
    assert statistics.median(spans) < 0.002
    used = sum(os.times()[:2])
    time.sleep(0.3)  # idle on purpose: what is measured is the processor time of waiting
    assert sum(os.times()[:2]) - used <= 0.1
