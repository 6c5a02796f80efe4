"""Defects of the serial console and of the clock."""

import re
import time
from typing import Any

from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.common import only, telemetry
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.turn import Turn


def _line(pattern: str, text: str) -> Alteration:
    """What matches on a console line replaced."""
    return lambda line, _device: None if line is None else re.sub(pattern, text, line)


@defect("console-other-version", "The console names another version than the web API")
def console_other_version(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONSOLE_LINE, _line(r"((?:App )?Version: v)\S+", r"\g<1>4.38p"))


@defect("console-other-device-id", "The console names another device id than the web API")
def console_other_device_id(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONSOLE_LINE, _line(r"(Device ID: )\w+", r"\g<1>aabbccddeeff"))


@defect("console-status-not-ok", "The console's status says that the device is in trouble")
def console_status_not_ok(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONSOLE_LINE, _line(r"System Status: OK", "System Status: ERROR"))


def _said(turn: Any, text: str) -> None:
    turn.device.console.print(text)


@defect("token-on-console", "Each request prints its Authorization line on the console")
def token_on_console(behaviour: Behaviour) -> Behaviour:
    def alter(lines: list[tuple[str, str]], turn: Turn) -> list[tuple[str, str]]:
        for name, value in lines:
            if name == "Authorization":
                _said(turn, f"{name}: {value}")
        return lines

    return behaviour.altered(Point.HEADERS, alter)


@defect("token-on-console-after-failure", "After a failure the console shows the token")
def token_on_console_after_failure(behaviour: Behaviour) -> Behaviour:
    def alter(due: float, turn: Turn) -> float:
        if not turn.success and turn.destination.auth.bearer:
            _said(turn, f"POST failed (token {turn.destination.auth.bearer})")
        return due

    return behaviour.altered(Point.DUE, alter)


@defect("keys-on-console-at-boot", "While it boots the device prints the client keys of its sets")
def keys_on_console_at_boot(behaviour: Behaviour) -> Behaviour:
    def alter(served: object, device: Any) -> object:
        for one in device.storage.read_sets().values():
            device.console.print((one.client_key or b"").decode("latin-1"))
        return served

    return behaviour.altered(Point.DESTINATIONS, alter)


@defect("configuration-on-console-at-boot", "While it boots the device prints the stored destinations, tokens included")
def configuration_on_console_at_boot(behaviour: Behaviour) -> Behaviour:
    def alter(served: tuple[Any, ...], device: Any) -> tuple[Any, ...]:
        for one in served:
            device.console.print(f"destination {one.url} token {one.auth.bearer}")
        return served

    return behaviour.altered(Point.DESTINATIONS, alter)


def _stamped(change: Any) -> Alteration:
    return telemetry(lambda values: {**values, "timestamp": change(values["timestamp"])} if "timestamp" in values else values)


@defect("timestamp-an-hour-off", "The timestamp in telemetry is an hour ahead")
def timestamp_an_hour_off(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(posted_timestamp=True).altered(Point.BODY, _stamped(lambda stamp: stamp + 3600))


@defect("timestamp-frozen", "The timestamp in telemetry stays that of the first POST")
def timestamp_frozen(behaviour: Behaviour) -> Behaviour:
    def alter(body: dict[str, Any], turn: Turn) -> Any:
        first = turn.lane.memory.setdefault("stamp", int(time.time()))
        return _stamped(lambda _: first)(body, turn)

    return behaviour.but(posted_timestamp=True).altered(Point.BODY, alter)


@defect("timestamp-is-uptime", "The timestamp in telemetry is the uptime")
def timestamp_is_uptime(behaviour: Behaviour) -> Behaviour:
    def alter(body: dict[str, Any], turn: Any) -> Any:
        return _stamped(lambda _: int(turn.device.now()))(body, turn)

    return behaviour.but(posted_timestamp=True).altered(Point.BODY, alter)


@defect("timestamp-jumps", "Every third timestamp in telemetry is a minute behind")
def timestamp_jumps(behaviour: Behaviour) -> Behaviour:
    jumped = only(lambda turn: turn.number % 3 == 0, _stamped(lambda stamp: stamp - 60))
    return behaviour.but(posted_timestamp=True).altered(Point.BODY, jumped)
