"""Loading and storing the main configuration, the Automate document, the car profile and their small relatives."""

import json
from contextlib import suppress

from rig.emulator.behaviour import Behaviour
from rig.emulator.configuration import main
from rig.emulator.configuration.jsontext import Json, parse
from rig.emulator.storage import AUTOMATE, CAR, MAIN
from rig.emulator.web.call import JSON, Answer, Call, Route, refused, said, told

_LIMIT = 2_048_000
_BAD_LENGTH = refused("Invalid content length")
_FILTERS = "mqtt_canfilt.json"
_VPN = "vpn_config.json"


async def load_config(call: Call) -> Answer:
    """The main configuration as it was at boot."""
    return Answer(200, call.device.main_at_boot, JSON)


async def store_config(call: Call) -> Answer:
    """Stores the main configuration and reboots."""
    behaviour = call.device.behaviour
    content_type = call.headers.get("content-type", JSON)
    if not content_type.startswith(JSON) or len(content_type) >= 32:
        return refused("Content type must be application/json")
    flaw = main.flaw_of(call.body, lenient=behaviour.lenient_json) if behaviour.main_checked else _syntax(call)
    if flaw:
        return refused(flaw)
    if _access_point_name_bad(call):
        return refused("ap_ssid must be 3-32 characters when enabled")
    call.device.store(MAIN, call.body)
    call.device.order_restart("config_apply", "web_ui", "settings_saved")
    return said("Configuration saved! Rebooting...")


async def load_auto_pid(call: Call) -> Answer:
    """The stored Automate document, byte for byte."""
    return _stored(call, AUTOMATE)


async def store_auto_data(call: Call) -> Answer:
    """Stores the Automate document; it counts from the next boot on."""
    if _syntax(call) or _too_long(call):
        return _not_stored(call)
    call.device.store(AUTOMATE, call.body)
    await call.device.apply_stored()
    return said("Auto PID table will take effect after submit.")


async def load_car_data(call: Call) -> Answer:
    """The stored car profile, cut after its last closing brace."""
    answer = _stored(call, CAR)
    if answer.content_type == JSON:
        return Answer(200, answer.body[: answer.body.rfind(b"}") + 1], JSON)
    return answer


async def store_car_data(call: Call) -> Answer:
    """Stores the car profile; it counts from the next boot on."""
    if _syntax(call) or _too_long(call):
        return _not_stored(call)
    call.device.store(CAR, call.body)
    return said("Data stored successfully")


async def load_filters(call: Call) -> Answer:
    """The stored MQTT filters."""
    return _stored(call, _FILTERS)


async def store_filters(call: Call) -> Answer:
    """Stores the MQTT filters."""
    if _syntax(call):
        return _not_stored(call)
    call.device.store(_FILTERS, call.body)
    return said("CAN filter saved! Filter will take effect after submit.")


async def load_vpn(call: Call) -> Answer:
    """The VPN settings, of which this device knows no kind: what was stored, told as switched off."""
    stored = call.device.storage.read(_VPN)
    off: dict[str, object] = {"vpn_type": 0, "enabled": False, "status": "disabled"}
    if stored is None:
        return told({"success": False, "error": "ESP_ERR_NOT_FOUND", **off})
    return told({"success": True, **off})


async def store_vpn(call: Call) -> Answer:
    """Stores the VPN settings."""
    if _syntax(call):
        return refused("Invalid JSON format")
    call.device.store(_VPN, call.body)
    return told({"success": True, "started": False})


def _stored(call: Call, what: str) -> Answer:
    data = call.device.storage.read(what)
    return Answer(200, data, JSON) if data else said("NONE")


def _syntax(call: Call) -> str | None:
    """What is wrong with the body as JSON; None if nothing is."""
    lenient = call.device.behaviour.lenient_json
    try:
        parsed: Json = parse(call.body, lenient=lenient)
    except ValueError:
        return "Invalid JSON format"
    return None if lenient or isinstance(parsed, dict) else "Invalid JSON format"


def _too_long(call: Call) -> bool:
    limit = call.device.behaviour.one_receive_bytes
    return limit is not None and len(call.body) > limit


def _not_stored(call: Call) -> Answer:
    return refused(*_failure_text(call.device.behaviour))


def _failure_text(behaviour: Behaviour) -> tuple[str, int]:
    return ("Failed to store data", 500) if behaviour.store_errors_as_500 else ("Invalid JSON format", 400)


def _access_point_name_bad(call: Call) -> bool:
    if not call.device.behaviour.newer_than_440:
        return False
    with suppress(ValueError, AttributeError):
        stored = json.loads(call.body)
        return stored.get("ap_ssid_en") == "enable" and not 3 <= len(str(stored.get("ap_ssid", ""))) <= 32
    return False


LOADS = {
    "/load_config": load_config,
    "/load_auto_pid": load_auto_pid,
    "/load_auto_pid_car_data": load_car_data,
    "/load_canflt": load_filters,
    "/vpn/load_config": load_vpn,
}
STORES = {
    "/store_config": Route(store_config, _LIMIT, _BAD_LENGTH),
    "/store_auto_data": Route(store_auto_data, _LIMIT, _BAD_LENGTH),
    "/store_car_data": Route(store_car_data, _LIMIT, _BAD_LENGTH),
    "/store_canflt": Route(store_filters, _LIMIT, _BAD_LENGTH),
    "/vpn/store_config": Route(store_vpn, 8192, _BAD_LENGTH),
}
