"""The state of the OBD chip that AT commands set: protocol, ids, filters, flow control, time-outs.

A state is a value and a command makes a new one, so that a PID's own init can be tried on and dropped. Understood is what the
public vehicle profiles use; every other command leaves the state as it is, as the chip answers ``?`` or ignores it.

Not modelled: bit rates (protocols 6 and 8, 7 and 9 are alike on a python-can bus), the protocols 1 to 5 and A to C, adaptive
timing, CAN-FD.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from string import hexdigits
from typing import Any, Self

FUNCTIONAL_11, FUNCTIONAL_29 = 0x7DF, 0x18DB33F1
TESTER = 0xF1
TIMEOUT_UNIT_MS = 4.096
"""What ATST counts in."""


@dataclass(frozen=True)
class FlowControl:
    """What the chip answers to a first frame: `mode` 0 on its own, 1 with `can_id` and `data`, 2 with `data` only."""

    mode: int = 0
    can_id: int | None = None
    data: bytes = b"\x30\x00\x00"
    enabled: bool = True
    pairs: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class ChipState:
    """What requests are sent with, and which answers are let through. Ids are None where the protocol's own hold."""

    protocol: str = "6"
    header: int | None = None
    priority: int = 0x18
    receive: str | None = None
    timeout_ms: float | None = None
    flow: FlowControl = FlowControl()
    extended_address: int | None = None
    extended_answer: int | None = None
    auto_format: bool = True

    @property
    def wide(self) -> bool:
        """Whether ids have 29 bits."""
        return self.protocol in {"7", "9"}

    @property
    def request_id(self) -> int:
        """The id of requests."""
        if self.header is None:
            return FUNCTIONAL_29 if self.wide else FUNCTIONAL_11
        if not self.wide:
            return self.header & 0x7FF
        return self.header if self.header > 0xFFFFFF else self.priority << 24 | self.header

    @property
    def address_bytes(self) -> int:
        """How many bytes stand before the PCI byte of a frame."""
        return 0 if self.extended_address is None else 1

    def asked(self) -> int | None:
        """The id of the one ECU that a request goes to, None where it goes to all, or to one whose answer is not known."""
        request = self.request_id
        if not self.wide:
            return request + 8 if 0x7E0 <= request <= 0x7E7 else None
        if request & 0xFFFF00FF == 0x18DA0000 | TESTER:
            return 0x18DA0000 | TESTER << 8 | request >> 8 & 0xFF
        return None

    @property
    def one_answer(self) -> bool:
        """Whether only one ECU can answer."""
        return self.asked() is not None if self.receive is None else "X" not in self.receive

    def lets_through(self, can_id: int, *, asked_only: bool) -> bool:
        """Whether a frame with this id can be an answer."""
        if self.receive is not None:
            shown = f"{can_id:08X}" if self.wide else f"{can_id:03X}"
            return len(shown) == len(self.receive) and all(want in {"X", got} for want, got in zip(self.receive, shown, strict=True))
        if asked_only and (asked := self.asked()) is not None:
            return can_id == asked
        return can_id >> 8 == 0x18DA00 | TESTER if self.wide else 0x7E8 <= can_id <= 0x7EF

    def flow_control(self, answer_id: int) -> tuple[int, bytes] | None:
        """Id and data of the flow control for an answer, None where it is switched off."""
        if not self.flow.enabled or not self.auto_format:
            return None
        paired = next((sent for sent, received in self.flow.pairs if received == answer_id), None)
        if self.flow.mode == 1 and self.flow.can_id is not None:
            return self.flow.can_id, self.flow.data
        data = self.flow.data if self.flow.mode == 2 else b"\x30\x00\x00"
        if self.extended_address is not None and self.flow.mode == 0:
            data = bytes([self.extended_address]) + data
        return (paired if paired is not None else self._counterpart(answer_id)), data

    def _counterpart(self, answer_id: int) -> int:
        if self.wide:
            return answer_id & ~0xFFFF | (answer_id & 0xFF) << 8 | answer_id >> 8 & 0xFF
        return answer_id - 8

    def after(self, commands: Iterable[str]) -> Self:
        """The state after these commands (upper case, no blanks)."""
        state = self
        for command in commands:
            state = state._after(command)
        return state

    def _after(self, command: str) -> Self:
        if command in {"ATD", "ATZ", "ATWS"}:
            return type(self)(protocol=self.protocol)
        prefix = next((prefix for prefix in _COMMANDS if command.startswith(prefix)), None)
        if prefix is None:
            return self
        argument = command[len(prefix) :]
        if set(argument) - set(hexdigits + "X,"):
            return self
        try:
            return replace(self, **_COMMANDS[prefix](self, argument))
        except ValueError:
            return self


_Change = dict[str, Any]


def _protocol(state: ChipState, argument: str) -> _Change:
    number = argument[-1:]  # ATSPA6 is 6 with automatic search
    if number not in {"0", "6", "7", "8", "9"}:
        raise ValueError(argument)
    same_width = (number in {"7", "9"}) == state.wide
    return {"protocol": number} | ({} if same_width else {"header": None, "receive": None})


def _flow(state: ChipState, **change: Any) -> _Change:
    return {"flow": replace(state.flow, **change)}


def _pair(state: ChipState, argument: str) -> _Change:
    sent, received = argument.split(",")
    return _flow(state, pairs=((int(sent, 16), int(received, 16)), *state.flow.pairs))


def _byte(argument: str) -> int | None:
    return int(argument, 16) if argument else None


_COMMANDS: dict[str, Callable[[ChipState, str], _Change]] = {
    "ATSP": _protocol,
    "ATTP": _protocol,
    "ATSH": lambda _, argument: {"header": int(argument, 16)},
    "ATST": lambda _, argument: {"timeout_ms": int(argument, 16) * TIMEOUT_UNIT_MS or None},
    "ATCRA": lambda _, argument: {"receive": argument or None},
    "ATAR": lambda _, __: {"receive": None},
    "ATCEA": lambda _, argument: {"extended_address": _byte(argument)},
    "ATCER": lambda _, argument: {"extended_answer": _byte(argument)},
    "ATCAF": lambda _, argument: {"auto_format": argument != "0"},
    "ATCFC": lambda state, argument: _flow(state, enabled=argument != "0"),
    "ATCP": lambda _, argument: {"priority": int(argument, 16) & 0x1F},
    "ATFCSH": lambda state, argument: _flow(state, can_id=int(argument, 16)),
    "ATFCSD": lambda state, argument: _flow(state, data=bytes.fromhex(argument)),
    "ATFCSM": lambda state, argument: _flow(state, mode=int(argument)),
    "STCAFCP": _pair,
}
