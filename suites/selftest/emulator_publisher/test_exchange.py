"""One attempt: what counts as a success, the time limit, redirects, kept connections."""

import asyncio

import pytest

from rig.emulator.active import Auth
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.publisher.request import buffered_head

EMPTY = b"\r\nContent-Length: 0\r\n\r\n"
BEARER = Auth(type="bearer", bearer="T0KEN")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "success"),
    [
        (b"HTTP/1.1 200 OK" + EMPTY, True),
        (b"HTTP/1.1 299 Odd" + EMPTY, True),
        (b"HTTP/1.1 204 No\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil closed", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", False),
        (b"HTTP/1.1 301 Moved\r\nLocation: https://one.bench.rig.test/" + EMPTY, False),
        (b"HTTP/1.1 401 No" + EMPTY, False),
        (b"SSH-2.0-x\r\n\r\n", False),
    ],
)
async def test_success(stage, answer, success):
    server = await stage.server(answer=answer)
    turn = await stage.attempt(stage.destination(server))
    assert turn.success is success
    assert server.connections == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(("answer", "knobs", "success"), [
    (b"HTTP/1.1 200 OK\r\n\r\nuntil closed", {"close_delimited_is_success": False}, False),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", {"cut_answer_is_success": True}, True),
])  # fmt: skip
async def test_success_as_a_release_sees_it(stage, answer, knobs, success):
    server = await stage.server(answer=answer)
    assert (await stage.attempt(stage.destination(server), Behaviour(**knobs))).success is success


async def trickle(_reader, writer):
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK":
        writer.write(bytes([byte]))
        await asyncio.sleep(0.02)


async def stay_silent(reader, _writer):
    await reader.read()


@pytest.mark.asyncio
@pytest.mark.parametrize(("per_step", "success"), [(False, False), (True, True)])
async def test_the_time_limit_is_over_all_or_over_each_read(stage, per_step, success):
    server = await stage.server(plain=True, behave=trickle)
    place = stage.destination(server, scheme="http", type="HTTP")
    turn = await stage.attempt(place, Behaviour(time_limit_s=0.4, limit_per_step=per_step))
    assert turn.success is success
    assert success or turn.exchange.error == "ESP_ERR_HTTP_EAGAIN"
    assert success or turn.ended - turn.started == pytest.approx(0.4, abs=0.2)


@pytest.mark.asyncio
async def test_a_silent_server_costs_the_limit(stage):
    server = await stage.server(plain=True, behave=stay_silent)
    turn = await stage.attempt(stage.destination(server), Behaviour(time_limit_s=0.2))
    assert turn.ended - turn.started == pytest.approx(0.2, abs=0.15)


@pytest.mark.asyncio
async def test_names_that_do_not_resolve_and_closed_ports_are_failures(stage):
    server = await stage.server()
    assert not (await stage.attempt(stage.destination(server, host="nowhere.rig.test"))).success
    await server.stop()
    assert (await stage.attempt(stage.destination(server))).exchange.error == "ESP_ERR_HTTP_CONNECT"


@pytest.mark.asyncio
async def test_a_release_follows_redirects_with_everything(stage):
    other = await stage.server()
    moved = f"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:{other.port}/new?x=1".encode() + EMPTY
    server = await stage.server(answer=moved)
    turn = await stage.attempt(stage.destination(server, auth=BEARER), Behaviour(redirect_hops=10))
    assert turn.success
    assert other.seen[0].target == "/new?x=1"
    assert ("Authorization", "Bearer T0KEN") in other.seen[0].headers
    assert ("Host", "127.0.0.1") in other.seen[0].headers
    assert other.seen[0].body == server.seen[0].body


@pytest.mark.asyncio
async def test_the_last_redirect_too_many_is_a_failure(stage):
    server = await stage.server(answer=b"HTTP/1.1 307 X\r\nLocation: /again" + EMPTY)
    turn = await stage.attempt(stage.destination(server), Behaviour(redirect_hops=2))
    assert not turn.success
    assert [one.target for one in server.seen] == ["/ingest", "/again", "/again"]


@pytest.mark.asyncio
@pytest.mark.parametrize(("plain", "count"), [(False, 0), (True, 1)])
async def test_a_redirect_to_plain_text(stage, plain, count):
    other = await stage.server(plain=True)
    server = await stage.server(answer=f"HTTP/1.1 301 X\r\nLocation: http://127.0.0.1:{other.port}/".encode() + EMPTY)
    await stage.attempt(stage.destination(server), Behaviour(redirect_hops=10, plain_redirects=plain))
    assert len(other.seen) == count


@pytest.mark.asyncio
async def test_a_kept_connection_carries_the_next_request(stage):
    server = await stage.server(answer=b"HTTP/1.1 200 OK\r\nConnection: keep-alive" + EMPTY)
    service, lane = stage.service(stage.destination(server), Behaviour(keep_alive=True))
    for _ in range(3):
        assert (await service.serve(lane, {})).success
    assert (server.connections, len(server.seen)) == (1, 3)
    lane.kept.abort()


@pytest.mark.asyncio
async def test_a_connection_that_the_server_closed_is_replaced(stage):
    server = await stage.server()
    service, lane = stage.service(stage.destination(server), Behaviour(keep_alive=True))
    await service.serve(lane, {})
    await stage.until(lambda: not lane.kept.usable)
    assert (await service.serve(lane, {})).success
    assert server.connections == 2
    lane.kept.abort()


@pytest.mark.asyncio
@pytest.mark.parametrize("resuming", [False, True])
async def test_sessions(stage, resuming):
    server = await stage.server()
    await stage.attempt(stage.destination(server), Behaviour(session_resumption=resuming), times=2)
    assert server.resumed == [False, resuming]


@pytest.mark.asyncio
async def test_alterations_reach_the_request(stage):
    server = await stage.server()
    behaviour = (
        Behaviour()
        .altered(Point.TARGET, lambda target, turn: f"{target}-{turn.number}")
        .altered(Point.HEADERS, lambda lines, _: [*lines, ("X-Odd", "1")])
        .altered(Point.CONNECT, lambda where, _: ("127.0.0.1", where[1]))
    )
    await stage.attempt(stage.destination(server), behaviour, times=2)
    assert [one.target for one in server.seen] == ["/ingest-1", "/ingest-2"]
    assert ("X-Odd", "1") in server.seen[0].headers


LINES = [("User-Agent", "x"), ("Host", "h"), ("Content-Type", "application/json")]


@pytest.mark.parametrize(("length", "head"), [(464, True), (465, False), (495, False)])
def test_a_long_target_loses_the_head(length, head):
    assert bool(buffered_head("/" * length, LINES, 512)) is head


@pytest.mark.parametrize(("length", "end"), [(485, b"\r\n\r\n"), (486, b"json\r\n")])
def test_a_long_token_cuts_the_head(length, end):
    lines = [*LINES, ("Authorization", "Bearer " + "t" * length), ("Content-Length", "3")]
    assert buffered_head("/", lines, 512).endswith(end)


@pytest.mark.asyncio
async def test_a_very_long_target_sends_nothing(stage):
    server = await stage.server()
    turn = await stage.attempt(stage.destination(server, path="/" * 496), Behaviour(head_buffer=512))
    assert turn.exchange.error == "ESP_ERR_HTTP_WRITE_DATA"
    assert server.seen == []


@pytest.mark.asyncio
async def test_a_large_body_arrives_whole(stage):
    server = await stage.server()
    service, lane = stage.service(stage.destination(server))
    await service.serve(lane, {f"P{index}": 1.0 for index in range(5000)})
    assert len(server.seen[0].json["autopid_data"]) == 5000


@pytest.mark.asyncio
async def test_the_log_hides_what_the_query_says_unless_the_release_shows_it(stage):
    lines = []
    for shown in (False, True):
        server = await stage.server()
        service, lane = stage.service(stage.destination(server, path="/p?key=s3cret", auth=BEARER), Behaviour(url_in_log=shown))
        await service.serve(lane, {})
        lines.append("\n".join(service.device.lines))
    assert ["s3cret" in text for text in lines] == [False, True]
    assert not any("T0KEN" in text for text in lines)
    assert "I AUTO_PID: HTTP(S) dest 0 status 200 success" in lines[0]
