"""Telemetry, standard PIDs, the tests of the page, and the counters of the destinations (web API facts, 1.2 and 1.7)."""

import asyncio

from rig.emulator.autopid.standard import standard_pid_info
from rig.emulator.configuration.jsontext import parse
from rig.emulator.web.call import Answer, Call, refused, said, told

_PROTOCOLS = {"0", "6", "7", "8", "9"}
_NOT_RUNNING = "Go to Settings -> CAN and set Protocol to AutoPID then click Submit Changes"
_COUNTERS_WAIT_S = 2.0


async def telemetry(call: Call) -> Answer:
    """The present snapshot."""
    snapshot = call.device.autopid.snapshot() if call.device.autopid else None
    return told({"error": "No data available"} if snapshot is None else _plain(snapshot))


async def config_block(call: Call) -> Answer:
    """Class and unit of each parameter."""
    if call.device.autopid is None:
        return refused("Failed to generate JSON", 500)
    return told(call.device.config_block())


async def counters(call: Call) -> Answer:
    """Successes and failures of each active destination since boot; nothing while the poller holds everybody up."""
    device = call.device
    until = asyncio.get_running_loop().time() + _COUNTERS_WAIT_S
    while device.behaviour.counters_wait_for_poller and device.autopid and device.autopid.busy:
        if asyncio.get_running_loop().time() > until:
            return told({"destinations": []})
        await asyncio.sleep(0.05)
    counted = device.publisher.statistics() if device.publisher else []
    return told({"destinations": [{"success": success, "fail": fail} for success, fail in counted]})


async def standard_list(_call: Call) -> Answer:
    """Name, unit and class of every standard parameter, whether any is polled or not."""
    return told(standard_pid_info())


async def scan(call: Call) -> Answer:
    """Which standard parameters the car has; with an unknown protocol there is no answer at all."""
    protocol = call.parameter("protocol") or "6"
    if call.device.autopid is None:
        return told({"text": _NOT_RUNNING})
    if protocol not in _PROTOCOLS:
        return Answer(reset=True) if call.device.behaviour.lenient_json else refused("Invalid protocol")
    found = await call.device.autopid.scan(protocol)
    return Answer(reset=True) if found is None else told({"std_pids": list(found)})


async def test_pid(call: Call) -> Answer:
    """One request to the car, outside the schedule."""
    if call.device.autopid is None:
        return told({"ok": False, "error": "Set Protocol to AutoPID and Submit Changes"})
    if call.method == "GET":
        request: dict[str, object] | None = dict(pair.partition("=")[::2] for pair in call.query.split("&") if pair)
    else:
        request = _object(call.body)
    if request is None:
        return told({"ok": False, "error": "Invalid JSON" if call.body else "Missing JSON"})
    return told(await call.device.autopid.test_pid(request))


async def test_filter(call: Call) -> Answer:
    """One frame from the car, outside the schedule."""
    if call.device.autopid is None:
        return told({"ok": False, "error": "Set Protocol to AutoPID and Submit Changes"})
    request = _object(call.body)
    if request is None:
        return told({"ok": False, "error": "Invalid JSON" if call.body else "Missing JSON"})
    return told(await call.device.autopid.test_can_filter(request))


async def networks(call: Call) -> Answer:
    """The Wi-Fi networks around: the one that the device is set up for."""
    if call.device.active.main.get("ble_status") == "enable":
        return told({"error": "Go to Settings -> BLE, disable it and Submit Changes to perform WiFi scan"})
    name = call.device.active.main.get("sta_ssid", "")
    network = {"ssid": name, "rssi": -50, "channel": 6, "auth_mode": "WPA2_PSK", "bssid": "02:00:00:00:00:01"}
    return told({"networks": [network] if call.device.link_up else []})


async def empty(_: Call) -> Answer:
    """For what has nothing to say."""
    return said("")


def _object(body: bytes) -> dict[str, object] | None:
    try:
        parsed = parse(body)
    except ValueError:
        return None
    return dict(parsed) if isinstance(parsed, dict) else None


def _plain(snapshot: object) -> object:
    """Whole numbers without decimals."""
    if isinstance(snapshot, dict):
        return {name: _plain(value) for name, value in snapshot.items()}
    return int(snapshot) if isinstance(snapshot, float) and snapshot.is_integer() and abs(snapshot) < 1e15 else snapshot
