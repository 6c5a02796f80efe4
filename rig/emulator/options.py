"""How an emulator is started: what its command line says, apart from who it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Address:
    """Where something listens; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> "Address":
        """From ``HOST:PORT``, an IPv6 host in brackets.

        Raises:
            ValueError: it is neither.
        """
        host, colon, port = text.rpartition(":")
        if not colon or not host or not 0 <= int(port) <= 65535:
            raise ValueError(f"{text!r} is no HOST:PORT")
        return cls(host.removeprefix("[").removesuffix("]"), int(port))


@dataclass(frozen=True)
class Options:
    """State directory, addresses, car and network of one emulator. `names` resolve to addresses; None asks the system."""

    state_dir: Path
    http: Address = Address()
    serial_tcp: Address | None = None
    console_tcp: Address | None = None
    can_settings: Mapping[str, object] | None = None
    default_bundle: bytes | None = None
    names: Mapping[str, str] | None = None
    boot_seconds: float = 0.4
    seed: int | None = None
    started: float = field(default=0.0)
    """When the process started (s, monotonic): what that took counts as part of its first boot."""
