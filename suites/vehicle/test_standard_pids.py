"""The common standard PIDs at the ends and inside of their ranges; three of the others are answered by three ECUs at once."""

from itertools import pairwise

import pytest

from rig.bench import BenchError, StandardPid, expect_polls, polls
from rig.marks import control, verifies
from rig.oracle import posts, standard, truth, values

COMMON = (
    "04-CalcEngineLoad", "05-EngineCoolantTemp", "0B-IntakeManiAbsPress", "0C-EngineRPM", "0D-VehicleSpeed", "0E-TimingAdvance",
    "0F-IntakeAirTemperature", "11-ThrottlePosition", "2F-FuelTankLevel", "42-ControlModuleVolt", "46-AmbientAirTemp",
)  # fmt: skip
SHARED = ("33-AbsBaroPres", "5C-EngineOilTemp", "1F-TimeSinceEngStart")
LEVELS = {"lowest": 0.0, "between": 0.37, "middle": 0.5, "highest": 1.0}
TOGETHER_MS = 30
OTHERS = {"transmission": (0x7E1, 0x7E9), "body": (0x7E3, 0x7EB)}


@pytest.fixture(scope="module")
def ecus(bench):
    """Every ECU by name: the engine, and two that know only what all three answer."""
    return {"engine": bench.vehicle.engine} | {name: bench.vehicle.add_ecu(name, *ids) for name, ids in OTHERS.items()}


def set_level(ecus, share):
    """Common PIDs at a place of their range, each a little further than the one before; what all answer differs from ECU to ECU."""
    for at, name in enumerate(COMMON):
        ecus["engine"].set_share(name, abs(share - 0.004 * at) if 0 < share < 1 else share)
    for place, ecu in enumerate(ecus.values()):
        for name in SHARED:
            ecu.set_share(name, 0.1 + 0.3 * place + 0.2 * share)
    for ecu, latency_s in zip(ecus.values(), (0.0, 0.012, 0.006) if share < 0.4 else (0.012, 0.006, 0.0), strict=True):
        ecu.latency_s = latency_s


@pytest.fixture(scope="module")
def boot(bench, ecus):
    set_level(ecus, LEVELS["lowest"])
    return bench.boot(parameters=tuple(StandardPid(name) for name in (*COMMON, *SHARED)), plain=bench.destination())


@pytest.fixture(scope="module")
def common(telling, boot, ecus):
    return telling(boot.plain, [truth.Reading.standard(name, ecus["engine"]) for name in COMMON])


@pytest.fixture(scope="module")
def at_level(bench, boot, ecus, common):
    """What the POST of each level lacks or has wrong."""
    wrong = {"lowest": common.wrong(common.after(boot.gone_ns))}
    for level, share in list(LEVELS.items())[1:]:
        bench.event("stimulus", f"every value {level}")
        set_level(ecus, share)
        wrong[level] = common.wrong(common.after(bench.now_ns()))
    return wrong


@control("vehicle/standard-pids", "vehicle/several-ecus")
def test_posts_come_and_the_bus_takes_frames(bench, boot):
    assert boot.plain.wait_for_requests(4)
    unsent = bench.vehicle.unsent
    bench.vehicle.send(0x5A0, bytes(8))
    assert (bench.vehicle.unsent, bench.vehicle.failure) == (unsent, None)


@verifies("vehicle/standard-pids")
def test_the_car_is_asked_for_common_pids(bench, boot):
    """Each of the eleven common PIDs is asked for again and again."""
    assert all(expect_polls(bench.vehicle, f"01{name[:2]}", 2, boot.gone_ns) for name in COMMON)


@verifies("vehicle/standard-pids")
@pytest.mark.parametrize("level", LEVELS)
def test_common_pids_decode_as_the_standard_says(common, at_level, level):
    """At the ends of their ranges and inside each of the eleven common PIDs has the value of SAE J1979."""
    common.expect_none(at_level[level])


@verifies("vehicle/standard-pids")
def test_no_post_had_another_value(common, at_level):
    """In every POST of the boot each value is one that the engine had answered since the poll before."""
    common.expect_none(common.untrue(common.told()))


@verifies("vehicle/several-ecus")
@pytest.mark.parametrize("name", SHARED)
def test_of_several_answers_it_is_always_the_same_ecus(bench, boot, ecus, at_level, name):
    """Three ECUs answer at once, one or the other of them first: each value in a POST is the answer of one, and always of the same one."""
    told = [(post, truth.shown(post, [truth.Reading.standard(name, ecus["engine"])])) for post in posts.read(boot.plain.attempts)]
    seen = posts.needed([(block[name], post.request.arrived_ns) for post, block in told if name in block], f"a value of {name}")
    believed = [{ecu.name for ecu in ecus.values() if is_answer_of(bench, ecu, name, *value)} for value in seen]
    expect_one(bench, name, believed, [value for value, _ in seen])


def expect_one(bench, name, believed, seen):
    """One ECU has to be behind all values, unless this bench had them answer so far apart that a device need not wait for all."""
    apart_ms = furthest_apart_ms(bench.vehicle, name)
    if not set.intersection(*believed) and apart_ms > TOGETHER_MS:
        raise BenchError(f"the ECUs answered up to {apart_ms:.0f} ms apart, and the values are {seen}")
    assert set.intersection(*believed), seen


def furthest_apart_ms(vehicle, name):
    """The longest time between the first and the last ECU's answer to one request."""
    answers = [
        stamp_ns for stamp_ns, frame in vehicle.frames if not frame.is_rx and bytes(frame.data[1:3]).hex() == f"41{name[:2].lower()}"
    ]
    bounds = [*polls(vehicle, f"01{name[:2]}", 0), vehicle.frames[-1][0] + 1]
    groups = [[stamp_ns for stamp_ns in answers if start_ns <= stamp_ns < end_ns] for start_ns, end_ns in pairwise(bounds)]
    return max(((group[-1] - group[0]) / 1e6 for group in groups if group), default=0.0)


def is_answer_of(bench, ecu, name, value, until_ns):
    """Whether an ECU may have answered this value up to a moment."""
    answers = ecu.values_between(f"01{name[:2]}", 0, until_ns)
    return values.is_one_of(value, standard.acceptable_values(name, answers), bench.tolerance)
