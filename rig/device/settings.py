"""What is stored on a device: the Automate document, the car profile, certificate sets.

Values are written as the device's own page writes them (release 4.50p), numbers of PIDs as strings: release 4.40p does not
boot with anything else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

MANDATORY = (
    "wifi_mode", "ap_ch", "sta_ssid", "sta_pass", "can_datarate", "can_mode", "port_type", "port", "ap_pass", "protocol",
    "ble_pass", "sleep_status", "ble_status", "sleep_volt", "batt_alert_ssid", "batt_alert_pass", "batt_alert_volt",
    "batt_alert_protocol", "batt_alert_url", "batt_alert_port", "batt_alert_topic", "batt_mqtt_user", "batt_mqtt_pass",
    "batt_alert_time", "mqtt_en", "mqtt_url", "mqtt_port", "mqtt_user", "mqtt_pass", "mqtt_elm327_log", "mqtt_tx_topic",
    "mqtt_rx_topic", "mqtt_status_topic",
)  # fmt: skip
"""Keys without which a device writes its factory settings at the next boot, Wi-Fi credentials lost (4.40p, 4.50p)."""
_LISTS = frozenset({"sta_fallbacks"})


def flaw_of_main_configuration(configuration: "Json") -> str | None:
    """Why a device must not be given this as its main configuration; None if it may be."""
    if not isinstance(configuration, dict):
        return "the main configuration is no object"
    if missing := [key for key in MANDATORY if key not in configuration]:
        return f"the main configuration lacks {', '.join(missing)}"
    wrong = sorted(key for key, value in configuration.items() if not isinstance(value, str) and key not in _LISTS)
    return f"{', '.join(wrong)} of the main configuration is no text" if wrong else None


def _text(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


@dataclass(frozen=True)
class StandardPid:
    """A parameter of SAE J1979 mode 01, by the name in the device's own list (``HH-Name``)."""

    name: str
    period_ms: int = 1000
    enabled: bool = True
    receive_header: str = ""

    def entry(self) -> dict[str, Json]:
        """The element of ``std_pids``."""
        return {
            "Name": self.name,
            "ReceiveHeader": self.receive_header,
            "Period": str(self.period_ms),
            "Type": "Default",
            "Send_to": "",
            "enabled": self.enabled,
        }


@dataclass(frozen=True)
class CustomPid:
    """A parameter of the user's own: request in hex and expression over the answer, byte 0 being the ISO-TP PCI byte."""

    name: str
    pid: str
    expression: str
    unit: str = ""
    class_: str = ""
    period_ms: int = 1000
    minimum: float | None = None
    maximum: float | None = None
    init: str = ""
    enabled: bool = True

    def entry(self) -> dict[str, Json]:
        """The element of ``pids``."""
        return {
            "Name": self.name,
            "Init": self.init,
            "PID": self.pid,
            "Expression": self.expression,
            "Unit": self.unit,
            "Class": self.class_,
            "MinValue": _text(self.minimum),
            "MaxValue": _text(self.maximum),
            "Period": str(self.period_ms),
            "Type": "Default",
            "Send_to": "",
            "enabled": self.enabled,
        }


@dataclass(frozen=True)
class ProfileParameter:
    """One value in the answer to a PID of a car profile."""

    name: str
    expression: str
    unit: str = ""
    class_: str = ""
    period_ms: int = 1000
    minimum: float | None = None
    maximum: float | None = None
    enabled: bool = True

    def entry(self) -> dict[str, Json]:
        """The element of a profile PID's ``parameters``."""
        return {
            "name": self.name,
            "expression": self.expression,
            "unit": self.unit,
            "class": self.class_,
            "period": str(self.period_ms),
            "min": _text(self.minimum),
            "max": _text(self.maximum),
            "type": "Default",
            "send_to": "",
            "enabled": self.enabled,
        }


@dataclass(frozen=True)
class ProfilePid:
    """A PID of a car profile with the parameters its answer carries; ``init`` names the ECU (``ATSH7E2;``)."""

    pid: str
    parameters: tuple[ProfileParameter, ...]
    init: str = ""
    enabled: bool = True

    def entry(self) -> dict[str, Json]:
        """The element of a profile's ``pids``."""
        return {
            "pid": self.pid,
            "pid_init": self.init,
            "enabled": self.enabled,
            "parameters": [parameter.entry() for parameter in self.parameters],
        }


@dataclass(frozen=True)
class CarProfile:
    """A vehicle profile, as the public collection has them; the empty one asks for nothing."""

    pids: tuple[ProfilePid, ...] = ()
    model: str = "Rig: Test car"
    init: str = "ATSP6;"

    def to_json(self) -> bytes:
        """The body of ``/store_car_data``."""
        pids = [pid.entry() for pid in self.pids]
        return json.dumps({"cars": [{"car_model": self.model, "init": self.init, "pids": pids, "can_filters": []}]}).encode()


Parameter: TypeAlias = StandardPid | CustomPid


@dataclass(frozen=True)
class CertSet:
    """A certificate set to upload: any of CA, client certificate and key, all PEM."""

    name: str
    ca: bytes | None = None
    client_certificate: bytes | None = None
    client_key: bytes | None = None


@dataclass(frozen=True)
class DestinationEntry:
    """One element of ``destinations``; a field that is None is left out of the document, ``extra`` is merged in last."""

    url: str
    cycle_ms: Json = 1000
    type: str = "HTTPS"
    auth: Mapping[str, Json] = field(default_factory=lambda: {"type": "none"})
    cert_set: str | None = "default"
    enabled: bool | None = True
    query: tuple[tuple[str, str], ...] = ()
    extra: Mapping[str, Json] = field(default_factory=dict)

    def entry(self) -> dict[str, Json]:
        """The JSON object, with the legacy token beside a bearer token as the page writes it."""
        entry: dict[str, Json] = {
            "type": self.type,
            "destination": self.url,
            "cycle": self.cycle_ms,
            "api_token": self.auth.get("bearer", ""),
            "cert_set": self.cert_set,
            "enabled": self.enabled,
            "auth": dict(self.auth),
            "query_params": [{"key": key, "value": value} for key, value in self.query],
        }
        return {key: value for key, value in (entry | dict(self.extra)).items() if value is not None}


@dataclass(frozen=True)
class AutomateDocument:
    """The whole Automate page: grouping, PIDs and destinations."""

    destinations: tuple[DestinationEntry, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    grouping: str = "enable"
    ecu_protocol: str = "6"
    initialisation: str = ""
    car_specific: bool = False
    extra: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """The body of ``/store_auto_data``."""
        standard = [pid.entry() for pid in self.parameters if isinstance(pid, StandardPid)]
        custom = [pid.entry() for pid in self.parameters if isinstance(pid, CustomPid)]
        document: dict[str, Json] = {
            "initialisation": self.initialisation,
            "grouping": self.grouping,
            "disable_on_sleep_voltage": "disable",
            "pid_polling_min_voltage": 12,
            "webhook_data_mode": "changed",
            "car_specific": "enable" if self.car_specific else "disable",
            "ha_discovery": "disable",
            "car_model": "",
            "pids": [*custom],
            "std_pids": [*standard],
            "can_filters": [],
            "standard_pids": "enable" if standard else "disable",
            "ecu_protocol": self.ecu_protocol,
            "group_api_token": "",
            "destinations": [destination.entry() for destination in self.destinations],
        }
        return json.dumps(document | dict(self.extra), ensure_ascii=False).encode()
