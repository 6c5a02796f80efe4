"""AutoPID: asks the vehicle for what is configured, and keeps what it answers."""

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from rig.emulator.active import ActiveParameter
from rig.emulator.autopid import standard, trials
from rig.emulator.autopid.answers import Circumstances, Verdict, decide
from rig.emulator.autopid.chip import ChipState
from rig.emulator.autopid.chip_lock import ChipLock
from rig.emulator.autopid.ecu import ecu_state
from rig.emulator.autopid.expression import evaluate
from rig.emulator.autopid.filters import CanFilters
from rig.emulator.autopid.host import Host
from rig.emulator.autopid.inits import Inits
from rig.emulator.autopid.interpreter import Heard, Interpreter
from rig.emulator.autopid.isotp import Frame
from rig.emulator.autopid.link import CanLink
from rig.emulator.autopid.operators import Dialect, ExpressionError, ExpressionHangsError
from rig.emulator.autopid.poll import Poll, Scheduled, together
from rig.emulator.autopid.telemetry import Telemetry
from rig.emulator.autopid.values import AnswerBytes, Value, shown
from rig.emulator.behaviour import Point

_LONGEST_NAP_S = 60.0


class Autopid:
    """The polling of one boot, from `start` to `stop`; one event loop.

    Polled is in load order whatever is due. A parameter keeps its last value until a new one arrives; requests that fail, and
    values that may not be sent, leave it alone.
    """

    def __init__(self, device: Host) -> None:
        self._device = device
        self._behaviour = device.behaviour
        on = tuple(parameter for parameter in device.active.parameters if parameter.polled)
        parameters: tuple[ActiveParameter, ...] = self._behaviour.pass_through(Point.PARAMETERS, on, device)
        requested = [parameter for parameter in parameters if parameter.kind != "filter"]
        known = [parameter for parameter in requested if parameter.kind != "standard" or standard.find(parameter.name)]
        self._entries = [Scheduled.of(parameter, self._behaviour) for parameter in known]
        self._telemetry = Telemetry((parameter.name for parameter in parameters), self._siblings())
        self._inits = Inits(device, tuple(p for p in device.active.parameters if p.kind == "standard"))
        loaded = (parameter.name for parameter in device.active.parameters if parameter.kind != "filter")
        self._ecu = ecu_state(self._behaviour, loaded)
        self._primaries: dict[tuple[ChipState, bytes], int] = {}
        self._answer = AnswerBytes(stale=self._behaviour.stale_bytes)
        self._dialect = Dialect.of(self._behaviour)
        self._random = random.Random(len(parameters))
        self._lock = ChipLock()
        self._link = CanLink(device.can_settings, device.log)
        self._interpreter = Interpreter(self._link, self._behaviour)
        window_ms = self._behaviour.filter_window_ms
        broadcast = [parameter for parameter in parameters if parameter.kind == "filter"]
        self._filters = CanFilters(broadcast, self._take_broadcast, None if window_ms is None else window_ms / 1000)
        self._link.wanted = lambda can_id, wide: self._filters.wants(can_id, wide) or self._interpreter.wants(can_id, wide)
        self._link.take = self._take
        self._trials = trials.Trials(device, self._interpreter, self._filters, self._lock)
        self._attempted = not self._entries
        self._tracked: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Opens the bus and begins to poll."""
        await self._link.start()
        self._task = asyncio.create_task(self._run(), name="autopid")
        self._task.add_done_callback(_report)

    async def stop(self) -> None:
        """Stops polling and lets the bus go."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._link.stop()

    @property
    def ecu_online(self) -> bool:
        """Whether the ECUs answer."""
        return self._ecu.online

    @property
    def busy(self) -> bool:
        """Whether one request, scan or test has kept the chip for so long that others notice."""
        return self._lock.held_long()

    def snapshot(self) -> dict[str, Value] | None:
        """The latest values in load order; None before the first attempt to poll."""
        return self._telemetry.snapshot() if self._attempted else None

    def subscribe(self, callback: Callable[[], object]) -> None:
        """`callback` is called when a value or the ECU state has changed."""
        self._telemetry.subscribe(callback)

    async def test_pid(self, request: Mapping[str, object]) -> dict[str, object]:
        """The answer of ``/autopid/test_pid``: one request, and what it would yield."""
        return await self._trials.pid(request)

    async def test_can_filter(self, request: Mapping[str, object]) -> dict[str, object]:
        """The answer of ``/autopid/test_can_filter``: one frame, and what it would yield."""
        return await self._trials.can_filter(request)

    async def scan(self, protocol: str) -> list[str] | None:
        """Standard parameters that the vehicle supports; None for an unknown protocol, or where nothing is loaded."""
        return await self._trials.scan(protocol) if self._device.active.parameters else None

    def standard_pid_info(self) -> list[dict[str, str]]:
        """The device's own list of standard parameters."""
        return standard.standard_pid_info()

    async def _run(self) -> None:
        await asyncio.sleep(self._behaviour.poll_start_ms / 1000)
        if self._device.active.ecu_protocol == "0" and self._entries:
            async with self._lock:
                self._tracked = await self._interpreter.search()
        clock = asyncio.get_running_loop().time
        while True:
            now = clock()
            due = [entry for entry in self._entries if entry.due <= now]
            for group in together(due, shared=self._behaviour.answers_shared):
                await self._poll(group)
                await asyncio.sleep(self._behaviour.poll_pause_ms / 1000)
            await self._filters.listen()
            self._ecu_changes(lambda: self._ecu.check(clock()))
            await asyncio.sleep(self._nap(clock()))

    def _nap(self, now: float) -> float:
        """Seconds until something is due again."""
        due = [entry.due for entry in self._entries] + [time for time in (self._ecu.due(), self._filters.due()) if time is not None]
        return max(self._behaviour.pass_pause_ms / 1000, min(min(due, default=now + _LONGEST_NAP_S) - now, _LONGEST_NAP_S))

    async def _poll(self, group: list[Scheduled]) -> None:
        """One request and everything that is read from its answer."""
        async with self._lock:
            state, count = self._inits.before(group[0], self._tracked)
            await asyncio.sleep(count * self._behaviour.command_ms / 1000)
            polls = [Poll(self._device, entry.parameter) for entry in group]
            for entry, poll in zip(group, polls, strict=True):
                self._rearm(entry, poll)
            verdict = await self._ask(group[0], polls[0], state)
            self._attempted = True
            for poll in polls:
                poll.request, poll.frames, poll.ecu = polls[0].request, polls[0].frames, verdict.ecu
                poll.data = verdict.data or b""
                try:
                    self._read(poll, verdict)
                except ExpressionHangsError:
                    await asyncio.Event().wait()

    def _rearm(self, entry: Scheduled, poll: Poll) -> None:
        now = asyncio.get_running_loop().time()
        jitter = self._random.uniform(-1, 1) * self._behaviour.poll_jitter_ms
        period = max(entry.parameter.period_ms + jitter, self._behaviour.poll_fastest_ms) / 1000
        period = self._behaviour.pass_through(Point.PERIOD, period, poll)
        start = entry.due if self._behaviour.poll_on_grid and entry.due else now
        entry.due = max(start + period, now)

    async def _ask(self, entry: Scheduled, poll: Poll, state: ChipState) -> Verdict:
        if entry.question is None:
            return Verdict(why="?")
        request = self._behaviour.pass_through(Point.POLL_REQUEST, entry.question.request, poll)
        question = replace(entry.question, request=request)
        poll.request = request
        key = (state, request)
        heard = await self._interpreter.ask(state, question, self._primaries.get(key))
        frames = self._behaviour.pass_through(Point.POLL_FRAMES, list(heard.frames), poll)
        poll.frames = tuple(frames)
        verdict = decide(frames, question, self._around(heard, self._primaries.get(key)), self._behaviour)
        if verdict.ecu is not None:
            self._primaries[key] = verdict.ecu
        return verdict

    def _around(self, heard: Heard, primary: int | None) -> Circumstances:
        return Circumstances(heard.state.wide, heard.state.address_bytes, primary, self._tracked)

    def _read(self, poll: Poll, verdict: Verdict) -> None:
        """Turns an answer, or its absence, into a value of one parameter."""
        failed = verdict.data is None
        value = None
        if verdict.data is not None:
            self._answer.fill(verdict.data)
            try:
                value = self._decoded(poll.parameter, verdict)
            except ExpressionError:
                failed = self._behaviour.failed_expression_marks
        self._keep(poll, value)
        name, now = poll.parameter.name, asyncio.get_running_loop().time()
        self._ecu_changes(lambda: self._ecu.polled(name, now, alive=verdict.alive, failed=failed))

    def _decoded(self, parameter: ActiveParameter, verdict: Verdict) -> float | None:
        if parameter.kind != "standard":
            return evaluate(parameter.expression, self._answer.at, self._dialect)
        known = standard.find(parameter.name)
        if known is None:
            return None
        if self._behaviour.standard_as_shipped:
            return standard.decode_as_shipped(known, verdict.data or b"")
        return standard.decode(known, verdict.payload)

    def _keep(self, poll: Poll, value: float | None) -> None:
        value = self._behaviour.pass_through(Point.VALUE, value, poll)
        final = shown(poll.parameter, value, self._behaviour)
        if final is not None:
            self._telemetry.store(poll.parameter.name, final)

    def _ecu_changes(self, change: Callable[[], None]) -> None:
        before = self._ecu.online
        change()
        if self._ecu.online == before:
            return
        if not self._ecu.online:
            self._primaries.clear()  # another vehicle may be plugged in by the time they are back
        self._telemetry.changed()

    def _take(self, frame: Frame) -> None:
        wide = frame[0] > 0x7FF
        if self._filters.wants(frame[0], wide):
            self._filters.take(frame)
        if self._interpreter.wants(frame[0], wide):
            self._interpreter.take(frame)

    def _take_broadcast(self, parameter: ActiveParameter, frame: Frame) -> None:
        self._answer.fill(frame[1])
        poll = Poll(self._device, parameter, frames=(frame,), data=frame[1], ecu=frame[0])
        value = None
        with suppress(ExpressionError, ExpressionHangsError):
            value = evaluate(parameter.expression, self._answer.at, self._dialect)
        self._attempted = True
        self._keep(poll, value)

    def _siblings(self) -> list[str]:
        """Parameters that start at 0, where the device does that: all but the first of a profile PID."""
        profile = [entry for entry in self._entries if entry.parameter.kind == "profile"]
        groups = together(profile, shared=True) if self._behaviour.siblings_start_at_zero else []
        return [entry.parameter.name for group in groups for entry in group[1:]]


def _report(task: asyncio.Task[None]) -> None:
    """A fault of the engine itself is shown, not kept until the device is stopped."""
    if not task.cancelled() and (error := task.exception()):
        task.get_loop().call_exception_handler({"message": "AutoPID ended", "exception": error, "task": task})
