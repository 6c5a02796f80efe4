"""Polling over a python-can bus: what is asked, what is answered to the ECU, and what becomes a value."""

import asyncio
import time

import pytest

from rig.emulator.behaviour import Behaviour, Point

pytestmark = pytest.mark.asyncio

RPM, SPEED = "7E8 04410C1AF8AAAAAA", "7E8 03410D32AAAAAAAA"
VIN = ["7E8 100B62F190010203", "7E8 210405060708AAAA"]


def frames(car, can_id):
    return [frame.split()[1] for _, frame in car.heard if frame.startswith(can_id + " ")]


async def test_kinds_are_asked_in_order_and_become_values(car, polling, make, eventually):
    car.answers["010C"], car.answers["22F190"], car.answers["7E2 2101"] = [RPM], VIN, ["7EA 046101FE70AAAAAA"]
    parameters = (
        make.custom("Custom", "22F190", "[B5:B6]"),
        make.std("0C-EngineRPM"),
        make.profile("Signed", "2101", "[S3:S4]", init="ATSH7E2"),
        make.profile("Unsigned", "2101", "B4*-1", init="ATSH7E2"),
        make.std("05-EngineCoolantTemp"),
    )
    async with polling(*parameters, profile_init="ATSP6;") as poller:
        assert poller.values is None
        await poller.until(lambda values: len(values) == 4)
        assert poller.values == {"Custom": 0x0102, "0C-EngineRPM": 1726, "Signed": -400, "Unsigned": -112}
        assert poller.autopid.ecu_online
        await eventually(lambda: car.requests()[:5] == ["22F190", "010C", "2101", "0105", "22F190"])
    assert frames(car, "7E0")[0] == "3000000000000000"


async def test_a_standard_parameter_that_is_unknown_is_never_asked(car, polling, make):
    car.answers["010C"] = [RPM]
    async with polling(make.std("0D-Nonsense"), make.std("0C-EngineRPM")) as poller:
        await poller.until(lambda values: values == {"0C-EngineRPM": 1726})
    assert "010D" not in car.requests()


async def test_periods_are_kept_on_a_grid(car, polling, make, eventually):
    """Although a slow answer to another request holds the poller up now and then."""
    car.answers["010C"], car.answers["010D"] = [RPM], [0.05, SPEED]
    async with polling(make.std("0C-EngineRPM", period_ms=100), make.std("0D-VehicleSpeed", period_ms=130)):
        await eventually(lambda: len(car.requests("010C")) >= 10)
        stamps = car.requests("010C")
    assert stamps[9] - stamps[0] == pytest.approx(0.9, abs=0.07)
    assert len(car.requests("010D")) in {7, 8}


async def test_shipped_firmware_drifts(car, polling, make, firmware, eventually):
    car.answers["010C"], car.answers["010D"] = [RPM], [0.05, SPEED]
    several = make.std("0C-EngineRPM", period_ms=100), make.std("0D-VehicleSpeed", period_ms=130)
    async with polling(*several, behaviour=firmware):
        await eventually(lambda: len(car.requests("010C")) >= 10)
        stamps = car.requests("010C")
    assert stamps[9] - stamps[0] > 1.0


async def test_parameters_of_one_answer_share_a_request(car, polling, make, firmware, eventually):
    car.answers["010C"] = [RPM]
    several = [make.custom(f"P{number}", "010C", f"B3+{number}", period_ms=10_000) for number in range(50)]
    async with polling(*several) as poller:
        await poller.until(lambda values: len(values) == 50)
        assert car.requests() == ["010C"]
    async with polling(*several[:3], behaviour=firmware):
        await eventually(lambda: len(car.requests()) == 4)


async def test_an_answered_pass_is_quick(car, polling, make):
    car.answers["7E0 010C"], car.answers["7E0 010D"] = [RPM], [SPEED]
    several = [make.custom(f"P{n}", ("010C", "010D")[n % 2], f"B3+{n}", init=f"ATSH7E0;ATST{n + 10:02X};") for n in range(60)]
    async with polling(*several) as poller:
        start = time.monotonic()
        await poller.until(lambda values: len(values) == 60)
        assert time.monotonic() - start < 1.0


async def test_unanswered_and_refused_requests_leave_the_others_alone(car, polling, make, eventually):
    car.answers["010C"], car.answers["0111"] = [RPM], ["7E8 037F0112AAAAAAAA"]
    async with polling(make.std("05-EngineCoolantTemp"), make.std("11-ThrottlePosition"), make.std("0C-EngineRPM")) as poller:
        await poller.until(lambda values: "0C-EngineRPM" in values)
        await eventually(lambda: len(car.requests("0105")) >= 3)
        assert poller.values == {"0C-EngineRPM": 1726}


async def test_after_pending_the_real_answer_is_taken(car, polling, make):
    car.answers["7E0 22F190"] = ["7E8 037F2278AAAAAAAA", 0.15, "7E8 037F2278AAAAAAAA", 0.15, "7E8 0462F19042AAAAAA"]
    async with polling(make.custom("P", "22F190", "B4", period_ms=10_000, init="ATSH7E0;")) as poller:
        await poller.until(lambda values: values == {"P": 0x42})


@pytest.mark.parametrize("gap", [0.0, 0.1])
async def test_frames_may_take_their_time(car, polling, make, gap):
    car.answers["22F190"] = [VIN[0], gap, VIN[1]]
    async with polling(make.custom("P", "22F190", "B13")) as poller:
        await poller.until(lambda values: values == {"P": 8})


@pytest.mark.parametrize(
    "spoilt",
    [
        VIN[:1],
        [VIN[0], VIN[1].replace(" 21", " 22")],
        ["7E8 101062F190010203", VIN[1], VIN[1]],
        ["7E8 100B62F1900102", VIN[1]],
        ["7E9 0562F190010203AA", "7E7 0562F190010203AA"],
        ["7E8 0362F190AAAAAAAA"],
        ["7E8 0562F1910102AAAA"],
    ],
    ids=["cut short", "misnumbered", "repeated", "short frame", "other ECUs", "too short", "other identifier"],
)
async def test_spoilt_answers_are_no_values(car, polling, make, eventually, spoilt):
    car.answers["7E0 22F190"], car.answers["7E0 010C"] = spoilt, [RPM]
    of_engine = {"init": "ATSH7E0;"}
    async with polling(make.custom("Bad", "22F190", "B5", **of_engine), make.custom("Good", "010C", "B3", **of_engine)) as poller:
        await poller.until(lambda values: "Good" in values)
        await eventually(lambda: len(car.requests("22F190")) >= 3)
        assert poller.values == {"Good": 0x1A}


async def test_a_late_answer_is_credited_to_nobody_else(car, polling, make, eventually):
    car.answers["010C"], car.answers["010D"] = [0.15, RPM], [SPEED]
    behaviour = Behaviour().but(answer_timeout_ms=60)
    async with polling(make.custom("Rpm", "010C", "B3"), make.custom("Speed", "010D", "B3"), behaviour=behaviour) as poller:
        await eventually(lambda: len(car.requests("010D")) >= 4)
        assert (poller.values or {}).get("Speed", 0x32) == 0x32


async def test_frames_between_requests_count_only_where_late_ones_are_kept(car, polling, make, eventually):
    car.answers["010C"] = [RPM]
    for behaviour, kept in ((Behaviour(), False), (Behaviour().but(late_dropped=False), True)):
        seen = set()
        async with polling(make.custom("P", "010C", "B3", period_ms=100), behaviour=behaviour) as poller:
            await poller.until(lambda values: values == {"P": 0x1A})
            poller.autopid.subscribe(lambda: seen.add(poller.values["P"]))  # noqa: B023 (called within this turn only)
            car.send("7E8 04410C9900AAAAAA")
            asked = len(car.requests())
            await eventually(lambda: len(car.requests()) >= asked + 3)  # noqa: B023 (the same)
        assert (0x99 in seen) == kept


async def test_of_several_ecus_always_the_same_one_counts(car, polling, make, eventually):
    seen = set()
    car.answers["010C"] = ["7E9 04410C0000AAAAAA", RPM]
    async with polling(make.std("0C-EngineRPM")) as poller:
        poller.autopid.subscribe(lambda: seen.add(poller.values.get("0C-EngineRPM")))
        await poller.until(lambda values: "0C-EngineRPM" in values)
        car.answers["010C"] = [RPM, "7E9 04410C0000AAAAAA"]
        await eventually(lambda: len(car.requests("010C")) >= 4)
        car.answers["010C"] = ["7E9 04410C0000AAAAAA"]
        await eventually(lambda: len(car.requests("010C")) >= 6)
    assert seen == {1726}


async def test_a_receive_header_picks_the_ecu_of_its_own_entry(car, polling, make, firmware):
    car.answers["010C"], car.answers["010D"] = [RPM, "7E9 04410C0004AAAAAA"], [SPEED, "7E9 03410D07AAAAAAAA"]
    parameters = make.std("0C-EngineRPM", receive_header="7E9"), make.std("0D-VehicleSpeed", receive_header="7E8")
    async with polling(*parameters) as poller:
        await poller.until(lambda values: values == {"0C-EngineRPM": 1, "0D-VehicleSpeed": 50})
    async with polling(*parameters, behaviour=firmware) as poller:
        await poller.until(lambda values: values == {"0C-EngineRPM": 1726, "0D-VehicleSpeed": 50})


async def test_extended_addressing(car, polling, make):
    """AutoPID facts, 4.2: the address byte is byte 0."""
    answer = ["607 F1100B62DDBC0102", "607 F121030405060708"]
    car.raw["6F1 070322DDBC000000"], car.raw["6F1 0730000000000000"] = answer[:1], answer[1:]
    init = "ATSH6F1;ATCEA07;ATCERF1;ATCRA607;ATFCSH6F1;ATFCSD07300000;ATFCSM1;"
    async with polling(make.custom("P", "22DDBC", "B10*256+B6", init=init)) as poller:
        await poller.until(lambda values: values == {"P": 0x0301})


async def test_errors_of_expressions_and_limits_keep_the_last_value(car, polling, make):
    car.answers["010C"] = ["7E8 04410C0102AAAAAA"]
    parameters = [
        make.custom("Limited", "010C", "B3", maximum=10),
        make.custom("Divided", "010C", "10/(B3-26)"),
        make.custom("Beyond", "010C", "B5"),
        make.custom("Unknown", "010C", "nonsense"),
        make.custom("Plain", "010C", "B3"),
    ]
    async with polling(*parameters) as poller:
        await poller.until(lambda values: values.get("Plain") == 1)
        car.answers["010C"] = [RPM]
        await poller.until(lambda values: values.get("Plain") == 26)
        assert poller.values == {"Limited": 1, "Divided": -0.4, "Plain": 26}


async def test_29_bit_works_like_11_bit(car, polling, make):
    car.answers["18DB33F1 010C"] = ["18DAF110 04410C1AF8AAAAAA"]
    car.answers["18DA10F1 22F190"] = ["18DAF110 100B62F190010203", "18DAF110 210405060708AAAA"]
    parameters = make.std("0C-EngineRPM"), make.custom("P", "22F190", "B9", init="ATSHDA10F1;")
    async with polling(*parameters, ecu_protocol="7") as poller:
        await poller.until(lambda values: values == {"0C-EngineRPM": 1726, "P": 4})
    assert frames(car, "18DA10F1")[:2] == ["0322F19000000000", "3000000000000000"]


@pytest.mark.parametrize("answer", ["7E8", "18DAF110"])
async def test_automatic_protocol_finds_the_width_of_ids(car, polling, make, answer):
    request = "7DF" if len(answer) == 3 else "18DB33F1"
    car.answers[f"{request} 0100"], car.answers[f"{request} 010C"] = [f"{answer} 0641000018000100"], [f"{answer} 04410C1AF8AAAAAA"]
    async with polling(make.std("0C-EngineRPM"), ecu_protocol="0") as poller:
        await poller.until(lambda values: values == {"0C-EngineRPM": 1726})
    assert set(car.requests()) == {"0100", "010C"}


async def test_an_init_holds_for_its_own_pid_only(car, polling, make, firmware, eventually):
    car.answers["7E4 2102"] = ["7EC 04610201AAAAAAAA"]
    parameters = make.profile("A", "2101", "B3", init="ATSH7E1;ATCRA7E9"), make.profile("B", "2102", "B3")
    async with polling(*parameters, profile_init="ATSH7E4;") as poller:
        await poller.until(lambda values: values == {"B": 1})
    assert "022102" in frames(car, "7E4")[0]
    car.heard.clear()
    shipped = make.profile("A", "2101", "B3", init="ATSH7E1;"), parameters[1]
    async with polling(*shipped, profile_init="ATSH7E4;", behaviour=firmware):
        await eventually(lambda: len(car.requests()) >= 4)
    assert frames(car, "7E4") == []


async def test_ecus_fall_silent_and_come_back(car, polling, make, eventually):
    car.answers["010C"] = [RPM]
    behaviour = Behaviour().but(ecu_offline_after_s=0.4, answer_timeout_ms=50)
    async with polling(make.std("0C-EngineRPM"), behaviour=behaviour) as poller:
        await poller.until(lambda values: values == {"0C-EngineRPM": 1726})
        car.answers["010C"] = []
        told = asyncio.Event()
        poller.autopid.subscribe(told.set)
        await asyncio.wait_for(told.wait(), 2)
        assert not poller.autopid.ecu_online
        assert poller.values == {"0C-EngineRPM": 1726}
        car.answers["010C"] = ["7E9 04410C0004AAAAAA"]
        await poller.until(lambda values: values == {"0C-EngineRPM": 1})
        assert poller.autopid.ecu_online


async def test_a_dead_bus_is_polled_all_the_same(polling, make, eventually):
    async with polling(make.std("0C-EngineRPM"), bus=None) as poller:
        await eventually(lambda: poller.values == {})
        assert not poller.autopid.ecu_online


async def test_broadcast_frames_need_no_request(car, polling, make):
    parameters = (
        make.broadcast("Slow", 0x123, "B0*256+B1", period_ms=10_000),
        make.broadcast("Fast", 0x123, "B1", period_ms=0),
        make.broadcast("Far", 0x123, "B8"),
        make.broadcast("Wide", 0x18FEF100, "B7"),
    )
    async with polling(*parameters) as poller:
        assert poller.values == {}
        car.send("123 0100000000000000")
        car.send("123 0107000000000000")
        car.send("18FEF100 0000000000000042")
        await poller.until(lambda values: "Wide" in values)
        assert poller.values == {"Slow": 256, "Fast": 7, "Wide": 0x42}
    assert car.heard == []


async def test_shipped_firmware_hears_no_broadcast_frames_during_a_request(car, polling, make, firmware, eventually):
    car.answers["010C"] = ["123 4200000000000000", RPM]
    parameters = make.custom("Rpm", "010C", "B3"), make.broadcast("Wheel", 0x123, "B0")
    async with polling(*parameters, behaviour=firmware.but(filter_window_ms=20)) as poller:
        await eventually(lambda: len(car.requests()) >= 3)
        assert poller.values == {"Rpm": 26}


async def test_shipped_firmware_listens_for_broadcast_frames_in_a_window(car, polling, make, firmware):
    car.answers["010C"] = [RPM]
    behaviour = firmware.but(filter_window_ms=300)
    async with polling(make.custom("Rpm", "010C", "B3"), make.broadcast("Wheel", 0x123, "B0"), behaviour=behaviour) as poller:
        await poller.until(lambda values: "Rpm" in values)
        await asyncio.sleep(0.05)
        car.send("123 4200000000000000")
        await poller.until(lambda values: values.get("Wheel") == 0x42)


async def test_shipped_firmware_reads_stale_bytes(car, polling, make, firmware):
    car.answers["22F190"], car.answers["010C"] = VIN, [RPM]
    parameters = make.custom("Long", "22F190", "B9"), make.custom("Stale", "010C", "B9")
    async with polling(*parameters, behaviour=firmware) as poller:
        await poller.until(lambda values: values == {"Long": 4, "Stale": 4})


async def test_shipped_firmware_hangs_over_an_open_range(car, polling, make, firmware, eventually):
    car.answers["010C"], car.answers["010D"] = [RPM], [SPEED]
    parameters = make.custom("Rpm", "010C", "B3"), make.custom("Hang", "010D", "[B3:B4"), make.custom("Never", "0105", "B3")
    async with polling(*parameters, behaviour=firmware) as poller:
        await eventually(lambda: poller.autopid.busy)
        assert car.requests() == ["010C", "010D"]


async def test_points_are_passed(car, polling, make):
    car.answers["010C"], car.answers["010D"] = [RPM], [SPEED]
    seen = {}

    def note(point):
        return lambda value, occasion: seen.setdefault(point, (value, occasion)) and value

    behaviour = Behaviour().altered(Point.POLL_REQUEST, lambda _, __: b"\x01\x0d").altered(Point.VALUE, lambda value, _: value + 1)
    for point in (Point.PARAMETERS, Point.PERIOD, Point.POLL_FRAMES):
        behaviour = behaviour.altered(point, note(point))
    async with polling(make.custom("P", "010C", "B3", period_ms=500), behaviour=behaviour) as poller:
        await poller.until(lambda values: values == {"P": 0x33})
    assert seen[Point.PERIOD][0] == 0.5
    assert seen[Point.POLL_FRAMES][0] == [(0x7E8, bytes.fromhex("03410D32AAAAAAAA"))]
    assert seen[Point.POLL_FRAMES][1].parameter.name == "P"
    assert [parameter.name for parameter in seen[Point.PARAMETERS][0]] == ["P"]


async def test_siblings_start_at_zero_in_4_40p(polling, make, eventually):
    parameters = make.profile("A", "2101", "B3"), make.profile("B", "2101", "B4"), make.profile("C", "2102", "B4")
    behaviour = Behaviour().but(siblings_start_at_zero=True, answer_timeout_ms=20)
    async with polling(*parameters, behaviour=behaviour, bus=None) as poller:
        await eventually(lambda: poller.values == {"B": 0})
