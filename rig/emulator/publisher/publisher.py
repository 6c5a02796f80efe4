"""The publisher of one boot: starts a task for each destination, or one for all, and counts what became of them."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial

from rig.emulator.active import ActiveConfiguration, ActiveDestination
from rig.emulator.behaviour import Point
from rig.emulator.publisher.attempt import Service
from rig.emulator.publisher.needs import Autopid, Device
from rig.emulator.publisher.schedule import Pace, keep_own_clock, serve_in_turn, wait_for_events
from rig.emulator.publisher.turn import Lane

Work = Callable[[], Coroutine[None, None, None]]


class Publisher:
    """Sends to the active destinations from `start` to `stop`."""

    def __init__(self, device: Device, autopid: Autopid) -> None:
        self._device = device
        self._autopid = autopid
        self._met: dict[tuple[int, str], Lane] = {}
        self._lanes = tuple(self._lane(destination) for destination in device.active.destinations)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begins; returns at once."""
        behaviour = self._device.behaviour
        if behaviour.grouping_obeyed and not self._device.active.grouping:
            return
        self._device.log("I", "AUTO_PID", "Autopid publish task created")
        pace = Pace(Service(self._device, self._lanes), self._autopid)
        work: list[Work] = [partial(serve_in_turn, pace, self._lanes)]
        if not behaviour.serial:
            work = [self._own_work(pace, lane) for lane in self._lanes]
        self._tasks = [asyncio.create_task(self._begin(one)) for one in work]
        for task in self._tasks:
            task.add_done_callback(_report)

    async def stop(self) -> None:
        """Ends at once; connections are dropped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        for lane in self._lanes:
            if lane.kept is not None:
                lane.kept.abort()
                lane.kept = None

    async def reload(self, active: ActiveConfiguration) -> None:
        """Serves other destinations from now on; one that stays, or comes back, keeps what it remembers of this boot."""
        await self.stop()
        if self._device.behaviour.reload_forgets:
            self._met.clear()
        self._lanes = tuple(self._lane(destination) for destination in active.destinations)
        await self.start()

    def statistics(self) -> list[tuple[int, int]]:
        """Successes and failures since boot, in order of the active destinations."""
        counters = [(lane.successes, lane.failures) for lane in self._lanes]
        return list(self._device.behaviour.pass_through(Point.STATISTICS, counters, self._lanes))

    def _lane(self, destination: ActiveDestination) -> Lane:
        """The lane of a destination: the one it had, if its place and URL are known from earlier in this boot."""
        lane = self._met.setdefault((destination.position, destination.url), Lane(destination))
        lane.destination = destination
        return lane

    def _own_work(self, pace: Pace, lane: Lane) -> Work:
        return partial(keep_own_clock, pace, lane) if pace.cycle_s(lane) else partial(wait_for_events, pace, self._autopid, lane)

    async def _begin(self, work: Work) -> None:
        await asyncio.sleep(self._device.behaviour.publish_delay_s)
        self._device.log("I", "AUTO_PID", "Autopid Publish Task Started")
        await work()


def _report(task: asyncio.Task[None]) -> None:
    """A fault of the publisher itself is shown at once, not kept until the device is stopped."""
    if not task.cancelled() and (error := task.exception()):
        task.get_loop().call_exception_handler({"message": "a destination is served no more", "exception": error, "task": task})
