"""The config and status blocks of the first success (section 1.1), held against what was configured and what the web API says."""

import ipaddress
from collections.abc import Iterable, Mapping

from rig.oracle.payload import TIMESTAMPS, secret_looking

REQUIRED_STATUS = ("device_id", "fw_version", "git_version", "hw_version", "ecu_status", "sta_status", "wifi_mode")
HARDWARE = "WiCAN-OBD-PRO"
_AGREEING = ("device_id", "hw_version", "fw_version", "git_version", "wifi_mode", "sta_status")


def config_block(config: Mapping[str, object], expected: Mapping[str, tuple[str, str]], telemetry: Iterable[str] = ()) -> list[str]:
    """What is wrong with a config block, in words.

    Args:
        config: the block.
        expected: class and unit of every enabled parameter, by its key; 'none' where unset.
        telemetry: every telemetry key of the boot; all but a timestamp have to appear in the block.
    """
    problems = []
    for key, (class_, unit) in expected.items():
        entry = config.get(key)
        if not isinstance(entry, Mapping):
            problems.append(f"{key} is {'missing' if entry is None else 'no object'}")
            continue
        for name, wanted in (("class", class_), ("unit", unit)):
            if entry.get(name) != wanted:
                problems.append(f"{key} has {name} {entry.get(name)!r}, not {wanted!r}")
    strangers = [key for key in dict.fromkeys(telemetry) if key not in config and key not in TIMESTAMPS]
    return problems + [f"{key} is in telemetry only" for key in strangers]


def named(config: Mapping[str, object], switched_off: Iterable[str]) -> list[str]:
    """Which of the parameters that are switched off the block names all the same."""
    return [name for name in switched_off if name in config]


def status_block(status: Mapping[str, object]) -> list[str]:
    """What is wrong with a status block, in words: a field missing, empty or no text, or other hardware."""
    problems = []
    for name in REQUIRED_STATUS:
        value = status.get(name)
        if not isinstance(value, str) or not value:
            problems.append(f"{name} is {'missing' if name not in status else 'no text' if not isinstance(value, str) else 'empty'}")
    hardware = status.get("hw_version")
    if isinstance(hardware, str) and hardware and HARDWARE not in hardware:
        problems.append(f"hw_version is {hardware!r}, which does not name the {HARDWARE}")
    return problems


def station_ip(status: Mapping[str, object], address: str | None = None) -> list[str]:
    """What is wrong with sta_ip: missing, no IP address, or not `address`, where that is known."""
    value = status.get("sta_ip")
    if value is None:
        return ["sta_ip is missing"]
    try:
        ipaddress.ip_address(value if isinstance(value, str) else "")
    except ValueError:
        return [f"sta_ip is {value!r}, no IP address"]
    return [f"sta_ip is {value}, not {address}"] if address not in (None, value) else []


def disagreements(posted: Mapping[str, object], api: Mapping[str, object], *, settled: bool = False) -> list[str]:
    """Where a posted status differs from what the web API said at the same time; ecu_status counts once it has settled."""
    names = (*_AGREEING, "ecu_status") if settled else _AGREEING
    return [
        f"{name} is {posted.get(name)!r} in the POST and {api[name]!r} in the web API"
        for name in names
        if name in api and posted.get(name) != api[name]
    ]


def sensitive(status: Mapping[str, object]) -> list[str]:
    """Names of the fields that disclose something (SSIDs, passwords, user names, tokens, topics); never their values."""
    return secret_looking(status)
