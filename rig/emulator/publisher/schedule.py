"""Who is served when: each destination on a clock of its own, or all in turn as the shipped firmware does."""

import asyncio
from collections.abc import Iterable

from rig.emulator.behaviour import Point
from rig.emulator.publisher.attempt import Service, published
from rig.emulator.publisher.needs import Autopid, Telemetry
from rig.emulator.publisher.turn import Lane, Turn

TICK_S = 0.1
"""How often the firmware looks at what is due."""
PAUSE_S = 0.005
"""Pause of the firmware after each destination."""
STAGGER_S = 0.03
"""First attempts of destinations with clocks of their own are this far apart, so that they do not all shake hands at once."""
EVENT_RETRY_S = 5.0
"""After a failure the news of an event-only destination is sent again this much later."""
CLOSEST = 0.92
"""An attempt that began late lets the next one come this fraction of a cycle after it, until the grid is reached again."""


class Pace:
    """When a destination is due: on a fixed grid (own clock), or a cycle after the end of an exchange (in turn)."""

    def __init__(self, service: Service, autopid: Autopid) -> None:
        self.service = service
        self.behaviour = service.device.behaviour
        self._autopid = autopid

    def cycle_s(self, lane: Lane) -> float:
        """The cycle that is kept, in seconds; 0 for events only."""
        cycle_ms = lane.destination.cycle_ms
        return 10.0 if cycle_ms == 0 and not self.behaviour.event_mode else cycle_ms / 1000

    def snapshot(self) -> Telemetry | None:
        """Telemetry as it is posted now; None before anything was polled."""
        values = self._autopid.snapshot()
        return None if values is None else published(values, stamp=self.behaviour.posted_timestamp)

    async def first_snapshot(self) -> Telemetry:
        """Telemetry, once there is any and the link is up."""
        while True:
            await self.linked()
            if (snapshot := self.snapshot()) is not None:
                return snapshot
            if self.behaviour.serial:
                self.service.device.log("W", "AUTO_PID", "No autopid data to publish")
            await asyncio.sleep(TICK_S)

    async def linked(self) -> None:
        """Returns once the link is up; after an absence it takes a moment more."""
        if not self.service.device.link_up:
            await self.service.device.wait_for_link()
            device = self.service.device
            await asyncio.sleep(self.behaviour.pass_through(Point.LINK_BACK, self.behaviour.link_delay_s, device))


    def goes(self, lane: Lane, telemetry: Telemetry) -> bool:
        """Whether an attempt that is due is made."""
        now = asyncio.get_running_loop().time()
        turn = Turn(self.service.device, lane, self.service.lanes, telemetry, now)
        return bool(self.behaviour.pass_through(Point.ATTEMPT, True, turn))


def next_due(turn: Turn, slot: float, cycle_s: float) -> tuple[float, float]:
    """When a destination with a clock of its own is due next, and the slot of its grid that this stands for.

    A cycle after its slot; later if it began late, so that no two attempts come close together, and at once if it took longer
    than a cycle. What was missed is not sent; the grid begins anew where it is half a cycle behind.
    """
    due = max(slot + cycle_s, turn.started + CLOSEST * cycle_s, turn.ended or turn.started)
    return due, slot + cycle_s if due - slot < 1.5 * cycle_s else due


async def keep_own_clock(pace: Pace, lane: Lane) -> None:
    """Serves one destination for ever, whatever the others do."""
    await pace.first_snapshot()
    cycle_s, loop = pace.cycle_s(lane), asyncio.get_running_loop()
    slot = planned = loop.time() + STAGGER_S * lane.destination.index
    while True:
        await asyncio.sleep(planned - loop.time())
        telemetry = await pace.first_snapshot()
        if not pace.goes(lane, telemetry):
            slot = planned = max(slot, loop.time() - cycle_s) + cycle_s
            continue
        turn = await pace.service.serve(lane, telemetry)
        due, slot = next_due(turn, slot, max(cycle_s, lane.stretched_s))
        planned = pace.behaviour.pass_through(Point.DUE, due, turn)
        slot = slot if planned == due else planned


async def wait_for_events(pace: Pace, autopid: Autopid, lane: Lane) -> None:
    """Serves an event-only destination for ever: one POST for each change of a value or of the ECU state."""
    changed = asyncio.Event()
    autopid.subscribe(changed.set)
    told: tuple[Telemetry, bool] | None = None
    while True:
        telemetry = await pace.first_snapshot()
        changed.clear()
        news = (autopid.snapshot() or {}, autopid.ecu_online)
        if news == told and not await something_happens(changed, pace.behaviour.event_heartbeat_s):
            continue
        turn = Turn(pace.service.device, lane, pace.service.lanes, telemetry, asyncio.get_running_loop().time())
        if not pace.behaviour.pass_through(Point.EVENT, True, turn) or not pace.goes(lane, telemetry):
            told = news
            continue
        for _ in range(pace.behaviour.event_repeats):
            turn = await pace.service.serve(lane, telemetry)
            told = news if turn.success else None
            pause_s = pace.behaviour.event_gap_s if turn.success else EVENT_RETRY_S
            await asyncio.sleep(turn.started + pause_s - asyncio.get_running_loop().time())


async def something_happens(changed: asyncio.Event, heartbeat_s: float | None) -> bool:
    """Waits for a change; True if a heartbeat is due instead."""
    try:
        await asyncio.wait_for(changed.wait(), heartbeat_s)
    except TimeoutError:
        return True
    return False


async def serve_in_turn(pace: Pace, lanes: Iterable[Lane]) -> None:
    """Serves all destinations in one task (web API facts 5.6): due again a delay after the end of the attempt.

    The delay is the one valid before the attempt: backoff sets in, and ends, one attempt late.
    """
    loop = asyncio.get_running_loop()
    due = {lane.destination.index: loop.time() for lane in lanes}
    while True:
        telemetry = await pace.first_snapshot()
        for lane in lanes:
            index = lane.destination.index
            if loop.time() < due[index] or not pace.service.device.link_up:
                continue
            delay_s = max(pace.cycle_s(lane), lane.stretched_s)
            if not pace.goes(lane, telemetry):
                due[index] += delay_s
                continue
            turn = await pace.service.serve(lane, telemetry)
            due[index] = pace.behaviour.pass_through(Point.DUE, (turn.ended or turn.started) + delay_s, turn)
            await asyncio.sleep(PAUSE_S)
        await asyncio.sleep(TICK_S)
