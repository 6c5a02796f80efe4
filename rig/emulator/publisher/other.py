"""Destinations of other types, ABRP and MQTT, so that something can run beside HTTPS.

Not modelled: MQTT over TLS, a lasting MQTT session (each message has a connection of its own), what else a device says by MQTT.
"""

import asyncio
import contextlib
import json
import struct
import time
from urllib.parse import quote, urlsplit

from rig.emulator.publisher.body import telemetry
from rig.emulator.publisher.response import Answer, Ended
from rig.emulator.publisher.turn import Exchange, Turn
from rig.emulator.publisher.wire import Wire

_ABRP_KEYS = {
    "SOC": "soc", "HV_W": "power", "SPEED": "speed", "CHARGING": "is_charging", "CHARGING_DC": "is_dcfc", "PARK_BRAKE": "is_parked",
    "HV_CAPACITY_KWH": "capacity", "HV_CAPACITY_R": "soe", "SOH": "soh", "TMP_A": "ext_temp", "BATT_TEMP": "batt_temp",
    "HV_V": "voltage", "HV_A": "current", "ODOMETER": "odometer", "RANGE": "est_battery_range", "T_CAB": "cabin_temp",
    "lat": "lat", "lon": "lon", "elevation": "elevation",
}  # fmt: skip
"""Parameters that ABRP knows, by the names that profiles have for them (web API facts, 5.7)."""
_CONNACK = b"\x20\x02\x00\x00"


def abrp_body(turn: Turn) -> bytes:
    """The form that ABRP takes: the user's token, and telemetry under ABRP's names."""
    known = {_ABRP_KEYS[name]: value for name, value in telemetry(turn.telemetry).items() if name in _ABRP_KEYS}
    known["utc"] = int(time.time())
    if turn.device.active.car_model:
        known["car_model"] = turn.device.active.car_model
    return f"token={quote(turn.destination.api_token, safe='')}&tlm={quote(json.dumps(known, separators=(',', ':')), safe='')}".encode()


async def publish(turn: Turn) -> Exchange:
    """One message to the MQTT broker of the main configuration: bare telemetry, QoS 0, not retained."""
    main = turn.device.active.main
    if main.get("mqtt_en") != "enable":
        return Exchange(error="MQTT is off")
    try:
        async with asyncio.timeout(turn.device.behaviour.time_limit_s):
            await _say(turn, str(main.get("mqtt_url", "")), int(str(main.get("mqtt_port") or 1883)))
    except (OSError, TimeoutError, ValueError) as error:
        return Exchange(error=f"MQTT: {error or type(error).__name__}")
    return Exchange(Answer(200, (), Ended.WHOLE))


async def _say(turn: Turn, broker: str, port: int) -> None:
    """CONNECT, PUBLISH, DISCONNECT (MQTT 3.1.1, 3.1, 3.3 and 3.14)."""
    main = turn.device.active.main
    host = urlsplit(broker if "://" in broker else f"mqtt://{broker}").hostname or ""
    credentials = [str(main[key]) for key in ("mqtt_user", "mqtt_pass") if main.get(key)]
    flags = 0x02 | (0x80 if credentials else 0) | (0x40 if len(credentials) == 2 else 0)
    body = json.dumps(telemetry(turn.telemetry), ensure_ascii=False, separators=(",", ":")).encode()
    wire = await Wire.connect(await asyncio.to_thread(turn.device.resolve, host), port)
    with contextlib.closing(wire):
        payload = map(_text, [f"wican-{turn.destination.position}", *credentials])
        await wire.send(_packet(0x10, _text("MQTT") + bytes([4, flags]) + struct.pack(">H", 60) + b"".join(payload)))
        if await wire.receive() != _CONNACK:
            raise OSError("the broker refused")
        await wire.send(_packet(0x30, _text(turn.destination.url) + body) + _packet(0xE0, b""))


def _packet(kind: int, content: bytes) -> bytes:
    """Fixed header and content; the length has seven bits a byte (MQTT 3.1.1, 2.2.3)."""
    length, left = bytearray(), len(content)
    while True:
        left, digit = divmod(left, 128) if left >= 128 else (0, left)
        length.append(digit | (0x80 if left else 0))
        if not left:
            return bytes([kind]) + bytes(length) + content


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded
