"""A car with 29-bit addresses: standard, custom and profile PIDs, answers of one frame and of several, two ECUs."""

import pytest

from rig.bench import OBD_29, CarProfile, CustomPid, ProfileParameter, ProfilePid, StandardPid, expect_polls
from rig.marks import control, verifies
from rig.oracle import truth

ENGINE, ENGINE_ANSWERS, BATTERY, BATTERY_ANSWERS, FUNCTIONAL = 0x18DA10F1, 0x18DAF110, 0x18DA18F1, 0x18DAF118, 0x18DB33F1
STANDARD = ("0C-EngineRPM", "05-EngineCoolantTemp", "0D-VehicleSpeed", "42-ControlModuleVolt")
ONE_FRAME, FRAMES = CustomPid("ONE_FRAME", "22C501", "[B4:B5]/10"), CustomPid("FRAMES", "22C502", "B5*65536+B12*256+B20")
IN_PROFILE = ProfilePid(
    "22C503",
    (ProfileParameter("CELL", "[B5:B6]/1000", "V", period_ms=500), ProfileParameter("FAR", "B17&127", period_ms=500)),
    init="ATCP18;ATSHDA18F1;ATCRA18DAF118;ATFCSH18DA18F1;ATFCSD300000;ATFCSM1;",
)
LEVELS = {"lowest": 0.0, "between": 0.37, "highest": 1.0}


def set_level(ecus, share):
    """Other values at each level; both ECUs know everything."""
    for place, ecu in enumerate(ecus.values()):
        for at, name in enumerate(STANDARD):
            ecu.set_share(name, share + 0.05 * at + 0.02 * place if 0 < share < 1 else share)
        for at, (asked, length) in enumerate((("22C501", 2), ("22C502", 20), ("22C503", 16))):
            ecu.set_answer(asked, bytes((int(1 + 90 * share) + 40 * at + 30 * place + 7 * byte) % 256 for byte in range(length)))


@pytest.fixture(scope="module")
def ecus(bench):
    bench.vehicle.readdress(bench.vehicle.engine, OBD_29)
    battery = bench.vehicle.add_ecu("battery", BATTERY, BATTERY_ANSWERS, functional=0)
    return {"engine": bench.vehicle.engine, "battery": battery}


@pytest.fixture(scope="module")
def boot(bench, ecus):
    set_level(ecus, LEVELS["lowest"])
    return bench.boot(
        parameters=(*(StandardPid(name) for name in STANDARD), ONE_FRAME, FRAMES),
        car=CarProfile((IN_PROFILE,), init="ATSP7;"),
        ecu_protocol="7",
        initialisation="ATTP7;ATCP18;ATSHDA10F1;ATCRA18DAF110;ATFCSM0;",
        plain=bench.destination(),
    )


@pytest.fixture(scope="module")
def everything(telling, boot, ecus):
    engine, battery = ecus.values()
    own = [truth.Reading.expressed(pid.pid, pid, engine) for pid in (ONE_FRAME, FRAMES)]
    profile = [truth.Reading.expressed(IN_PROFILE.pid, parameter, battery) for parameter in IN_PROFILE.parameters]
    return telling(boot.plain, [*(truth.Reading.standard(name, engine) for name in STANDARD), *own, *profile])


@pytest.fixture(scope="module")
def wrong(bench, boot, ecus, everything):
    """What is wrong in the POST of each level, by parameter."""
    found = everything.wrong(everything.after(boot.gone_ns))
    for level, share in list(LEVELS.items())[1:]:
        bench.event("stimulus", f"every value {level}")
        set_level(ecus, share)
        found += everything.wrong(everything.after(bench.now_ns()))
    return found


@control("vehicle/29-bit")
def test_posts_come(boot):
    assert boot.plain.wait_for_requests(4)


@verifies("vehicle/29-bit")
@pytest.mark.parametrize("asked", ["010C", "22C501", "22C502", "22C503"])
def test_the_car_is_asked_under_29_bit_ids(bench, boot, asked):
    """Requests for standard, custom and profile PIDs arrive under the car's 29-bit ids."""
    assert expect_polls(bench.vehicle, asked, 2, boot.gone_ns)


@verifies("vehicle/29-bit")
def test_each_ecu_is_asked_for_its_own(boot, ecus, wrong):
    """Standard PIDs are asked from all ECUs or from the engine, the user's own from the engine, those of the profile from their ECU."""
    engine, battery = ([request for request in ecu.requests if request.stamp_ns > boot.on_the_bus_ns] for ecu in ecus.values())
    assert {request.can_id for request in engine} <= {FUNCTIONAL, ENGINE}
    assert {(request.can_id, request.data.hex()) for request in battery} == {(BATTERY, "22c503")}


@verifies("vehicle/29-bit")
@pytest.mark.parametrize("name", [*STANDARD, "ONE_FRAME", "FRAMES", "CELL", "FAR"])
def test_values_from_29_bit_ecus_are_true(everything, wrong, name):
    """At each of three levels the value is that of the ECU, and no POST had another one."""
    one = everything.only(name)
    one.expect_none([*wrong, *one.untrue(one.told())])


@verifies("vehicle/29-bit")
def test_flow_control_goes_to_the_ecu_that_answers(boot, ecus, wrong):
    """The flow control for an answer of several frames has the physical 29-bit id of its ECU."""
    for ecu, physical in zip(ecus.values(), (ENGINE, BATTERY), strict=True):
        assert {f"{control.can_id:X}" for control in ecu.flow_controls if control.stamp_ns > boot.on_the_bus_ns} == {f"{physical:X}"}
