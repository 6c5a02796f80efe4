"""Destinations that are neither HTTP nor HTTPS."""

import json
from urllib.parse import parse_qs

import pytest

from rig.emulator.active import ActiveConfiguration
from rig.emulator.publisher.other import _packet

pytestmark = pytest.mark.asyncio


class Broker:
    def __init__(self):
        self.packets = []

    async def behave(self, reader, writer):
        while True:
            kind = await reader.readexactly(1)
            length, shift = 0, 0
            while True:
                digit = (await reader.readexactly(1))[0]
                length |= (digit & 127) << shift
                shift += 7
                if digit < 128:
                    break
            self.packets.append((kind[0], await reader.readexactly(length)))
            if kind[0] == 0x10:
                writer.write(b"\x20\x02\x00\x00")


async def publish(stage, broker, telemetry, **main):
    server = await stage.server(plain=True, behave=broker.behave)
    place = stage.destination(server, type="MQTT_Topic", url="car/data")
    service, lane = stage.service(place)
    settings = {"mqtt_en": "enable", "mqtt_url": "mqtt://127.0.0.1", "mqtt_port": str(server.port), **main}
    service.device.active = ActiveConfiguration(main=settings, destinations=(place,))
    turn = await service.serve(lane, telemetry)
    if turn.success:
        await stage.until(lambda: len(broker.packets) == 3)
    return turn


async def test_mqtt_publishes_bare_telemetry(stage):
    broker = Broker()
    turn = await publish(stage, broker, {"Speed": 50.0, "Long": "x" * 300}, mqtt_user="u", mqtt_pass="p")
    assert turn.success
    assert [kind for kind, _ in broker.packets] == [0x10, 0x30, 0xE0]
    assert broker.packets[0][1] == b"\x00\x04MQTT\x04\xc2\x00\x3c\x00\x07wican-0\x00\x01u\x00\x01p"
    topic, body = broker.packets[1][1][:10], broker.packets[1][1][10:]
    assert topic == b"\x00\x08car/data"
    assert json.loads(body) == {"Speed": 50, "Long": "x" * 300}


async def test_mqtt_off_is_a_failure(stage):
    broker = Broker()
    assert not (await publish(stage, broker, {}, mqtt_en="disable")).success
    assert broker.packets == []


async def test_abrp_takes_a_form(stage):
    server = await stage.server()
    service, lane = stage.service(stage.destination(server, type="ABRP_API", api_token="t&t"))
    await service.serve(lane, {"SOC": 81.5, "Else": 1.0})
    seen = server.seen[0]
    assert ("Content-Type", "application/x-www-form-urlencoded") in seen.headers
    form = parse_qs(seen.body.decode())
    assert form["token"] == ["t&t"]
    assert json.loads(form["tlm"][0]).keys() == {"soc", "utc"}


@pytest.mark.parametrize(("size", "length"), [(0, b"\x00"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")])
async def test_lengths_have_seven_bits_a_byte(size, length):
    assert _packet(0x30, b"x" * size).startswith(b"\x30" + length)
