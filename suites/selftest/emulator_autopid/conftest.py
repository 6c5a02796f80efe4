"""A car that answers by a table written by hand, and a poller on the same in-process bus."""

import asyncio
import threading
import time
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import can
import pytest

from rig.emulator.active import ActiveConfiguration, ActiveParameter
from rig.emulator.autopid import Autopid
from rig.emulator.behaviour import Behaviour

_channels = count()

BRISK = Behaviour().but(answer_timeout_ms=80, consecutive_timeout_ms=200, poll_fastest_ms=20)
"""The document's device, at a quicker pace."""

FIRMWARE_450 = Behaviour().but(
    poll_start_ms=0, poll_pause_ms=5, pass_pause_ms=5, poll_jitter_ms=0, poll_on_grid=False, poll_fastest_ms=0, answers_shared=False,
    answer_timeout_ms=120, answer_wait_ms=15, answer_ends_request=False, pending_timeout_ms=120, consecutive_timeout_ms=120,
    settle_ms=0, echo_at_start=False, negatives_skipped=False, pending_skipped=False, sequence_checked=False, one_ecu=False,
    asked_ecu_only=False, stale_bytes=True, header_by_tracked_protocol=True, expression_strict=False, expression_signs_24_bit=False,
    expression_bits=32, expression_hangs=True, values_float32=True, standard_as_shipped=True, receive_header_shared=True,
    init_needs_terminator=True, init_state_persists=True, test_keeps_ids=True, ecu_by_marks=True,
)
"""Every quirk of release 4.50p, at a quicker pace."""


class Car:
    """Frames by request: `answers` maps the payload of a request (hex) to frames ``"7E8 04410C1AF8"`` or pauses in seconds.

    What follows a first frame waits for flow control. `raw` maps whole frames to frames.
    `heard` holds every frame as (time, "7DF 02010C0000000000").
    """

    def __init__(self):
        self.channel = f"car-{next(_channels)}"
        self.answers = defaultdict(list)
        self.raw = {}
        self.heard = []
        self._rest = []
        self._bus = can.Bus(interface="virtual", channel=self.channel)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._stop.set()
        self._thread.join()
        self._bus.shutdown()

    def send(self, frame):
        can_id, data = frame.split()
        wide = len(can_id) > 3
        self._bus.send(can.Message(arbitration_id=int(can_id, 16), data=bytes.fromhex(data), is_extended_id=wide))

    def requests(self, payload=None):
        """Times at which this request (hex) was heard; without one all requests in order."""
        requests = [(stamp, _payload(frame)) for stamp, frame in list(self.heard) if _payload(frame)]
        return [sent for _, sent in requests] if payload is None else [stamp for stamp, sent in requests if sent == payload]

    def _run(self):
        while not self._stop.is_set():
            message = self._bus.recv(0.02)
            if message is None:
                continue
            assert message.is_extended_id == (message.arbitration_id > 0x7FF)
            frame = f"{message.arbitration_id:0{8 if message.is_extended_id else 3}X} {bytes(message.data).hex().upper()}"
            self.heard.append((time.monotonic(), frame))
            payload = _payload(frame)
            if frame in self.raw:
                for answer in self.raw[frame]:
                    self.send(answer)
                continue
            by_id = f"{frame.partition(' ')[0]} {payload}"
            self._play(self.answers[by_id] or self.answers[payload] if payload else self._rest)

    def _play(self, steps):
        self._rest = []
        for position, step in enumerate(steps):
            if isinstance(step, float):
                time.sleep(step)
            else:
                self.send(step)
                if step.split()[1].startswith("1"):
                    self._rest = steps[position + 1 :]
                    return


def _payload(frame):
    data = bytes.fromhex(frame.split()[1])
    return data[1 : 1 + data[0]].hex().upper() if data[0] < 8 else None


@dataclass
class FakeDevice:
    """What AutoPID needs of a device."""

    behaviour: Behaviour
    active: ActiveConfiguration
    can_settings: dict | None

    def __post_init__(self):
        self.lines = []

    def log(self, level, tag, text):
        self.lines.append((level, tag, text))


class Poller:
    """A running Autopid and how to wait for what it does."""

    def __init__(self, autopid):
        self.autopid = autopid
        self._changed = asyncio.Event()
        autopid.subscribe(self._changed.set)

    @property
    def values(self):
        return self.autopid.snapshot()

    async def until(self, predicate, within_s=2.0):
        """Returns once `predicate(snapshot)` holds, looking at every change."""
        async with asyncio.timeout(within_s):
            while not predicate(self.autopid.snapshot() or {}):
                self._changed.clear()
                await self._changed.wait()


async def until(predicate, within_s=3.0):
    """Returns once something that nobody announces holds."""
    async with asyncio.timeout(within_s):
        while not predicate():  # noqa: ASYNC110 (requests heard in the car's thread, say)
            await asyncio.sleep(0.002)


@pytest.fixture
def car():
    car = Car()
    yield car
    car.close()


@pytest.fixture
def polling(car):
    """A poller of these parameters on the car's bus."""

    @asynccontextmanager
    async def polling(*parameters, behaviour=None, bus=True, **active):
        settings = {"interface": "virtual", "channel": car.channel} if bus is True else bus
        configuration = ActiveConfiguration(parameters=parameters, **active)
        autopid = Autopid(FakeDevice(behaviour or BRISK, configuration, settings))
        await autopid.start()
        try:
            yield Poller(autopid)
        finally:
            await autopid.stop()

    return polling


def custom(name, request, expression, period_ms=50, **more):
    return ActiveParameter(name, "custom", request, expression, period_ms=period_ms, **more)


def profile(name, request, expression, period_ms=50, **more):
    return ActiveParameter(name, "profile", request, expression, period_ms=period_ms, **more)


def std(name, period_ms=50, **more):
    return ActiveParameter(name, "standard", "01" + name[:2], period_ms=period_ms, **more)


def broadcast(name, frame_id, expression, period_ms=50, **more):
    return ActiveParameter(name, "filter", "", expression, period_ms=period_ms, frame_id=frame_id, **more)


@pytest.fixture
def make():
    """Parameters by kind, polled every 50 ms unless said otherwise."""

    class Make:
        pass

    Make.custom, Make.profile, Make.std, Make.broadcast = map(staticmethod, (custom, profile, std, broadcast))
    return Make


@pytest.fixture
def firmware():
    return FIRMWARE_450


@pytest.fixture
def eventually():
    return until
