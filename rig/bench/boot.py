"""One boot of the device under one configuration, and the destinations watched in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rig.bench.watched import Watched
from rig.device import AutomateDocument
from rig.device.web import Answer

_LAST_POLLS_NS = 200_000_000


@dataclass(frozen=True)
class Boot:
    """From one start of the device to the next. The destinations are read as attributes, or by name in brackets.

    `ordered_ns` is when the reboot was asked for, `gone_ns` when the device was gone, `ready_ns` when its web API answered
    again; what arrived before `gone_ns` belongs to the boot before. `refusal` is the device's answer where it would not store
    the configuration: it then still has the one before.
    """

    number: int
    ordered_ns: int
    gone_ns: int
    ready_ns: int
    document: AutomateDocument
    watched: Mapping[str, Watched]
    refusal: Answer | None = None

    @property
    def on_the_bus_ns(self) -> int:
        """From when on what is on the bus belongs to this boot: a device may go on polling for a moment after its web API is gone."""
        return self.gone_ns + _LAST_POLLS_NS

    @property
    def refused(self) -> bool:
        """Whether the device would not store the configuration."""
        return self.refusal is not None

    def __getattr__(self, name: str) -> Watched:
        """The destination of that name."""
        try:
            return self.watched[name]
        except KeyError:
            raise AttributeError(f"this boot has no destination {name!r}, only {', '.join(self.watched)}") from None

    def __getitem__(self, name: str) -> Watched:
        """The destination of that name."""
        return self.watched[name]

    def __iter__(self) -> Iterator[Watched]:
        """The destinations in the order of the configuration."""
        return iter(self.watched.values())
