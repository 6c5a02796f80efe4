"""The receiving side of ISO-TP (ISO 15765-2): which frames belong to one answer, and whether it is whole.

Bytes stay as they came, protocol control information (PCI) included, because expressions count from there. No I/O, no clock.
"""

from dataclasses import dataclass, field
from enum import Enum

Frame = tuple[int, bytes]
"""Id and data of a CAN frame."""


class Arrival(Enum):
    """What a frame did."""

    WHOLE = "whole"
    """It completed an answer."""
    FIRST = "first"
    """It began an answer of several frames; the ECU now waits for flow control."""
    MORE = "more"
    """It belongs to an answer that is still under way."""
    BROKEN = "broken"
    """It is out of sequence, and ends the answer under way."""
    STRAY = "stray"
    """It belongs to nothing."""


@dataclass
class Answer:
    """What one ECU said: the frames' positions in order of arrival, their bytes, and the payload without PCI."""

    can_id: int
    length: int
    positions: list[int] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    payload: bytes = b""
    broken: bool = False
    counter: int = 0

    @property
    def whole(self) -> bool:
        """Whether all that was announced has come, in sequence."""
        return not self.broken and len(self.payload) >= self.length


class Assembly:
    """Takes frames as they arrive. `checked` False takes consecutive frames whatever their number, and keeps their padding.

    `address_bytes` says how many bytes stand before the PCI byte (extended addressing: 1).
    """

    def __init__(self, *, address_bytes: int = 0, checked: bool = True) -> None:
        self.answers: list[Answer] = []
        self._skip = address_bytes
        self._checked = checked
        self._open: dict[int, Answer] = {}
        self._count = 0

    @property
    def waiting(self) -> bool:
        """Whether an answer of several frames is under way."""
        return bool(self._open)

    def take(self, frame: Frame) -> tuple[Arrival, Answer | None]:
        """What the next frame does, and the answer that it belongs to."""
        can_id, data = frame
        position, self._count = self._count, self._count + 1
        pci, body = data[self._skip : self._skip + 1], data[self._skip :]
        if not pci or pci[0] >> 4 > 2:
            return Arrival.STRAY, None
        kind = (self._single, self._first, self._consecutive)[pci[0] >> 4]
        arrival, answer, used = kind(can_id, body)
        if answer is not None:
            answer.positions.append(position)
            answer.lines.append(data[: self._skip + used])
        return arrival, answer

    def _begin(self, can_id: int, length: int) -> Answer:
        """A new answer; one of the same ECU that is under way stays unfinished (ISO 15765-2, 9.8.3)."""
        self._open.pop(can_id, None)
        answer = Answer(can_id, length)
        self.answers.append(answer)
        return answer

    def _single(self, can_id: int, body: bytes) -> tuple[Arrival, Answer | None, int]:
        answer = self._begin(can_id, body[0])
        answer.payload = body[1 : 1 + answer.length]
        answer.broken = answer.length == 0 or len(answer.payload) < answer.length
        return (Arrival.BROKEN if answer.broken else Arrival.WHOLE), answer, 1 + answer.length

    def _first(self, can_id: int, body: bytes) -> tuple[Arrival, Answer | None, int]:
        answer = self._begin(can_id, int.from_bytes(body[:2], "big") & 0xFFF)
        answer.payload = body[2:]
        if len(body) < 8 - self._skip or answer.length <= len(answer.payload):
            answer.broken = True
            return Arrival.BROKEN, answer, len(body)
        self._open[can_id] = answer
        return Arrival.FIRST, answer, len(body)

    def _consecutive(self, can_id: int, body: bytes) -> tuple[Arrival, Answer | None, int]:
        answer = self._open.get(can_id)
        if answer is None:
            return Arrival.STRAY, self._last_of(can_id), len(body)
        answer.counter = (answer.counter + 1) % 16
        missing = answer.length - len(answer.payload)
        answer.payload += body[1 : 1 + missing]
        if self._checked and (body[0] & 0xF != answer.counter or len(body) - 1 < min(missing, 7 - self._skip)):
            answer.broken = True
            del self._open[can_id]
            return Arrival.BROKEN, answer, len(body)
        used = 1 + missing if self._checked else len(body)
        if len(answer.payload) < answer.length:
            return Arrival.MORE, answer, used
        del self._open[can_id]
        return Arrival.WHOLE, answer, used

    def _last_of(self, can_id: int) -> Answer | None:
        """Frames after a broken answer belong to it; after a whole one, or to nothing, they are left over."""
        last = next((answer for answer in reversed(self.answers) if answer.can_id == can_id), None)
        return last if last is not None and (last.broken or not self._checked) else None
