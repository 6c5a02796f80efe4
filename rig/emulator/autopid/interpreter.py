"""The OBD chip at work: sends a request, listens, sends flow control, finds the protocol."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from rig.emulator.autopid.answers import Question
from rig.emulator.autopid.chip import ChipState
from rig.emulator.autopid.isotp import Frame
from rig.emulator.autopid.link import CanLink
from rig.emulator.autopid.listening import Listening
from rig.emulator.behaviour import Behaviour, Point

_SEARCH = Question(b"\x01\x00")
_SEARCH_AGAIN_S = 2.0
_LONGEST_SETTLING_S = 1.0


@dataclass(frozen=True)
class Heard:
    """Frames that arrived after a request, in order, and the state it was made in (with the protocol that was found)."""

    frames: tuple[Frame, ...]
    state: ChipState


class Interpreter:
    """Asks one question at a time; whoever calls `ask` waits for the one before."""

    def __init__(self, link: CanLink, behaviour: Behaviour) -> None:
        self.detected: str | None = None
        self._link = link
        self._behaviour = behaviour
        self._state = ChipState()
        self._arrived: asyncio.Queue[Frame] = asyncio.Queue()
        self._searched_at = -_SEARCH_AGAIN_S

    def wants(self, can_id: int, wide: bool) -> bool:
        """Whether a frame on the bus can be an answer to the latest request."""
        state = self._state
        return wide == state.wide and state.lets_through(can_id, asked_only=self._behaviour.asked_ecu_only)

    def take(self, frame: Frame) -> None:
        """A frame has arrived."""
        expected = self._state.extended_answer
        if expected is None or frame[1][:1] == bytes([expected]):
            self._arrived.put_nowait(frame)

    async def ask(self, state: ChipState, question: Question, primary: int | None = None) -> Heard:
        """What the bus says to a question; `primary` is the ECU whose answer counts, where that is known.

        With automatic protocol the search comes first; where it finds nothing, nothing is asked.
        """
        if state.protocol == "0":
            found = await self.search()
            if found is None:
                return Heard((), state)
            state = replace(state, protocol=found)
        return Heard(tuple(await self._exchange(state, question, primary)), state)

    async def search(self) -> str | None:
        """The protocol that an ECU answers to, found once per boot; after a vain search the next is not made at once."""
        now = asyncio.get_running_loop().time()
        if self.detected is None and now - self._searched_at >= _SEARCH_AGAIN_S:
            for protocol in ("6", "7"):
                if self.detected is None and await self._exchange(ChipState(protocol=protocol), _SEARCH, None):
                    self.detected = protocol
            self._searched_at = asyncio.get_running_loop().time()
        return self.detected

    async def _exchange(self, state: ChipState, question: Question, primary: int | None) -> list[Frame]:
        clock = asyncio.get_running_loop().time
        if self._behaviour.late_dropped:
            self._drop_arrived()
        self._state = state
        listening = Listening(question, state, self._behaviour, primary)
        self._send(state, question)
        listening.start(clock())
        while not listening.done:
            frame = await self._next(listening.deadline)
            if frame is None:
                listening.expired()
            elif listening.take(frame, clock()):
                self._send_flow_control(state, frame[0])
        if listening.unsettled:
            await self._settle()
        return listening.frames

    def _send(self, state: ChipState, question: Question) -> None:
        address = b"" if state.extended_address is None else bytes([state.extended_address])
        pci = bytes([len(question.request)]) if state.auto_format else b""
        data = address + pci + question.request
        if len(data) <= 8:
            self._put(state, state.request_id, data)

    def _send_flow_control(self, state: ChipState, answer_id: int) -> None:
        if flow := state.flow_control(answer_id):
            self._put(state, flow[0], flow[1])

    def _put(self, state: ChipState, can_id: int, data: bytes) -> None:
        for sent_id, sent in self._behaviour.pass_through(Point.FRAME_OUT, [(can_id, data)], state):
            self._link.send(sent_id, sent, wide=state.wide)

    async def _next(self, deadline: float) -> Frame | None:
        if not self._arrived.empty():
            return self._arrived.get_nowait()
        try:
            async with asyncio.timeout_at(deadline):
                return await self._arrived.get()
        except TimeoutError:
            return None

    async def _settle(self) -> None:
        """Waits until what is left of a broken sequence has gone by."""
        clock: Callable[[], float] = asyncio.get_running_loop().time
        end = clock() + _LONGEST_SETTLING_S
        quiet = self._behaviour.settle_ms / 1000
        while quiet and clock() < end and await self._next(min(end, clock() + quiet)) is not None:
            pass

    def _drop_arrived(self) -> None:
        while not self._arrived.empty():
            self._arrived.get_nowait()
