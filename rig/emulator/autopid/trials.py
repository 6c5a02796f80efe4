"""What the web page asks the poller to try: one PID, one frame, a scan of what the vehicle supports."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from rig.emulator.autopid import standard
from rig.emulator.autopid.answers import Circumstances, Question, Verdict, decide
from rig.emulator.autopid.chip import ChipState
from rig.emulator.autopid.chip_lock import ChipLock
from rig.emulator.autopid.expression import bytes_of, evaluate
from rig.emulator.autopid.filters import CanFilters
from rig.emulator.autopid.host import Host
from rig.emulator.autopid.init_strings import commands
from rig.emulator.autopid.interpreter import Interpreter
from rig.emulator.autopid.isotp import Frame
from rig.emulator.autopid.operators import Dialect, ExpressionError, ExpressionHangsError
from rig.emulator.autopid.values import AnswerBytes, rounded

_LOCK_S = 6.0
_FRAME_S = 1.1
_RAW_CHARACTERS = 191
_FUNCTIONAL = ("7DF", "18DB33F1")


class _RefusedError(Exception):
    """A trial that ends with this error text."""


class Trials:
    """Trials share the chip with the poller, one at a time; answers are what the web API sends."""

    def __init__(self, host: Host, interpreter: Interpreter, filters: CanFilters, lock: ChipLock) -> None:
        self._host = host
        self._interpreter = interpreter
        self._filters = filters
        self._lock = lock
        self._trying = False

    async def pid(self, request: Mapping[str, object]) -> dict[str, object]:
        """Asks once, by `kind` std (name, protocol, rxheader), custom or vehicle (init, pid_init, pid, expr)."""
        raw = ""
        try:
            async with self._chip():
                question, state, parameter = self._asked(request)
                heard = await self._interpreter.ask(state, question)
                raw = _raw(heard.frames)
                around = Circumstances(heard.state.wide, heard.state.address_bytes)
                verdict = decide(list(heard.frames), question, around, self._host.behaviour)
                value = self._value(verdict, parameter, str(request.get("expr", "")))
        except _RefusedError as error:
            return {"ok": False, "error": str(error)} | ({"raw": raw} if raw else {})
        return {"ok": True, "value": value, "unit": parameter.unit if parameter else "", "raw": raw}

    async def can_filter(self, request: Mapping[str, object]) -> dict[str, object]:
        """Waits for one frame with `frame_id` and applies `expr` to it."""
        try:
            frame, value = await self._broadcast(request)
        except _RefusedError as error:
            return {"ok": False, "error": str(error)}
        return {"ok": True, "value": value, "raw": _raw((frame,))}

    async def scan(self, protocol: str) -> list[str] | None:
        """Names of supported standard parameters, None for a protocol that cannot be scanned."""
        if protocol not in {"0", "6", "7", "8", "9"}:
            return None
        names: list[str] = []
        async with self._lock:
            for asked in standard.RANGES:
                state = ChipState().after([f"ATTP{protocol}"])
                heard = await self._interpreter.ask(state, Question(bytes([1, int(asked, 16)])))
                names += _named(standard.supported(_bitmaps(heard.frames, asked), asked))
        return names

    async def _broadcast(self, request: Mapping[str, object]) -> tuple[Frame, float]:
        if not request.get("kind"):
            raise _RefusedError("Missing kind")
        can_id, expression = _frame_id(request.get("frame_id")), str(request.get("expr") or "")
        if not expression:
            raise _RefusedError("Missing expr")
        async with self._chip():
            frame = await self._filters.next_frame(can_id, _FRAME_S)
        if frame is None:
            raise _RefusedError("No frame")
        return frame, self._evaluated(expression, frame[1])

    @asynccontextmanager
    async def _chip(self) -> AsyncIterator[None]:
        """The chip for one trial."""
        if self._trying:
            raise _RefusedError("Busy")
        self._trying = True
        try:
            try:
                async with asyncio.timeout(_LOCK_S):
                    await self._lock.acquire()
            except TimeoutError:
                raise _RefusedError("AutoPID busy") from None
            try:
                yield
            finally:
                self._lock.release()
        finally:
            self._trying = False

    def _asked(self, request: Mapping[str, object]) -> tuple[Question, ChipState, standard.StandardParameter | None]:
        kind = str(request.get("kind", ""))
        if not kind:
            raise _RefusedError("Missing kind")
        if kind == "std":
            return self._asked_standard(request)
        if kind not in {"custom", "vehicle"}:
            raise _RefusedError("Unknown kind")
        if not request.get("pid") or not request.get("expr"):
            raise _RefusedError("Missing pid/expr")
        question = Question.of(str(request["pid"]))
        if question is None:
            raise _RefusedError("No response")
        init = commands(str(request.get("init") or "")) + commands(str(request.get("pid_init") or ""))
        return question, self._fixed(request).after(init), None

    def _asked_standard(self, request: Mapping[str, object]) -> tuple[Question, ChipState, standard.StandardParameter]:
        name = str(request.get("name") or "")
        if not name:
            raise _RefusedError("Missing name")
        if name[:2].upper() not in standard.table():
            raise _RefusedError("Unknown PID")
        if name[2:3] != "-":
            raise _RefusedError("Bad name")
        parameter = standard.find(name)
        if parameter is None:
            raise _RefusedError("Param not found")
        fixed = self._fixed(request)
        receive = str(request.get("rxheader") or "").strip().upper()
        state = fixed.after([f"ATSH{_FUNCTIONAL[fixed.wide]}"] if fixed.protocol != "0" else []).after([f"ATCRA{receive}"])
        question = Question(bytes([1, int(parameter.pid, 16)]), digits=4, standard=True)
        return question, state, parameter

    def _fixed(self, request: Mapping[str, object]) -> ChipState:
        return ChipState().after([f"ATTP{request.get('protocol') or self._host.active.ecu_protocol}"])

    def _value(self, verdict: Verdict, parameter: standard.StandardParameter | None, expression: str) -> float:
        if verdict.data is None:
            raise _RefusedError(verdict.why)
        if parameter is None:
            kept = self._host.behaviour.test_keeps_ids and verdict.ecu is not None and verdict.ecu > 0x7FF
            ids = (verdict.ecu or 0).to_bytes(4, "big") if kept else b""
            return self._evaluated(expression, ids + verdict.data)
        shipped = self._host.behaviour.standard_as_shipped
        pci = b"\0" + verdict.payload
        value = standard.decode_as_shipped(parameter, pci) if shipped else standard.decode(parameter, verdict.payload)
        if value is None:
            raise _RefusedError("Response too short")
        return rounded(value)

    def _evaluated(self, expression: str, data: bytes) -> float:
        behaviour = self._host.behaviour
        answer = AnswerBytes(stale=True)
        answer.fill(data)
        dialect = replace(Dialect.of(behaviour), hangs=False)
        try:
            return rounded(evaluate(expression, answer.at if behaviour.stale_bytes else bytes_of(data), dialect))
        except (ExpressionError, ExpressionHangsError):
            raise _RefusedError("Expression eval failed") from None


def _frame_id(value: object) -> int:
    """A number as it is, text in hex."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return int(str(value), 16)
    except ValueError:
        raise _RefusedError("Invalid frame_id") from None


def _raw(frames: tuple[Frame, ...]) -> str:
    """Frames as the chip prints them."""
    lines = [f"{can_id:03X} {data.hex(' ').upper()}" if can_id <= 0x7FF else _wide(can_id, data) for can_id, data in frames]
    return " ".join(lines)[:_RAW_CHARACTERS]


def _wide(can_id: int, data: bytes) -> str:
    return (can_id.to_bytes(4, "big") + data).hex(" ").upper()


def _bitmaps(frames: tuple[Frame, ...], asked: str) -> list[bytes]:
    start = bytes([0x41, int(asked, 16)])
    return [data[1:7] for _, data in frames if data[1:3] == start and len(data) >= 7]


def _named(pids: list[str]) -> list[str]:
    return [parameter.full_name for pid in pids for parameter in standard.table().get(pid, ())]
