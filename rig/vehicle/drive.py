"""A drive that repeats by its seed: idling, through a city, along a motorway, and to a stop.

A plausible petrol car, for telemetry that moves as a car's does. What is *not* modelled: hills, weather, a cold start's mixture.
"""

import math
import random
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator
from enum import Enum
from itertools import accumulate, pairwise
from types import TracebackType
from typing import Self

from rig.errors import UsageError
from rig.vehicle.vehicle import Vehicle


class Phase(Enum):
    """What the car is about."""

    IDLE = "idle"
    CITY = "city"
    MOTORWAY = "motorway"
    STOP = "stop"


_GEARS = ((15, 130), (30, 80), (50, 52), (80, 38), (1000, 28))
"""Up to which km/h a gear is used, and its engine speed per km/h."""
_IDLE_RPM = 800
_AMBIENT_C = 20.0
_DISPLACEMENT_G_PER_REV = 0.96
"""Air drawn in by 1.6 l in one revolution of a four-stroke engine at full load, g."""
_FUEL_L_PER_H_OF_AIR = 0.329
"""1 g/s of air burns 1/14.7 g/s of petrol of 745 g/l."""
_START_KM = 45678.0
_TANK_KM = 700.0

Leg = tuple[Phase, float, float]
"""Phase, seconds, and the speed at its end in km/h, reached evenly."""


class DriveCycle:
    """One drive of some ten minutes, repeated for ever; the same seed gives the same drive."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        chance = random.Random(seed)
        legs = list(_legs(chance))
        self._phases = [phase for phase, _, _ in legs]
        self._starts = [0.0, *accumulate(seconds for _, seconds, _ in legs)]
        self._speeds = [0.0, *(speed for _, _, speed in legs)]
        knots = zip(pairwise(self._starts), pairwise(self._speeds), strict=True)
        self._distances = [0.0, *accumulate((end - start) * (low + high) / 7200 for (start, end), (low, high) in knots)]
        self._waver = chance.uniform(0, 2 * math.pi)

    def __repr__(self) -> str:
        return f"DriveCycle({self.seed})"

    @property
    def duration_s(self) -> float:
        """Length of one round, s."""
        return self._starts[-1]

    def phase(self, t_s: float) -> Phase:
        """What the car is about at `t_s` seconds."""
        return self._phases[self._leg(t_s % self.duration_s)]

    def at(self, t_s: float) -> dict[str, float]:
        """Value of each single-valued standard PID at `t_s` seconds since the start, in the units of J1979.

        Raises:
            UsageError: a time before the start.
        """
        if t_s < 0:
            raise UsageError(f"a drive starts at 0 s, not at {t_s:g} s")
        rounds, within_s = divmod(t_s, self.duration_s)
        leg = self._leg(within_s)
        share = (within_s - self._starts[leg]) / (self._starts[leg + 1] - self._starts[leg])
        low, high = self._speeds[leg], self._speeds[leg + 1]
        speed = low + share * (high - low)
        gain = (high - low) / (self._starts[leg + 1] - self._starts[leg])
        travelled = self._distances[leg] + (within_s - self._starts[leg]) * (low + speed) / 7200
        return self._values(t_s, speed, gain, rounds * self._distances[-1] + travelled)

    def _leg(self, within_s: float) -> int:
        return min(bisect_right(self._starts, within_s), len(self._phases)) - 1

    def _values(self, t_s: float, speed: float, gain: float, km: float) -> dict[str, float]:
        rpm = max(_IDLE_RPM, speed * next(ratio for limit, ratio in _GEARS if speed < limit))
        load = _clamp(15 + 0.3 * speed + 8 * gain, 4, 95)
        air = rpm / 60 * _DISPLACEMENT_G_PER_REV * load / 100
        warmth = 1 - math.exp(-t_s / 240)
        waver = math.sin(t_s / 3 + self._waver)
        return {
            "04": load,
            "05": _AMBIENT_C + 70 * warmth,
            "06": 3 * waver,
            "0B": 25 + 0.7 * load,
            "0C": rpm,
            "0D": speed,
            "0E": _clamp(8 + rpm / 200 - load / 10, -10, 40),
            "0F": _AMBIENT_C + 5 + 3 * warmth,
            "10": air,
            "11": _clamp(10 + 0.7 * load, 0, 100),
            "1F": t_s % 65536,
            "2F": 80 - km % _TANK_KM / _TANK_KM * 70,
            "31": km % 65536,
            "33": 101.0,
            "42": 14.2 - 0.3 * load / 100 + 0.05 * waver,
            "46": _AMBIENT_C,
            "5C": _AMBIENT_C + 75 * (1 - math.exp(-t_s / 420)),
            "5E": air * _FUEL_L_PER_H_OF_AIR,
            "A6": _START_KM + km,
        }


class Driver:
    """Drives a vehicle through a cycle in a thread of its own, from entry to exit of its context.

    The engine gets new values every `every_s` seconds; with `pace` 10 ten seconds of the drive pass in one. PIDs that the
    engine does not support when the drive begins are left alone.
    """

    def __init__(self, vehicle: Vehicle, cycle: DriveCycle, every_s: float = 0.1, pace: float = 1.0) -> None:
        self._engine = vehicle.engine
        self._cycle = cycle
        self._every_s = every_s
        self._pace = pace
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._drive, name=f"driver of {cycle!r}", daemon=True)

    def __enter__(self) -> Self:
        self._step(0.0, set(self._engine.supported))
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()

    def _drive(self) -> None:
        supported = set(self._engine.supported)
        step = 1
        start_s = time.monotonic()
        while not self._end.wait(max(0.0, start_s + step * self._every_s - time.monotonic())):
            self._step(step * self._every_s * self._pace, supported)
            step += 1

    def _step(self, t_s: float, supported: set[str]) -> None:
        for pid, value in self._cycle.at(t_s).items():
            if f"01{pid}" in supported:
                self._engine.set(pid, value)


def _legs(chance: random.Random) -> Iterator[Leg]:
    yield Phase.IDLE, chance.uniform(10, 25), 0.0
    yield from _city(chance, chance.randint(3, 5))
    yield from _motorway(chance)
    yield from _city(chance, chance.randint(1, 3))
    yield Phase.STOP, chance.uniform(20, 40), 0.0


def _city(chance: random.Random, lights: int) -> Iterator[Leg]:
    """From light to light: away at up to 2.5 m/s², along, braking, waiting."""
    for _ in range(lights):
        speed = chance.uniform(30, 55)
        yield Phase.CITY, speed / chance.uniform(5, 9), speed
        speed = _clamp(speed + chance.uniform(-5, 5), 25, 58)
        yield Phase.CITY, chance.uniform(8, 30), speed
        yield Phase.CITY, speed / chance.uniform(7, 11), 0.0
        yield Phase.CITY, chance.uniform(4, 20), 0.0


def _motorway(chance: random.Random) -> Iterator[Leg]:
    speed = chance.uniform(100, 130)
    yield Phase.MOTORWAY, speed / chance.uniform(3, 5), speed
    for _ in range(chance.randint(2, 4)):
        speed = _clamp(speed + chance.uniform(-20, 20), 85, 140)
        yield Phase.MOTORWAY, chance.uniform(30, 60), speed
    yield Phase.MOTORWAY, speed / chance.uniform(4, 8), 0.0


def _clamp(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))
