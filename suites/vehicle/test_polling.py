"""What the device asks for and how often; then the car falls silent for longer than the ECU state needs, and comes back."""

import pytest

from rig.bench import (
    CarProfile,
    CustomPid,
    ProfileParameter,
    ProfilePid,
    StandardPid,
    expect_polls,
    not_called_for,
    pass_ms,
    polls,
    wait_for_polls,
)
from rig.marks import control, verifies
from rig.oracle import schedule, truth

QUICK = CustomPid("QUICK", "22C401", "[B4:B5]", period_ms=500)
LONG = CustomPid("LONG", "22C402", "B12", period_ms=1000)
IN_PROFILE = ProfilePid("22C403", (ProfileParameter("IN_PROFILE", "B4", period_ms=3000),), init="ATSH7E2;ATCRA7EA;")
PERIODS_MS = {"22C401": 500, "22C402": 1000, "010C": 1000, "010D": 2000, "22C403": 3000}
OFF = (StandardPid("05-EngineCoolantTemp", enabled=False), CustomPid("SWITCHED_OFF", "22C404", "B4", enabled=False))
OFF_IN_PROFILE = ProfilePid("22C405", (ProfileParameter("OFF_IN_PROFILE", "B4", enabled=False),), init="ATSH7E2;ATCRA7EA;")
FUNCTIONAL, ENGINE, BATTERY = 0x7DF, 0x7E0, 0x7E2
CALLED_FOR = {FUNCTIONAL: {"010C", "010D"}, ENGINE: {"010C", "010D", "22C401", "22C402"}, BATTERY: {"22C403"}}
"""Requests by the ids they may go to: standard ones to all ECUs or to the engine, the others where their init strings say."""


def set_answers(ecus, phase):
    """Other values in each phase."""
    engine, battery = ecus.values()
    engine.set_did("C401", (5000 + 300 * phase).to_bytes(2, "big"))
    engine.set_did("C402", bytes(range(0x30 + phase, 0x40 + phase)))
    engine.set("0C", 1000.0 + 250 * phase)
    engine.set("0D", 30.0 + 10 * phase)
    battery.set_did("C403", bytes([0x50 + phase]))


@pytest.fixture(scope="module")
def ecus(bench):
    known = {"engine": bench.vehicle.engine, "battery": bench.vehicle.add_ecu("battery", BATTERY, 0x7EA)}
    set_answers(known, 0)
    return known


@pytest.fixture(scope="module")
def boot(bench, ecus):
    return bench.boot(
        parameters=(QUICK, LONG, StandardPid("0C-EngineRPM", 1000), StandardPid("0D-VehicleSpeed", 2000), *OFF),
        car=CarProfile((IN_PROFILE, OFF_IN_PROFILE)),
        initialisation="ATTP6;ATSH7E0;ATCRA7E8;",
        plain=bench.destination(),
    )


@pytest.fixture(scope="module")
def everything(telling, boot, ecus):
    engine, battery = ecus.values()
    own = [truth.Reading.expressed(pid.pid, pid, engine) for pid in (QUICK, LONG)]
    standard = [truth.Reading.standard(name, engine) for name in ("0C-EngineRPM", "0D-VehicleSpeed")]
    return telling(boot.plain, [*own, *standard, truth.Reading.expressed(IN_PROFILE.pid, IN_PROFILE.parameters[0], battery)])


@pytest.fixture(scope="module")
def span(bench, boot):
    """From a poll of the slowest PID on: ten intervals of the one that is asked for every two seconds, at least five of any other."""
    start_ns = wait_for_polls(bench.vehicle, "22C403", 2, boot.gone_ns)[1]
    return start_ns, wait_for_polls(bench.vehicle, "010D", 11, start_ns, within_s=60)[-1]


@control("vehicle/polling-period", "vehicle/only-configured-requests", "vehicle/silent-and-back", "vehicle/stale-values")
def test_posts_come_and_the_bus_takes_frames(bench, boot):
    assert boot.plain.wait_for_requests(4)
    unsent = bench.vehicle.unsent
    bench.vehicle.send(0x5A0, bytes(8))
    assert (bench.vehicle.unsent, bench.vehicle.failure) == (unsent, None)


@verifies("vehicle/polling-period")
def test_every_pid_is_asked_for_again_and_again(bench, boot):
    """Each enabled PID is asked for, and asked for again."""
    assert all(expect_polls(bench.vehicle, asked, 2, boot.gone_ns) for asked in PERIODS_MS)


@verifies("vehicle/polling-period")
@pytest.mark.parametrize("asked", PERIODS_MS)
def test_a_pid_is_asked_for_at_its_period(bench, span, observed, asked):
    """The median time between two requests for a PID is its period, within tolerance and one pass over all PIDs."""
    stamps = [stamp_ns for stamp_ns in polls(bench.vehicle, asked, span[0]) if stamp_ns <= span[1]]
    one_pass_ms = pass_ms(bench.vehicle, span[0])
    judged = schedule.polling_period(stamps, PERIODS_MS[asked], one_pass_ms, bench.tolerance, bench.median_guard_ms(span[0]))
    bench.measure(
        "vehicle/polling-period", "polling interval", "ms", schedule.Timing.of(stamps, (), PERIODS_MS[asked]).intervals_ms, pid=asked
    )
    observed(f"one pass takes {one_pass_ms:.0f} ms; {judged.conclude()}")


@verifies("vehicle/only-configured-requests")
def test_only_what_enabled_pids_call_for_is_on_the_bus(bench, boot, span):
    """Since the boot the device has sent requests for its enabled PIDs, to the ECUs meant, and flow control; nothing else."""
    assert sorted(set(not_called_for(bench.vehicle.frames, CALLED_FOR, boot.on_the_bus_ns))) == []


@pytest.fixture(scope="module")
def silence(bench, boot, ecus, span):
    """The car says nothing for the settling time and a little more, then has other values. When that began and ended."""
    began_ns = bench.now_ns()
    bench.event("stimulus", "the car falls silent")
    bench.vehicle.silent()
    quiet_s = bench.profile.settling_s + 3
    boot.plain.receiver.wait(lambda _: bench.now_ns() > began_ns + quiet_s * 1e9, quiet_s + 30)
    set_answers(ecus, 1)
    back_ns = bench.now_ns()
    bench.event("stimulus", "the car answers again, with other values")
    bench.vehicle.speak()
    return began_ns, back_ns


@verifies("vehicle/silent-and-back")
def test_posts_go_on_while_the_car_is_silent(bench, boot, silence):
    """While the car is silent POSTs come at their pace."""
    began_ns, back_ns = silence
    starts = [attempt.started_ns for attempt in boot.plain.attempts if began_ns < attempt.started_ns < back_ns]
    gaps_s = [(later - earlier) / 1e9 for earlier, later in zip([began_ns, *starts], [*starts, back_ns], strict=True)]
    assert max(gaps_s) < 4 * boot.plain.destination.cycle_s, f"{len(starts)} attempts in {(back_ns - began_ns) / 1e9:.0f} s"


@verifies("vehicle/silent-and-back")
def test_the_car_is_asked_again_when_it_is_back(bench, silence):
    """Each PID is asked for again once the car answers again."""
    assert [expect_polls(bench.vehicle, asked, 1, silence[1]) for asked in PERIODS_MS]


@verifies("vehicle/silent-and-back")
def test_values_become_true_again(everything, silence):
    """A POST after the car is back has the values of now, and no POST has one that was not answered."""
    everything.expect_none(everything.wrong(everything.after(silence[1])))
    assert everything.never_answered(everything.told()) == []


@verifies("vehicle/stale-values")
def test_what_becomes_of_values_is_reported(bench, boot, everything, silence, observed):
    """What POSTs show while the car is silent: how many parameters, since when fewer, and whether a mark tells of it."""
    began_ns, back_ns = silence
    told = everything.told(began_ns, back_ns)
    counts = [(round((post.started_ns - began_ns) / 1e9, 1), len(everything.shown(post))) for post in told]
    kept = [after_s for after_s, count in counts if count == len(everything.readings)]
    others = sorted({key for post in told for key in post.body.telemetry} - {reading.name for reading in everything.readings})
    observed(f"all values in {len(kept)} of {len(counts)} POSTs, the last {max(kept, default=0):.1f} s after the car fell silent")
    observed(f"fewest values in a POST: {min(count for _, count in counts)} of {len(everything.readings)}; other keys: {others or 'none'}")
    observed(f"ecu_status by the web API afterwards: {bench.device.web.status().get('ecu_status')}")
    bench.measure("vehicle/stale-values", "values told", "", [count for _, count in counts])
