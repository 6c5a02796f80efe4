"""What the chip is set to before a request."""

from rig.emulator.active import ActiveParameter
from rig.emulator.autopid.chip import ChipState
from rig.emulator.autopid.host import Host
from rig.emulator.autopid.init_strings import commands
from rig.emulator.autopid.poll import Scheduled


class Inits:
    """Applies the init of a parameter's kind, then its own.

    Every request starts from the kind's init. Where the chip's state persists (shipped firmware), that init is sent only when
    the kind changes, so that what one PID sets holds for those after it.
    """

    def __init__(self, host: Host, standard: tuple[ActiveParameter, ...]) -> None:
        self._active = host.active
        self._behaviour = host.behaviour
        self._last_standard_header = standard[-1].receive_header if standard else ""
        self._fixed = ChipState().after([f"ATTP{self._active.ecu_protocol}"])
        self._state = self._fixed
        self._kind = ""

    def before(self, entry: Scheduled, detected: str | None) -> tuple[ChipState, int]:
        """The state for a request, and how many commands it took. `detected` is the protocol that the search at start found."""
        kind = entry.parameter.kind
        persists = self._behaviour.init_state_persists
        of_kind = self._of_kind(entry.parameter, detected) if kind != self._kind or not persists else ()
        start = self._state if persists else self._fixed
        self._kind = kind
        self._state = start.after(of_kind).after(entry.init)
        return self._state, len(of_kind) + len(entry.init)

    def _of_kind(self, parameter: ActiveParameter, detected: str | None) -> tuple[str, ...]:
        if parameter.kind == "standard":
            return self._of_standard(parameter, detected)
        text = self._active.custom_init if parameter.kind == "custom" else self._active.profile_init
        return commands(text, needs_terminator=self._behaviour.init_needs_terminator)

    def _of_standard(self, parameter: ActiveParameter, detected: str | None) -> tuple[str, ...]:
        protocol = self._active.ecu_protocol
        if detected is not None and self._behaviour.init_state_persists:
            return (f"ATTP{detected}",)
        shared = self._behaviour.receive_header_shared
        receive = "ATCRA" + (self._last_standard_header if shared else parameter.receive_header).strip().upper()
        if protocol == "0":
            return "ATTP0", receive
        return f"ATTP{protocol}", "ATSH18DB33F1" if protocol in {"7", "9"} else "ATSH7DF", receive
