"""A vehicle on a hub of its own, and a tester that speaks raw frames: what it expects is written out by hand."""

import itertools
import time

import can
import pytest

from rig.vehicle import Hub, Vehicle

MARKER = (0x600, 0x608)
"""Ids of an ECU without faults, whose answer shows that everything sent before has been dealt with."""


class Tester:
    """A node that asks the vehicle with frames written by hand; frames are (id, hex)."""

    def __init__(self, address):
        self.bus = can.Bus(interface="rigbus", channel=address)

    def send(self, can_id, data):
        """One frame."""
        frame = can.Message(arbitration_id=can_id, is_extended_id=can_id > 0x7FF, data=bytes.fromhex(data))
        self.bus.send(frame)

    def request(self, data, can_id=0x7DF):
        """A single-frame request, given without PCI."""
        payload = bytes.fromhex(data)
        self.send(can_id, (bytes([len(payload)]) + payload).ljust(8, b"\0").hex())

    def next(self):
        """The next frame; None if there is none for long."""
        frame = self.bus.recv(3)
        return frame and (frame.arbitration_id, bytes(frame.data).hex())

    def take(self, count):
        """The next frames, that many."""
        return [self.next() for _ in range(count)]

    def rest(self):
        """Every frame that is there by the time the vehicle has dealt with all that was sent to it; for answers without delay."""
        self.request("3E00", MARKER[0])
        return list(itertools.takewhile(lambda frame: frame[0] != MARKER[1], iter(self.next, None)))

    def ask(self, data, can_id=0x7DF):
        """The first frame of the answer."""
        self.request(data, can_id)
        return self.next()

    def answers(self, data="010C", can_id=0x7DF, count=0):
        """Every frame of the answer, of which `count` may come with delay."""
        self.request(data, can_id)
        return self.take(count) + self.rest()

    def transfer(self, data, can_id=0x7E0, flow_control="300000", count=1):
        """Every frame of a long answer, of which `count` may come with delay; flow control is sent after the first one."""
        first = self.ask(data, can_id)
        self.send(can_id, flow_control)
        return [first, *self.take(count - 1), *self.rest()]


@pytest.fixture(scope="module")
def hub():
    with Hub(slcan="127.0.0.1:0") as hub:
        yield hub


@pytest.fixture(scope="module")
def car(hub):
    with Vehicle(can.Bus(interface="rigbus", channel=hub.address)) as vehicle:
        yield vehicle


@pytest.fixture
def vehicle(car):
    car.reset()
    return car


@pytest.fixture
def engine(vehicle):
    return vehicle.engine


@pytest.fixture
def tester(hub, vehicle):
    tester = Tester(hub.address)
    vehicle.add_ecu("marker", *MARKER).set_answer("3E00", b"")
    yield tester
    tester.bus.shutdown()


def until(condition, within_s=2.0):
    """Whether `condition` becomes true; looks at it while the other thread works."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


@pytest.fixture(name="until")
def _until():
    return until
