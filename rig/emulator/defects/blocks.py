"""Defects of what stands in the context: the blocks config and status."""

from collections.abc import Callable
from typing import Any

from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.common import block, last, only, status
from rig.emulator.defects.registry import defect


def _entries(change: Callable[[str, dict[str, Any]], object]) -> Alteration:
    return lambda config, _device: {name: change(name, entry) for name, entry in config.items()}


@defect("config-without-units", "Config has classes, but no units")
def config_without_units(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONFIG, _entries(lambda _, entry: {"class": entry["class"]}))


@defect("config-swapped", "Class and unit are swapped in config")
def config_swapped(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONFIG, _entries(lambda _, entry: {"class": entry["unit"], "unit": entry["class"]}))


@defect("config-empty-for-unset", "What is not set is an empty string in config, instead of none")
def config_empty_for_unset(behaviour: Behaviour) -> Behaviour:
    def cleared(_: str, entry: dict[str, Any]) -> object:
        return {key: "" if value == "none" else value for key, value in entry.items()}

    return behaviour.altered(Point.CONFIG, _entries(cleared))


@defect("config-lacks-custom", "Config lacks the custom parameters")
def config_lacks_custom(behaviour: Behaviour) -> Behaviour:
    def alter(config: dict[str, object], device: Any) -> dict[str, object]:
        custom = {one.name for one in device.active.parameters if one.kind == "custom"}
        return {name: entry for name, entry in config.items() if name not in custom}

    return behaviour.altered(Point.CONFIG, alter)


@defect("config-units-ascii", "Units lose their characters outside ASCII in config")
def config_units_ascii(behaviour: Behaviour) -> Behaviour:
    def plain(_: str, entry: dict[str, Any]) -> object:
        return {key: value.encode("ascii", "ignore").decode() for key, value in entry.items()}

    return behaviour.altered(Point.CONFIG, _entries(plain))


@defect("config-lists-disabled", "Config names parameters that are switched off")
def config_lists_disabled(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(config_lists_disabled=True)


@defect("config-lists-a-stranger", "Config names a parameter that is not configured")
def config_lists_a_stranger(behaviour: Behaviour) -> Behaviour:
    def more(config: dict[str, object], _: object) -> dict[str, object]:
        return {**config, "FUEL_RATE": {"class": "none", "unit": "l/h"}}

    return behaviour.altered(Point.CONFIG, more)


@defect("status-without-device-id", "The posted status lacks device_id")
def status_without_device_id(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, status(device_id=None))


@defect("status-without-git-version", "git_version is empty in the posted status")
def status_without_git_version(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, status(git_version=""))


@defect("status-of-other-hardware", "hw_version in the posted status names other hardware")
def status_of_other_hardware(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, status(hw_version="WiCAN-USB"))


@defect("status-version-as-number", "fw_version in the posted status is a number")
def status_version_as_number(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, status(fw_version=5.0))


@defect("status-without-address", "The posted status lacks sta_ip")
def status_without_address(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(status_posts_address=False)


@defect("status-address-zero", "sta_ip in the posted status is 0.0.0.0")
def status_address_zero(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, status(sta_ip="0.0.0.0"))


@defect("status-old-version", "The posted status has another fw_version than the web API")
def status_old_version(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, status(fw_version="4.38", git_version="v4.38p"))


@defect("status-other-wifi-mode", "The posted status has another wifi_mode than the web API")
def status_other_wifi_mode(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, status(wifi_mode="SmartConnect"))


@defect("status-not-connected", "The posted status says that the station is not connected")
def status_not_connected(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, status(sta_status="Not Connected"))


@defect("device-id-changes-with-boot", "device_id is another one in each boot")
def device_id_changes_with_boot(behaviour: Behaviour) -> Behaviour:
    def alter(values: dict[str, object], occasion: tuple[Any, bool]) -> dict[str, object]:
        return {**values, "device_id": f"{int(str(values['device_id']), 16) + occasion[0].boot_number:012x}"}

    return behaviour.altered(Point.STATUS, alter)


@defect("device-id-upper-case-in-posts", "device_id is in upper case in POSTs and in lower case in the web API")
def device_id_upper_case_in_posts(behaviour: Behaviour) -> Behaviour:
    def alter(values: dict[str, object], occasion: tuple[Any, bool]) -> dict[str, object]:
        return {**values, "device_id": f"W{values['device_id']}".upper()} if occasion[1] else values

    return behaviour.altered(Point.STATUS, alter)


@defect("device-id-of-another-at-last-destination", "The last destination is told another device_id")
def device_id_of_another_at_last_destination(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, only(last, block("status", lambda values: {**values, "device_id": "aabbccddeeff"})))


@defect("ecu-always-online", "ecu_status is online even if no ECU answers")
def ecu_always_online(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, lambda values, _: {**values, "ecu_status": "online"})


@defect("ecu-always-offline", "ecu_status is offline even while ECUs answer")
def ecu_always_offline(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, lambda values, _: {**values, "ecu_status": "offline"})


@defect("ecu-stays-online", "ecu_status stays online once an ECU has answered")
def ecu_stays_online(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(ecu_offline_after_s=1e9)


@defect("ecu-offline-in-posts", "ecu_status is offline in POSTs, whatever the web API says")
def ecu_offline_in_posts(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, status(ecu_status="offline"))


@defect("status-kept-from-boot", "The posted status is put together once, right after the boot, and never again")
def status_kept_from_boot(behaviour: Behaviour) -> Behaviour:
    kept: dict[int, dict[str, object]] = {}

    def alter(values: dict[str, object], occasion: tuple[Any, bool]) -> dict[str, object]:
        device, posted = occasion
        return kept.setdefault(device.boot_number, values) if posted else values

    return behaviour.altered(Point.STATUS, alter)


@defect("config-lacks-profile", "Config lacks the parameters of the vehicle profile")
def config_lacks_profile(behaviour: Behaviour) -> Behaviour:
    def alter(config: dict[str, object], device: Any) -> dict[str, object]:
        lacking = {one.name for one in device.active.parameters if one.kind == "profile"}
        return {name: entry for name, entry in config.items() if name not in lacking}

    return behaviour.altered(Point.CONFIG, alter)
