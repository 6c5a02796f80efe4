"""From the bytes that are stored to what the device acts on, as it happens once at every boot (web API facts, 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rig.emulator.active import ActiveConfiguration, CachedSet
from rig.emulator.behaviour import Behaviour
from rig.emulator.configuration import destinations, parameters
from rig.emulator.configuration.jsontext import Fields, Json, fields, items, parse, text

__all__ = ["PanicError", "Stored", "activate"]


class PanicError(Exception):
    """What is stored crashes the device while it boots."""


@dataclass(frozen=True)
class Stored:
    """What is on the flash: the main configuration that counts, document and car profile as bytes, certificate sets."""

    main: Fields
    document: bytes | None = None
    car: bytes | None = None
    cert_sets: Mapping[str, CachedSet] = field(default_factory=dict)


def activate(stored: Stored, standard: parameters.StandardList, behaviour: Behaviour) -> ActiveConfiguration:
    """What the device acts on until its next boot.

    Raises:
        PanicError: this device would crash over what is stored.
    """
    document = _object(stored.document, behaviour)
    if behaviour.crashes_on_wrong_types:
        _panic_over(document)
    cars = items(_object(stored.car, behaviour).get("cars"))
    car = fields(cars[0]) if cars else {}
    entries = items(document.get("pids")) or items(document.get("std_pids")) or items(car.get("pids"))
    loaded = bool(entries) or not behaviour.pid_entries_needed
    autopid = _autopid_on(stored.main) and loaded
    return ActiveConfiguration(
        main=stored.main,
        grouping=document.get("grouping") == "enable" or not behaviour.grouping_obeyed,
        destinations=destinations.served(document, behaviour) if loaded and document else (),
        parameters=parameters.polled(document, car, standard, behaviour) if loaded else (),
        ecu_protocol=text(document.get("ecu_protocol")) or "6",
        custom_init=text(document.get("initialisation")),
        profile_init=text(car.get("init")),
        car_model=text(document.get("car_model")),
        cert_sets=dict(list(stored.cert_sets.items())[: behaviour.max_cert_sets]),
        autopid=autopid,
    )


def _object(data: bytes | None, behaviour: Behaviour) -> Fields:
    try:
        return fields(parse(data, lenient=behaviour.lenient_json)) if data else {}
    except ValueError:
        return {}


def _autopid_on(configuration: Mapping[str, object]) -> bool:
    """``auto_pid`` as protocol, or as protocol of one of SmartConnect's two places (web API facts, 0)."""
    if configuration.get("wifi_mode") == "SmartConnect":
        return "auto_pid" in {configuration.get("home_protocol"), configuration.get("drive_protocol")}
    return configuration.get("protocol") == "auto_pid"


def _panic_over(document: Fields) -> None:
    """Values of a type that the releases trip over (web API facts, 2.6)."""
    for key in ("standard_pids", "car_specific", "ha_discovery"):
        _need_text(document, key)
    for entry in map(fields, items(document.get("pids"))):
        _need_text(entry, "pid")
    for entry in map(fields, items(document.get("std_pids"))):
        name = entry.get("name")
        if not isinstance(name, str) or (len(name) < 3 and "-" not in name):
            raise PanicError("a standard PID without a proper name")


def _need_text(table: Mapping[str, Json], key: str) -> None:
    if key in table and not isinstance(table[key], str):
        raise PanicError(f"{key} is no string")
