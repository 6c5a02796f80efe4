"""Whether the ECUs are online, as the status block says it."""

from collections.abc import Iterable
from typing import Protocol

from rig.emulator.behaviour import Behaviour

_CHECK_S = 2.0


class EcuState(Protocol):
    """Gets the outcome of every request and says whether the ECUs are online. Times are seconds of any one clock."""

    online: bool

    def polled(self, name: str, now: float, *, alive: bool, failed: bool) -> None:
        """A request for a parameter has ended; `alive` if any ECU said something to it, `failed` if it gave no answer or value."""

    def check(self, now: float) -> None:
        """Called after each pass, and when `due` has come."""

    def due(self) -> float | None:
        """When the state may change without a request; None for never."""


class Settling:
    """Online with the first word of an ECU; offline once none has answered for a while and each parameter's last request was in vain."""

    def __init__(self, offline_after_s: float) -> None:
        self.online = False
        self._offline_after_s = offline_after_s
        self._heard_at = 0.0
        self._silent: dict[str, bool] = {}

    def polled(self, name: str, now: float, *, alive: bool, failed: bool) -> None:  # noqa: ARG002 (a refusal is a word of the ECU)
        """See EcuState."""
        self._silent[name] = not alive
        if alive:
            self._heard_at = now
            self.online = True

    def check(self, now: float) -> None:
        """See EcuState."""
        due = self.due()
        if due is not None and now >= due:
            self.online = False

    def due(self) -> float | None:
        """See EcuState."""
        return self._heard_at + self._offline_after_s if self.online and all(self._silent.values()) else None


class Marks:
    """As 4.40p and 4.50p: every two seconds offline only if each loaded parameter failed the last time; none has at first.

    The first pass starts the two seconds.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.online = False
        self._failed = dict.fromkeys(names, False)
        self._next: float | None = None

    def polled(self, name: str, now: float, *, alive: bool, failed: bool) -> None:  # noqa: ARG002 (no time-based staleness there)
        """See EcuState."""
        self._failed[name] = failed
        if not failed:
            self.online = True

    def check(self, now: float) -> None:
        """See EcuState."""
        if self._next is not None and now < self._next:
            return
        if self._next is not None:
            self.online = not all(self._failed.values())
        self._next = now + _CHECK_S

    def due(self) -> float | None:
        """See EcuState."""
        return self._next


def ecu_state(behaviour: Behaviour, names: Iterable[str]) -> EcuState:
    """The rule that a device's knobs ask for; `names` are all loaded parameters that are requested, switched off or not."""
    return Marks(names) if behaviour.ecu_by_marks else Settling(behaviour.ecu_offline_after_s)
