"""The drive cycle: plausible, and the same for the same seed."""

from itertools import pairwise

import can
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig import clock, j1979
from rig.errors import UsageError
from rig.vehicle import DriveCycle, Driver, Vehicle
from rig.vehicle.drive import Phase

seeds = st.integers(0, 1000)
times = st.floats(0, 100_000)


def every_second(cycle):
    return range(int(cycle.duration_s))


@given(seeds, times)
def test_the_same_seed_drives_the_same(seed, t_s):
    assert DriveCycle(seed).at(t_s) == DriveCycle(seed).at(t_s)


def test_another_seed_drives_otherwise():
    assert DriveCycle(1).at(100) != DriveCycle(2).at(100)


@given(seeds, times)
def test_every_value_can_be_encoded(seed, t_s):
    for pid, value in DriveCycle(seed).at(t_s).items():
        j1979.table()[pid].encode(value)


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_a_drive_idles_and_goes_through_a_city_along_a_motorway_and_stops(seed):
    cycle = DriveCycle(seed)
    phases = list(dict.fromkeys(cycle.phase(t) for t in every_second(cycle)))
    assert phases == [Phase.IDLE, Phase.CITY, Phase.MOTORWAY, Phase.STOP]
    assert 240 < cycle.duration_s < 900
    speeds = {phase: [cycle.at(t)["0D"] for t in every_second(cycle) if cycle.phase(t) is phase] for phase in Phase}
    assert max(speeds[Phase.IDLE] + speeds[Phase.STOP]) < 1e-9
    assert 30 <= max(speeds[Phase.CITY]) < 60
    assert 85 < max(speeds[Phase.MOTORWAY]) <= 140


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_the_values_fit_together(seed):
    cycle = DriveCycle(seed)
    rounds = [cycle.at(t) for t in range(int(2.5 * cycle.duration_s))]
    for before, after in pairwise(rounds):
        assert abs(after["0D"] - before["0D"]) < 12
        assert 0 <= after["A6"] - before["A6"] < 0.04
        assert after["05"] >= before["05"]
        assert 800 <= after["0C"] < 4500
        assert 13.5 < after["42"] < 14.5
    driven = sum((before["0D"] + after["0D"]) / 7200 for before, after in pairwise(rounds))
    assert rounds[-1]["A6"] - rounds[0]["A6"] == pytest.approx(driven, rel=0.02)


def test_a_drive_does_not_start_before_its_start():
    with pytest.raises(UsageError, match="0 s"):
        DriveCycle(1).at(-1)


def test_a_driver_moves_the_car_and_leaves_alone_what_it_does_not_have():
    cycle = DriveCycle(5)
    with Vehicle(can.Bus(interface="virtual", channel="drive")) as vehicle:
        vehicle.engine.forget("5C")
        start_ns = clock.now_ns()
        with Driver(vehicle, cycle, every_s=0.01, pace=1000):
            assert vehicle.engine.value("0C") == j1979.table()["0C"].encode(cycle.at(0)["0C"])
            tester = can.Bus(interface="virtual", channel="drive")
            while len({change.data for change in vehicle.engine.history if change.key == "010D"}) < 5:
                tester.recv(0.01)
            tester.shutdown()
        speeds = vehicle.engine.values_between("0D", start_ns, clock.now_ns())
        assert speeds[2][0] == pytest.approx(cycle.at(10)["0D"], abs=0.51)
        assert vehicle.engine.value("5C") is None
