"""CAN filters: parameters read from frames that ECUs broadcast, without a request."""

import asyncio
from collections.abc import Callable, Iterable

from rig.emulator.active import ActiveParameter
from rig.emulator.autopid.isotp import Frame

Evaluate = Callable[[ActiveParameter, Frame], None]


class CanFilters:
    """Hands a filter's frame to `evaluate` whenever one of its parameters is due. Byte 0 is the frame's first data byte.

    With a `window_s` it listens only in `listen`, for one frame of each filter; else all the time.
    """

    def __init__(self, parameters: Iterable[ActiveParameter], evaluate: Evaluate, window_s: float | None) -> None:
        self._parameters = list(parameters)
        self._ids = frozenset(parameter.frame_id for parameter in self._parameters)
        self._due: dict[str, float] = {}
        self._evaluate = evaluate
        self._window_s = window_s
        self._awaited: dict[int, asyncio.Future[Frame]] = {}

    def wants(self, can_id: int, wide: bool) -> bool:
        """Whether a frame on the bus is one of a filter; ids above 7FF have 29 bits."""
        return (can_id in self._ids or can_id in self._awaited) and wide == (can_id > 0x7FF)

    def take(self, frame: Frame) -> None:
        """A frame has arrived."""
        awaited = self._awaited.get(frame[0])
        if awaited is not None and not awaited.done():
            awaited.set_result(frame)
        if self._window_s is None:
            self._serve(frame)

    async def next_frame(self, can_id: int, within_s: float) -> Frame | None:
        """The next frame with this id, None if none comes in time."""
        future = asyncio.get_running_loop().create_future()
        self._awaited[can_id] = future
        try:
            async with asyncio.timeout(within_s):
                return await future  # type: ignore[no-any-return]  # a bare future has no type of its own
        except TimeoutError:
            return None
        finally:
            del self._awaited[can_id]

    async def listen(self) -> None:
        """Listens for each filter with a parameter that is due, one after the other, if there is a window at all."""
        if self._window_s is None:
            return
        now = asyncio.get_running_loop().time()
        for can_id in dict.fromkeys(parameter.frame_id for parameter in self._parameters if self._is_due(parameter, now)):
            frame = await self.next_frame(can_id, self._window_s)
            self._serve(frame if frame is not None else (can_id, b""))

    def due(self) -> float | None:
        """When `listen` has something to do, None for never."""
        if self._window_s is None:
            return None
        return min((self._due.get(parameter.name, 0.0) for parameter in self._parameters), default=None)

    def _is_due(self, parameter: ActiveParameter, now: float) -> bool:
        return now >= self._due.get(parameter.name, 0.0)

    def _serve(self, frame: Frame) -> None:
        """Gives the frame to all parameters of its id that are due; one without data stands for none in time."""
        now = asyncio.get_running_loop().time()
        for parameter in self._parameters:
            if parameter.frame_id == frame[0] and self._is_due(parameter, now):
                self._due[parameter.name] = now + parameter.period_ms / 1000
                if frame[1]:
                    self._evaluate(parameter, frame)
