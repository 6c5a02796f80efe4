"""What the serial console shows of a boot (console facts, 4 and 5)."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rig.emulator.active import ActiveDestination
from rig.emulator.console.commands import project_name

if TYPE_CHECKING:
    from rig.emulator.device import Device

NOISE = b"\xfe\x8c\xf8\xce\r\n"
"""The first lines of the ROM come at another speed, so that they are garbage."""

PANIC = (
    "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.",
    "",
    "Core  0 register dump:",
    "PC      : 0x4200a1b2  PS      : 0x00060730  A0      : 0x8200c3d4  A1      : 0x3fcb1e20",
    "",
    "Backtrace: 0x4200a1af:0x3fcb1e20 0x4200c3d1:0x3fcb1e50",
    "",
    "Rebooting...",
)

BANNER = (
    "",
    "Type 'help' to get the list of commands.",
    "Use UP/DOWN arrows to navigate through command history.",
    "Press TAB when typing command name to auto-complete.",
    "Your terminal application does not support escape sequences.",
    "",
)

_TYPES = {"Default": 0, "MQTT_Topic": 1, "MQTT_WallBox": 2, "HTTP": 3, "HTTPS": 4, "ABRP_API": 5}

Lines = Iterator[tuple[str, str, str]]


def early(device: "Device") -> Lines:
    """Level, tag and text of what comes before the configuration is read."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(device.clock.unix()))
    yield "I", "boot", f"ESP-IDF {device.behaviour.idf_version} 2nd stage bootloader"
    yield "I", "boot", "Loaded app from partition at offset 0x20000"
    yield "I", "app_init", f"Project name: {project_name(device)}"
    yield "I", "app_init", f"App version: {device.git_version}"
    yield "I", "SDCARD", "Initializing SD card"
    yield "E", "SDCARD", "Failed to initialize the card (ESP_ERR_TIMEOUT)"
    yield "I", "safe_mode_check", "Checking if button is pressed for safe mode..."
    yield "I", "SLEEP_MODE", "Wake up not caused by deep sleep: 0"
    yield "I", "rtcm", f"System time synchronized from RTC: {stamp}"
    yield "I", "filesystem", "LittleFS filesystem mounted successfully"


def late(device: "Device") -> Lines:
    """The same of what comes once the configuration is read."""
    main = device.active.main
    told = device.main_at_boot.decode(errors="replace") if device.behaviour.log_shows_secrets else f"{len(device.main_at_boot)} bytes"
    debug = "enabled" if main.get("debug") == "enabled" else "disabled"
    yield "I", "CONFIG_SERVER", f"config.json: {told}"
    yield "I", "CONFIG_SERVER", f"Debug mode {debug}"
    yield "I", "CONFIG_SERVER", "Starting server on port: '80'"
    yield "I", "CONFIG_SERVER", "Server started successfully"
    yield "I", "SLEEP_MODE", f"Sleep task started. Sleep enabled: 0, Sleep voltage: {main.get('sleep_volt')}"
    yield "I", "ELM327", "Hardreset OK"
    yield "I", "ELM327", "ELM327 OBD Firmware is already up to date."
    yield "I", "OBD", "Initializing OBD"
    if device.active.autopid:
        yield from _autopid(device)
    mode = "access point" if main.get("wifi_mode") == "AP" else "station"
    yield "I", "WiFi_NETWORK", f"Configuring {mode} mode"
    yield "I", "WiFi_Manager", "STA started"
    yield "I", "app_main", f"Running firmware version: {device.git_version}"
    yield "I", "wc_mdns_init", f"Host Name: wican_{device.device_id}.local"


def _autopid(device: "Device") -> Lines:
    destinations = device.active.destinations
    newer = device.behaviour.newer_than_440
    if not device.active.parameters:
        yield "W", "AUTO_PID_CFG" if newer else "AUTO_PID", "No PIDs found in car_data.json or auto_pid.json"
    elif newer:
        yield "I", "AUTO_PID_CFG", "Loaded JSON file: /littlefs/auto_pid.json"
        yield "I", "AUTO_PID_CFG", f"Configured destinations loaded: {len(destinations)}"
        for destination in destinations:
            yield "I", "AUTO_PID_CFG", _destination(destination)
    yield "I", "AUTO_PID", "Autopid enabled"


def _destination(found: ActiveDestination) -> str:
    kind = _TYPES.get(found.type, 0)
    return f"Dest[{found.index}]: type={kind} cycle={found.cycle_ms:.0f} qp_count={len(found.query)} has_dest=1"
