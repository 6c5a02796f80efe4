"""What a user, a server and the power supply may do to a device with HTTPS destinations, as plain values.

Destinations are called by a letter that stays theirs, so that a command still means the same when one before it is left out.
Tokens, queries and addresses are small numbers here; what they are on a bench says ``rig.oracle.conduct.Wording``.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

DEFAULT = "default"
"""The certificate set that is the firmware's own bundle."""


@dataclass(frozen=True)
class Settings:
    """One destination as it is configured: `token` and `query` 0 are none, `address` tells URLs apart that it has had."""

    token: int = 0
    query: int = 0
    cycle_ms: int = 1000
    cert_set: str = "red"
    address: int = 0
    enabled: bool = True


class Trouble(Enum):
    """What keeps a destination's server from taking anything."""

    ERROR = "503"
    UNAUTHORIZED = "401"
    RESET = "reset"
    CLOSED = "closed"


@dataclass(frozen=True)
class Add:
    """A destination is added, at `place` in the list or at its end."""

    destination: str
    settings: Settings = Settings()
    place: int | None = None


@dataclass(frozen=True)
class Edit:
    """Some settings of a destination are changed."""

    destination: str
    settings: tuple[tuple[str, object], ...]

    def of(self, before: Settings) -> Settings:
        """The settings after it."""
        return replace(before, **dict(self.settings))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Delete:
    """A destination is deleted."""

    destination: str


@dataclass(frozen=True)
class Grouping:
    """Grouping is set to Enable or Disable."""

    on: bool


@dataclass(frozen=True)
class Upload:
    """A certificate set is uploaded, over the one of its name if there is one; its CA is that of `authority`."""

    cert_set: str
    authority: str


@dataclass(frozen=True)
class Remove:
    """A certificate set is deleted."""

    cert_set: str


@dataclass(frozen=True)
class Server:
    """A destination's server from now on: who issued its certificate, and what is wrong with it; what is None stays."""

    destination: str
    authority: str | None = None
    trouble: Trouble | None = None
    well: bool = False


@dataclass(frozen=True)
class Submit:
    """What was changed so far is stored, and nothing restarts."""


@dataclass(frozen=True)
class Restart:
    """What was changed so far is stored, and the device restarts: by the web API, or by a cut of its power."""

    power: bool = False


@dataclass(frozen=True)
class Watch:
    """Nothing is done until each destination that should send has sent twice."""


Command: TypeAlias = Add | Edit | Delete | Grouping | Upload | Remove | Server | Submit | Restart | Watch
Script: TypeAlias = tuple[Command, ...]
