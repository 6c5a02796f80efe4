"""What leaves the document profile: request, body, context."""

import asyncio

import pytest

from rig.emulator.active import Auth

pytestmark = pytest.mark.asyncio


async def test_the_request_is_that_of_the_firmware(stage):
    server = await stage.server()
    auth = Auth(type="bearer", bearer="T0KEN")
    await stage.publish(stage.destination(server, path="/iot/telemetry", auth=auth, query=(("source", "wican_pro"), ("env", "prod"))))
    seen = (await server.wait(1))[0]
    assert seen.lines == [
        "POST /iot/telemetry?source=wican_pro&env=prod HTTP/1.1",
        "User-Agent: ESP32 WiCAN/1.0",
        f"Host: one.bench.rig.test:{server.port}",
        "Content-Type: application/json",
        "Authorization: Bearer T0KEN",
        f"Content-Length: {len(seen.body)}",
        "",
        "",
    ]
    assert seen.server_name == "one.bench.rig.test"


async def test_context_comes_until_the_first_success_and_no_more(stage):
    server = await stage.server(answers=[b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"])
    publisher = await stage.publish(stage.destination(server, cycle_ms=100))
    seen = await server.wait(3)
    assert [list(one.json) for one in seen] == [["autopid_data", "config", "status"]] * 2 + [["autopid_data"]]
    assert seen[2].body == b'{"autopid_data":{"Speed":50,"Level":62.35}}'
    assert publisher.statistics() in ([(1, 1)], [(2, 1)])


async def test_each_destination_has_its_own_context(stage):
    one, other = await stage.server(), await stage.server(delay_s=0.2)
    await stage.publish(stage.destination(one), stage.destination(other, 1))
    assert [list((await server.wait(1))[0].json) for server in (one, other)] == [["autopid_data", "config", "status"]] * 2


async def test_nothing_is_sent_before_the_first_poll(stage):
    server, autopid = await stage.server(), stage.autopid()
    autopid.values = None
    await stage.publish(stage.destination(server), autopid=autopid)
    await asyncio.sleep(0.25)
    assert server.connections == 0
    autopid.change(Speed=51.0)
    assert (await server.wait(1))[0].json["autopid_data"] == {"Speed": 51}


async def test_grouping_off_sends_nothing(stage):
    server = await stage.server()
    await stage.publish(stage.destination(server), grouping=False)
    await asyncio.sleep(0.2)
    assert server.connections == 0


async def test_what_is_not_finite_is_left_out(stage):
    server = await stage.server()
    await stage.publish(stage.destination(server), autopid=stage.autopid({"A": float("nan"), "B": 1.5, "C": "on"}))
    assert (await server.wait(1))[0].json["autopid_data"] == {"B": 1.5, "C": "on"}


@pytest.mark.parametrize(
    ("auth", "token", "header"),
    [
        (Auth(), "old", None),
        (Auth(type="bearer", bearer=" x\r\nX-Evil: 1 "), "", ("Authorization", "Bearer xX-Evil: 1")),
        (Auth(type="api_key_header", api_key="k"), "", ("x-api-key", "k")),
        (Auth(type="basic", basic_username="u", basic_password="p"), "", ("Authorization", "Basic dTpw")),
        (Auth(type="basic", basic_username="", basic_password=""), "", ("Authorization", "Basic Og==")),
        (Auth(type="basic"), "", None),
    ],
)
async def test_credentials(stage, auth, token, header):
    server = await stage.server()
    await stage.publish(stage.destination(server, auth=auth, api_token=token))
    headers = (await server.wait(1))[0].headers
    assert headers[3:-1] == ([header] if header else [])


async def test_a_key_named_like_another_header_takes_its_place(stage):
    server = await stage.server()
    auth = Auth(type="api_key_header", api_key="k", api_key_header_name="user-agent")
    await stage.publish(stage.destination(server, auth=auth))
    assert (await server.wait(1))[0].headers[0] == ("User-Agent", "k")
    assert len(server.seen[0].headers) == 4


async def test_a_key_may_stand_in_the_query(stage):
    server = await stage.server()
    auth = Auth(type="api_key_query", api_key="k", api_key_query_name="n")
    await stage.publish(stage.destination(server, auth=auth, path="/p?a=1#frag", query=(("b", "ä %41&c=d"),)))
    assert (await server.wait(1))[0].target == "/p?a=1&n=k&b=%C3%A4%20%41%26c=d"


async def test_an_https_destination_never_speaks_plain_text(stage):
    server = await stage.server(plain=True)
    publisher = await stage.publish(stage.destination(server, scheme="http", cycle_ms=50))
    await asyncio.sleep(0.2)
    assert server.connections == 0
    assert publisher.statistics()[0][1] >= 1


async def test_a_destination_of_type_http_speaks_plain_text(stage):
    server = await stage.server(plain=True)
    await stage.publish(stage.destination(server, scheme="http", type="HTTP"))
    assert (await server.wait(1))[0].target == "/ingest"
