"""Which of the frames that arrived after a request are its answer, and the bytes that expressions see."""

from dataclasses import dataclass
from enum import Enum
from string import hexdigits
from typing import Self

from rig.emulator.autopid.isotp import Answer, Assembly, Frame
from rig.emulator.behaviour import Behaviour

NEGATIVE, PENDING = 0x7F, 0x78
_IDENTIFIER_BYTES = {0x01: 1, 0x02: 1, 0x05: 1, 0x06: 1, 0x08: 1, 0x09: 1, 0x1A: 1, 0x21: 1, 0x22: 2}
"""How much of a request an answer repeats, by service (SAE J1979, ISO 14229-1, ISO 14230-3); of others up to two bytes."""


@dataclass(frozen=True)
class Question:
    """A request, service byte first. `count` is the number of frames after which the chip need not wait any longer.

    `digits` is how long the configured text was: shipped firmware looks at it to decide what it checks.
    """

    request: bytes
    count: int | None = None
    digits: int = 0
    standard: bool = False

    @classmethod
    def of(cls, text: str, *, standard: bool = False) -> Self | None:
        """From hex text; an odd last digit is the expected count. None where the text is no request that fits into one frame."""
        plain = "".join(text.split())
        if len(plain) < 2 or set(plain) - set(hexdigits):
            return None
        count = int(plain[-1], 16) if len(plain) % 2 else None
        request = bytes.fromhex(plain[:-1] if len(plain) % 2 else plain)
        return cls(request, count, len(plain), standard) if len(request) <= 7 else None

    @property
    def echo(self) -> bytes:
        """How a positive answer begins."""
        width = _IDENTIFIER_BYTES.get(self.request[0], 2)
        return bytes([self.request[0] + 0x40 & 0xFF]) + self.request[1 : 1 + width]

    @property
    def checked_by_firmware(self) -> bool:
        """Whether 4.50p looks for an echo: only where the first six digits make whole bytes."""
        return min(self.digits, 6) % 2 == 0

    @property
    def echo_by_firmware(self) -> bytes:
        """What 4.50p looks for."""
        return bytes([self.request[0] + 0x40 & 0xFF]) + self.request[1:3]


class Kind(Enum):
    """What an answer says to a request."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    PENDING = "pending"
    FOREIGN = "foreign"


def kind_of(answer: Answer, question: Question) -> Kind:
    """Whether an answer is one to this question, and which."""
    payload = answer.payload
    if payload[:2] == bytes([NEGATIVE, question.request[0]]):
        return Kind.PENDING if payload[2:3] == bytes([PENDING]) else Kind.NEGATIVE
    return Kind.POSITIVE if payload.startswith(question.echo) else Kind.FOREIGN


def counts(answer: Answer, question: Question, behaviour: Behaviour) -> bool:
    """Whether an answer would be taken for the one to this question."""
    kind = kind_of(answer, question)
    if kind is Kind.PENDING:
        return not behaviour.pending_skipped
    if kind is Kind.NEGATIVE:
        return not behaviour.negatives_skipped
    return kind is Kind.POSITIVE or not (behaviour.echo_checked and behaviour.echo_at_start)


@dataclass(frozen=True)
class Verdict:
    """What became of a request: the bytes from B0 on (None for a failure, `why` says which), and the ECU they came from.

    `alive` tells whether any ECU said anything to this question, be it no.
    """

    data: bytes | None = None
    payload: bytes = b""
    ecu: int | None = None
    alive: bool = False
    why: str = "NO DATA"


@dataclass(frozen=True)
class Circumstances:
    """What the reading of an answer depends on beside the question; `tracked` is the protocol that was detected, if one was."""

    wide: bool = False
    address_bytes: int = 0
    primary: int | None = None
    tracked: str | None = None


def decide(frames: list[Frame], question: Question, around: Circumstances, behaviour: Behaviour) -> Verdict:
    """The answer among these frames, as this device reads them."""
    assembly = Assembly(address_bytes=around.address_bytes, checked=behaviour.sequence_checked)
    for frame in frames:
        assembly.take(frame)
    answers = [answer for answer in assembly.answers if answer.whole or not behaviour.sequence_checked]
    alive = any(kind_of(answer, question) is not Kind.FOREIGN for answer in answers)
    taken = _of_one_ecu([answer for answer in answers if counts(answer, question, behaviour)], question, around, behaviour)
    data = _joined(taken, around, behaviour)
    if not data:
        return Verdict(alive=alive, why=_why(assembly.answers, question))
    if behaviour.echo_checked and not behaviour.echo_at_start and not _echoed(data, question):
        return Verdict(alive=alive, why="No positive response")
    return Verdict(data, taken[0].payload, taken[0].can_id, alive=True, why="")


def _of_one_ecu(answers: list[Answer], question: Question, around: Circumstances, behaviour: Behaviour) -> list[Answer]:
    """The first answer of the ECU that counts: the one whose answer was taken before, or else the lowest id."""
    if not answers:
        return []
    lowest = min(answer.can_id for answer in answers)
    if behaviour.one_ecu:
        ecu = lowest if around.primary is None else around.primary
        return [answer for answer in answers if answer.can_id == ecu][:1]
    if question.standard and not around.wide:
        return [answer for answer in answers if answer.can_id == lowest]
    return answers


def _joined(answers: list[Answer], around: Circumstances, behaviour: Behaviour) -> bytes:
    """All lines in order of arrival, ids cut off."""
    lines = [
        (position, answer.can_id, line)
        for answer in answers
        for position, line in zip(answer.positions, answer.lines, strict=True)
    ]
    return b"".join(_without_id(can_id, line, around, behaviour) for _, can_id, line in sorted(lines))


def _without_id(can_id: int, line: bytes, around: Circumstances, behaviour: Behaviour) -> bytes:
    """A line of the chip has the id as one word (11 bit) or four (29 bit); shipped firmware may drop the wrong number of them."""
    if not behaviour.header_by_tracked_protocol or around.tracked is None:
        return line
    words = [b""] if can_id <= 0x7FF else [bytes([byte]) for byte in can_id.to_bytes(4, "big")]
    words += [bytes([byte]) for byte in line]
    return b"".join(words[4 if around.tracked in {"7", "9"} else 1 :])


def _echoed(data: bytes, question: Question) -> bool:
    return not question.checked_by_firmware or question.echo_by_firmware in data


def _why(answers: list[Answer], question: Question) -> str:
    if not answers:
        return "NO DATA"
    kinds = {kind_of(answer, question) for answer in answers if answer.whole}
    return "No positive response" if kinds else "Response too short"
