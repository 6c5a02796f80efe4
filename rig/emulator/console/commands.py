"""The command line (console facts, 3): from a line typed to the lines that answer it."""

import asyncio
import json
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rig.emulator import blocks

if TYPE_CHECKING:
    from rig.emulator.device import Device

BUILT = "May  5 2026 12:00:00"


class CommandError(Exception):
    """A command fails, after printing this."""


@dataclass(frozen=True)
class Command:
    """What a command prints, and what ``help`` says of it."""

    run: Callable[["Device", Sequence[str]], list[str]]
    help: str
    options: str = ""


def answer(device: "Device", line: str) -> tuple[list[str], bool] | None:
    """Lines that answer a command, and whether it failed; None for an unknown one."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    command = commands_of(device).get(words[0]) if words else None
    if command is None:
        return None
    try:
        return command.run(device, words[1:]), False
    except CommandError as error:
        return [str(error)], True


def commands_of(device: "Device") -> Mapping[str, Command]:
    """The commands that this release has."""
    newer = device.behaviour.newer_than_440
    return {name: command for name, command in _COMMANDS.items() if newer or name != "restart_tracker"}


def project_name(device: "Device") -> str:
    """Name of the firmware project, with the version in it."""
    return f"wican-fw_obd_pro_{device.git_version.replace('.', '')}"


def _help(device: "Device", words: Sequence[str]) -> list[str]:
    commands = commands_of(device)
    if words:
        if words[0] not in commands:
            return [f"Unknown command: {words[0]}", "Try: help"]
        command = commands[words[0]]
        return [words[0], f"  {command.help}", *([f"  Options: {command.options}"] if command.options else []), "OK"]
    lines = ["Available commands:"]
    for name, command in commands.items():
        lines.append(f"  {name} - {command.help}")
        if command.options:
            lines.append(f"    Options: {command.options}")
    return [*lines, "", "Tip: help <cmd> for details", "OK"]


def _version(device: "Device", _: Sequence[str]) -> list[str]:
    return [
        f"Version: {device.git_version}",
        f"Project Name: {project_name(device)}",
        f"Build Time: {BUILT}",
        f"IDF Version: {device.behaviour.idf_version}",
        "Running Partition: ota_0",
        "OK",
    ]


def _status(_: "Device", __: Sequence[str]) -> list[str]:
    return ["System Status: OK"]


def _system(device: "Device", words: Sequence[str]) -> list[str]:
    option = _option("system", words, {"v": "voltage", "r": "reboot", "i": "info", "m": "memory"})
    if option == "voltage":
        return [f"System Voltage: {blocks.VOLTAGE:.2f} V", "OK"]
    if option == "reboot":
        device.order_restart("user_request", "cmdline")
        return ["System will reboot now..."]
    if option == "memory":
        ram = ("RAM Free: 92160", "RAM Largest block: 45056", "RAM Total: 335872", "RAM Min free ever: 61440")
        psram = ("PSRAM Free: 5242880", "PSRAM Largest block: 5111808", "PSRAM Min free ever: 5111808")
        return [*(f"{line} bytes" for line in (*ram, *psram)), "OK"]
    if option == "info":
        return _system_info(device)
    raise CommandError("Error: No valid subcommand")


def _system_info(device: "Device") -> list[str]:
    seconds = int(device.now())
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    return [
        f"Device ID: {device.device_id}",
        "Running Partition: ota_0",
        f"App Version: {device.git_version}",
        f"Project Name: {project_name(device)}",
        f"Build Time: {BUILT}",
        f"IDF Version: {device.behaviour.idf_version}",
        "Chip Model: ESP32-S3",
        "CPU Cores: 2",
        "CPU Frequency: 240 MHz",
        "Chip Revision: v0.2",
        "Flash Size: 16 MB",
        "Minimum free heap size: 5173248 bytes",
        f"System Uptime: {days}d {hours}h {minutes}m {seconds % 60}s",
        "OK",
    ]


def _wifi(device: "Device", words: Sequence[str]) -> list[str]:
    option = _option("wifi", words, {"s": "status", "i": "info"})
    main = device.active.main
    access_point = main.get("wifi_mode") == "AP"
    if option == "status":
        if access_point:
            return ["WiFi Status: Access Point mode", "OK"]
        if not device.link_up:
            return ["WiFi Status: Disconnected", "OK"]
        return ["WiFi Status: Connected", f"SSID: {main.get('sta_ssid')}", "RSSI: -52 dBm", "OK"]
    if option == "info":
        return _wifi_info(device, station=not access_point)
    raise CommandError("Error: No valid subcommand")


def _wifi_info(device: "Device", *, station: bool) -> list[str]:
    main = device.active.main
    both = main.get("wifi_mode") == "APStation"
    lines = [f"WiFi Mode: {'AP+Station' if both else 'Station' if station else 'Access Point'}"]
    if station:
        lines += ["Station Configuration:", f"  SSID: {main.get('sta_ssid')}"]
        connected = ["BSSID: 02:00:00:00:00:01", "Channel: 6", "RSSI: -52 dBm", "Authentication Mode: WPA2_PSK"]
        address = [f"IP Address: {device.address}", "Subnet Mask: 255.0.0.0", f"Gateway: {device.address}"]
        found = ["  Connected to AP:", *(f"    {line}" for line in (*connected, *address))]
        lines += found if device.link_up else ["  Not connected to any AP"]
    if both or not station:
        lines += ["AP Configuration:", f"  SSID: WiCAN_{device.device_id}", f"  Channel: {main.get('ap_ch')}", "  Max connections: 4"]
    return [*lines, "OK"]


def _autopid(device: "Device", words: Sequence[str]) -> list[str]:
    known = {"-d", "--data", "-p", "--pretty", "-n", "--name", "-v", "--value-only"}
    options = [word for word in words if word.startswith("-")]
    for option in options:
        if option not in known:
            raise CommandError(f'autopid: invalid option "{option}"')
    snapshot = device.autopid.snapshot() if device.autopid else None
    names = [word for word in words if not word.startswith("-")]
    if {"-n", "--name"} & set(options) and names:
        found = [value for name, value in (snapshot or {}).items() if name.lower() == names[0].lower()]
        if not found:
            return ["Not available", "OK"]
        bare = {"-v", "--value-only"} & set(options)
        return [str(_short(found[0])) if bare else _compact({names[0]: _short(found[0])}), "OK"]
    if not {"-d", "--data"} & set(options):
        return ["Usage: autopid [-d|--data] [--pretty] | [--name <NAME>] [--value-only]"]
    if snapshot is None:
        return ["Not available", "OK"]
    values = {name: _short(value) for name, value in snapshot.items()}
    if {"-p", "--pretty"} & set(options):
        return [*json.dumps(values, indent="\t", ensure_ascii=False).splitlines(), "OK"]
    return [_compact(values), "OK"]


def _restart_tracker(device: "Device", words: Sequence[str]) -> list[str]:
    tracker = device.tracker
    options = {"l": "latest", "a": "history", "p": "pending", "n": "count", "": "panic"}
    option = _option("restart_tracker", words[:1], options) if words else ""
    if option == "panic":
        asyncio.get_running_loop().call_later(0.1, device.reset)
        return ["Triggering a panic for test purposes"]
    pending = f"Pending restart: {tracker.pending.planned if tracker.pending else 'none'}"
    records = [record.line() for record in reversed(tracker.records)]
    if option == "pending":
        return [pending, "OK"]
    if option == "history":
        count = int(words[2]) if len(words) > 2 and words[1] == "-n" and words[2].isdecimal() else len(records)
        return ["Restart history:", *records[:count], "OK"]
    head = [f"Boot count: {tracker.boots}", f"Unexpected resets: {tracker.unexpected}", f"History slots used: {len(records)}/8"]
    latest = ["Latest restart:", *records[:1]]
    return [*head, *latest, "OK"] if option == "latest" else [*head, pending, *latest, "OK"]


def _rtc(device: "Device", words: Sequence[str]) -> list[str]:
    option = _option("rtc", words, {"r": "read", "s": "sync", "i": "id"})
    if option == "read":
        now = time.gmtime(device.clock.unix())
        return [f"{time.strftime('%Y-%m-%d %H:%M:%S', now)} (Day {(now.tm_wday + 1) % 7})", "OK"]
    if option == "sync":
        if not device.link_up or device.behaviour.network_time_s is None:
            raise CommandError("Error: Failed to sync time")
        device.clock.synchronise()
        return ["Time synchronized successfully", "OK"]
    if option == "id":
        return ["RTC Module Device ID: 0x33", "OK"]
    raise CommandError("Error: No valid subcommand")


def _sdcard(_: "Device", words: Sequence[str]) -> list[str]:
    option = _option("sdcard", words, {"i": "info", "t": "test"})
    raise CommandError("Error: SD card test failed" if option == "test" else "Error: Failed to read SD card info")


def _imu(_: "Device", words: Sequence[str]) -> list[str]:
    _option("imu", words, {"i": "id"})
    return ["IMU Device ID: 0x67", "OK"]


def _wusb(_: "Device", words: Sequence[str]) -> list[str]:
    _option("wusb", words, {"i": "id", "c": "check"})
    return ["USB: CH342F", "OK"]


def _led(_: "Device", words: Sequence[str]) -> list[str]:
    _option("led", words[:1], {"i": "id", "c": "color"})
    return ["LED driver ready", "OK"]


def _option(command: str, words: Sequence[str], options: Mapping[str, str]) -> str:
    """The long name of the first option; empty without one.

    Raises:
        CommandError: there is no such option.
    """
    if not words:
        return ""
    for short, long in options.items():
        if words[0] in {f"--{long}", f"-{short}" if short else ""}:
            return long
    raise CommandError(f'{command}: invalid option "{words[0]}"')


def _short(value: float | str) -> float | str:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _compact(values: Mapping[str, object]) -> str:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


_COMMANDS = {
    "help": Command(_help, "Lists the commands", "[cmd]"),
    "version": Command(_version, "Firmware version"),
    "status": Command(_status, "System status"),
    "system": Command(_system, "System information and reboot", "-v|--voltage, -r|--reboot, -i|--info, -m|--memory"),
    "imu": Command(_imu, "Motion sensor", "-i|--id"),
    "rtc": Command(_rtc, "Clock", "-r|--read, -s|--sync, -i|--id"),
    "led": Command(_led, "Light", "-i|--id, -c|--color <r> <g> <b>"),
    "sdcard": Command(_sdcard, "SD card", "-i|--info, -t|--test"),
    "wifi": Command(_wifi, "Wi-Fi", "-s|--status, -i|--info"),
    "wusb": Command(_wusb, "USB bridge", "-i|--id, -c|--check"),
    "autopid": Command(_autopid, "Telemetry", "-d|--data [-p|--pretty], -n|--name <NAME> [-v|--value-only]"),
    "restart_tracker": Command(_restart_tracker, "Restarts", "-l|--latest, -a|--history [-n <k>], -p|--pending, --panic"),
}
