"""The simulated car: how fast an ECU answers, and how many frames the bus between processes carries."""

import time
from collections.abc import Iterator

import can

from benchmarks.machine import row
from rig.vehicle import Hub, Vehicle

_REQUEST = can.Message(arbitration_id=0x7DF, data=bytes.fromhex("02010C0000000000"), is_extended_id=False)
_CAN_500_FRAMES_PER_S = 4000
"""500 kbit/s with frames of eight bytes."""


def answers(requests: int) -> Iterator[str]:
    """Request to answer over the TCP bus, one at a time."""
    took_ms = []
    with (
        Hub() as hub,
        Vehicle(can.Bus(interface="rigbus", channel=hub.address)),
        can.Bus(interface="rigbus", channel=hub.address) as tester,
    ):
        for _ in range(requests):
            began = time.perf_counter()
            tester.send(_REQUEST)
            answer = tester.recv(2.0)
            took_ms.append((time.perf_counter() - began) * 1000)
            if answer is None or answer.arbitration_id != 0x7E8:
                raise SystemExit("the simulated car did not answer")
    yield "vehicle, request to answer, one at a time"
    yield row("mode 01 PID 0C over the TCP bus", took_ms, "ms")


def frames(seconds: float) -> Iterator[str]:
    """Frames at the pace of a full 500 kbit/s bus from one client of the hub to another."""
    with (
        Hub() as hub,
        can.Bus(interface="rigbus", channel=hub.address) as sender,
        can.Bus(interface="rigbus", channel=hub.address) as hearer,
    ):
        total = int(seconds * _CAN_500_FRAMES_PER_S)
        began = time.monotonic()
        for number in range(total):
            sender.send(can.Message(arbitration_id=0x123, data=number.to_bytes(8, "big"), is_extended_id=False))
            ahead_s = number / _CAN_500_FRAMES_PER_S - (time.monotonic() - began)
            if ahead_s > 0.002:
                time.sleep(ahead_s)
        took_s = time.monotonic() - began
        heard = 0
        while hearer.recv(0.5) is not None:
            heard += 1
    yield f"bus, frames of 8 bytes at {_CAN_500_FRAMES_PER_S}/s for {seconds:g} s"
    yield f"  sent {total} in {took_s:.2f} s ({total / took_s:.0f}/s), heard {heard}, lost {total - heard}"
