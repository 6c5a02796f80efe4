"""How long a request listens: until the answer is there, or until nothing more is to be expected. No I/O, no clock of its own."""

from dataclasses import dataclass, field

from rig.emulator.autopid.answers import Kind, Question, counts, kind_of
from rig.emulator.autopid.chip import ChipState
from rig.emulator.autopid.isotp import Answer, Arrival, Assembly, Frame
from rig.emulator.behaviour import Behaviour


@dataclass
class Listening:
    """One request under way; times are seconds of any one clock."""

    question: Question
    state: ChipState
    behaviour: Behaviour
    primary: int | None
    deadline: float = 0.0
    done: bool = False
    frames: list[Frame] = field(default_factory=list)
    unsettled: bool = False
    """Whether a sequence of frames was broken, so that the rest of it may still arrive."""

    def __post_init__(self) -> None:
        """Starts with nothing heard."""
        self._assembly = Assembly(address_bytes=self.state.address_bytes, checked=self.behaviour.sequence_checked)

    def start(self, now: float) -> None:
        """The request has gone out."""
        self.deadline = now + (self.state.timeout_ms or self.behaviour.answer_timeout_ms) / 1000

    def take(self, frame: Frame, now: float) -> bool:
        """A frame has arrived; True where the ECU now waits for flow control."""
        self.frames.append(frame)
        arrival, answer = self._assembly.take(frame)
        if answer is not None and arrival in {Arrival.WHOLE, Arrival.BROKEN}:
            self._ended(answer, now)
        if self._assembly.waiting:
            self.deadline = max(self.deadline, now + self.behaviour.consecutive_timeout_ms / 1000)
        if not self.behaviour.answer_ends_request and self.question.count and len(self.frames) >= self.question.count:
            self.done = True
        return arrival is Arrival.FIRST

    def expired(self) -> None:
        """The deadline has passed."""
        self.done = True
        self.unsettled |= self._assembly.waiting

    def _ended(self, answer: Answer, now: float) -> None:
        kind = kind_of(answer, self.question)
        if not answer.broken and kind is Kind.PENDING and (self.behaviour.pending_skipped or not self.behaviour.answer_ends_request):
            self.deadline = now + self.behaviour.pending_timeout_ms / 1000
        elif not self.behaviour.answer_ends_request:
            self.deadline = now + self.behaviour.answer_wait_ms / 1000
        elif answer.broken or kind is Kind.NEGATIVE or counts(answer, self.question, self.behaviour):
            self._decided(answer, now)
        self.unsettled |= answer.broken

    def _decided(self, answer: Answer, now: float) -> None:
        if answer.can_id == self.primary or self.state.one_answer:
            self.done = True
        elif self.primary is None:
            self.deadline = min(self.deadline, now + self.behaviour.answer_wait_ms / 1000)
