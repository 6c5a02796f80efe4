"""A parameter's place in the polling, and what the points of polling hand over."""

from dataclasses import dataclass

from rig.emulator.active import ActiveParameter
from rig.emulator.autopid.answers import Question
from rig.emulator.autopid.host import Host
from rig.emulator.autopid.init_strings import commands
from rig.emulator.autopid.isotp import Frame
from rig.emulator.behaviour import Behaviour

_Sharing = tuple[str, str, str, str]


@dataclass
class Poll:
    """One poll of one parameter: the occasion at POLL_REQUEST, POLL_FRAMES, VALUE and PERIOD.

    `request` (service byte first), `frames`, `data` (what expressions see, B0 first, empty for no answer) and `ecu` (the id the
    answer came from) are filled in as the poll goes on. CAN filters have no request.
    """

    device: Host
    parameter: ActiveParameter
    request: bytes = b""
    frames: tuple[Frame, ...] = ()
    data: bytes = b""
    ecu: int | None = None


@dataclass
class Scheduled:
    """A parameter that is requested: its question (None if its PID is no request), its own init commands, when it is due next."""

    parameter: ActiveParameter
    question: Question | None
    init: tuple[str, ...]
    due: float = 0.0

    @classmethod
    def of(cls, parameter: ActiveParameter, behaviour: Behaviour) -> "Scheduled":
        """Due at once."""
        standard = parameter.kind == "standard"
        text = "01" + parameter.name[:2] if standard else parameter.request
        init = commands(parameter.init, needs_terminator=behaviour.init_needs_terminator)
        return cls(parameter, Question.of(text, standard=standard), () if standard else init)

    @property
    def sharing(self) -> _Sharing:
        """Equal for parameters that one request serves."""
        parameter = self.parameter
        request = parameter.name[:2] if parameter.kind == "standard" else parameter.request
        return parameter.kind, request, parameter.init, parameter.receive_header


def together(due: list[Scheduled], *, shared: bool) -> list[list[Scheduled]]:
    """What is due, in order, those side by side that one request serves."""
    if not shared:
        return [[entry] for entry in due]
    groups: dict[_Sharing, list[Scheduled]] = {}
    for entry in due:
        groups.setdefault(entry.sharing, []).append(entry)
    return list(groups.values())
