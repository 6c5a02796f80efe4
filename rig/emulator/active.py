"""The active configuration: what the device read at boot and acts on until the next one."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Auth:
    """How a destination authorises itself; `type` is none, bearer, api_key_header, api_key_query or basic."""

    type: str = "none"
    bearer: str = ""
    api_key: str = ""
    api_key_header_name: str = "x-api-key"
    api_key_query_name: str = ""
    basic_username: str | None = None
    basic_password: str | None = None


@dataclass(frozen=True)
class ActiveDestination:
    """A destination that is served. `position` counts in the stored document, `index` among the active ones, both from 0.

    `url` has its scheme, `cycle_ms` is what is kept (0 means event-only), `query` is in configured order.
    """

    position: int
    index: int
    type: str
    url: str
    cycle_ms: float
    auth: Auth = Auth()
    api_token: str = ""
    cert_set: str | None = "default"
    query: tuple[tuple[str, str], ...] = ()

    @property
    def over_https(self) -> bool:
        """Whether it posts over TLS."""
        return self.url.startswith("https://")


@dataclass(frozen=True)
class ActiveParameter:
    """A parameter as configured; `kind` is custom, standard, profile or filter; `request` is the hex text of its PID.

    `polled` is False where its type, its entry or itself is switched off: it is then in no telemetry.
    """

    name: str
    kind: str
    request: str
    expression: str = ""
    unit: str = "none"
    class_: str = "none"
    period_ms: float = 10_000
    minimum: float | None = None
    maximum: float | None = None
    binary: bool = False
    init: str = ""
    polled: bool = True
    in_config: bool = True
    receive_header: str = ""
    frame_id: int = 0


@dataclass(frozen=True)
class CachedSet:
    """A certificate set as it was loaded at boot (PEM, as uploaded)."""

    name: str
    ca: bytes | None = None
    client_cert: bytes | None = None
    client_key: bytes | None = None


@dataclass(frozen=True)
class ActiveConfiguration:
    """Everything that was read at boot."""

    main: Mapping[str, object] = field(default_factory=dict)
    grouping: bool = True
    destinations: tuple[ActiveDestination, ...] = ()
    parameters: tuple[ActiveParameter, ...] = ()
    ecu_protocol: str = "6"
    custom_init: str = ""
    profile_init: str = ""
    car_model: str = ""
    cert_sets: Mapping[str, CachedSet] = field(default_factory=dict)
    autopid: bool = True
