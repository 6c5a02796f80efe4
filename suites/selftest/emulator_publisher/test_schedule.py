"""When destinations are served."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from rig.emulator.active import ActiveDestination
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.publisher.schedule import next_due
from rig.emulator.publisher.turn import Lane, Turn

FAILURE = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"


def starts(seen):
    return [one.started for one in seen]


def gaps(seen):
    return [later - sooner for sooner, later in pairwise(starts(seen))]


def noting(behaviour, notes):
    """Keeps of each attempt how long it took and how long after its end the next is due: exact, however busy the machine is."""

    def note(due, turn):
        notes.append((turn.ended - turn.started, due - turn.ended))
        return due

    return behaviour.altered(Point.DUE, note)


@pytest.mark.parametrize(
    ("started", "ended", "due", "slot"),
    [
        (10.001, 10.02, 11.0, 11.0),  # in time
        (10.07, 10.12, 11.0, 11.0),  # a little late
        (10.3, 10.35, 11.22, 11.0),  # late: the next keeps its distance, the grid holds
        (10.0, 10.9, 11.0, 11.0),  # slow, but within the cycle
        (10.0, 12.5, 12.5, 12.5),  # longer than a cycle: at once, only once, and a new grid
        (10.9, 10.95, 11.82, 11.82),  # so late that the grid begins anew
    ],
)
def test_the_next_slot(started, ended, due, slot):
    turn = Turn(None, Lane(ActiveDestination(0, 0, "HTTPS", "https://h/", 1000)), (), {}, started, ended)
    assert next_due(turn, 10.0, 1.0) == (pytest.approx(due), pytest.approx(slot))


@pytest.mark.asyncio
async def test_own_clocks_run_from_start_to_start(stage):
    server, notes = await stage.server(delay_s=0.1), []
    await stage.publish(stage.destination(server, cycle_ms=200), behaviour=noting(Behaviour(), notes))
    await server.wait(6)
    assert all(pause < 0.15 for _, pause in notes)


@pytest.mark.asyncio
async def test_a_stalling_destination_delays_nobody_with_clocks_of_their_own(stage):
    stalled, lively = await stage.server(delay_s=9), await stage.server()
    await stage.publish(stage.destination(stalled, cycle_ms=100), stage.destination(lively, 1, cycle_ms=100))
    await lively.wait(6, within_s=4.5)
    assert len(stalled.seen) <= 1


@pytest.mark.asyncio
async def test_in_turn_a_slow_destination_delays_the_others(stage):
    slow, lively = await stage.server(delay_s=0.5), await stage.server()
    await stage.publish(
        stage.destination(slow, cycle_ms=100), stage.destination(lively, 1, cycle_ms=100), behaviour=Behaviour(serial=True)
    )
    assert min(gaps(await lively.wait(3))) > 0.5


@pytest.mark.asyncio
async def test_in_turn_a_cycle_runs_from_end_to_start(stage):
    server, notes = await stage.server(delay_s=0.2), []
    await stage.publish(stage.destination(server, cycle_ms=200), behaviour=noting(Behaviour(serial=True, request_ms=100), notes))
    await server.wait(3)
    assert all(took > 0.28 and pause == pytest.approx(0.2) for took, pause in notes)


@pytest.mark.asyncio
async def test_backoff_sets_in_and_ends_one_attempt_late(stage):
    server, notes = await stage.server(answers=[FAILURE] * 4), []
    behaviour = noting(Behaviour(serial=True, backoff_after=2, backoff_floor_s=0.3), notes)
    await stage.publish(stage.destination(server, cycle_ms=50), behaviour=behaviour)
    await stage.until(lambda: len(notes) >= 6, within_s=8)
    assert [pause for _, pause in notes[:6]] == [pytest.approx(pause) for pause in (0.05, 0.05, 0.3, 0.3, 0.3, 0.05)]


@pytest.mark.asyncio
async def test_a_cycle_as_long_as_the_floor_is_not_stretched(stage):
    server, notes = await stage.server(answer=FAILURE), []
    behaviour = noting(Behaviour(serial=True, backoff_after=1, backoff_floor_s=0.1), notes)
    await stage.publish(stage.destination(server, cycle_ms=100), behaviour=behaviour)
    await stage.until(lambda: len(notes) >= 3, within_s=8)
    assert [pause for _, pause in notes[:3]] == [pytest.approx(0.1)] * 3


@pytest.mark.asyncio
async def test_events_only(stage):
    server, autopid = await stage.server(), stage.autopid()
    await stage.publish(stage.destination(server, cycle_ms=0), behaviour=Behaviour(event_gap_s=0.1), autopid=autopid)
    await server.wait(1)
    await asyncio.sleep(0.3)
    assert len(server.seen) == 1
    autopid.change(Speed=51.0)
    assert (await server.wait(2))[1].json == {"autopid_data": {"Speed": 51, "Level": 62.35}}
    autopid.ecu_online = False
    autopid.change()
    await server.wait(3)
    autopid.change()
    await asyncio.sleep(0.3)
    assert len(server.seen) == 3


@pytest.mark.asyncio
async def test_events_that_crowd_share_a_post(stage):
    server, autopid = await stage.server(), stage.autopid()
    await stage.publish(stage.destination(server, cycle_ms=0), behaviour=Behaviour(event_gap_s=0.3), autopid=autopid)
    await server.wait(1)
    for speed in (1.0, 2.0, 3.0):
        autopid.change(Speed=speed)
    seen = await server.wait(2)
    assert seen[1].json["autopid_data"]["Speed"] == 3
    assert gaps(seen)[0] > 0.2


@pytest.mark.asyncio
async def test_without_event_mode_zero_means_ten_seconds(stage):
    server, autopid = await stage.server(), stage.autopid()
    pauses = []
    behaviour = Behaviour(event_mode=False).altered(Point.DUE, lambda due, turn: pauses.append(due - turn.started) or due)
    await stage.publish(stage.destination(server, cycle_ms=0), behaviour=behaviour, autopid=autopid)
    await server.wait(1)
    await stage.until(lambda: pauses)
    assert pauses == [pytest.approx(10, abs=0.1)]


@pytest.mark.asyncio
@pytest.mark.parametrize("serial", [False, True])
async def test_nothing_is_sent_without_a_link_and_nothing_made_up_for(stage, serial):
    server = await stage.server()
    publisher = await stage.publish(stage.destination(server, cycle_ms=100), behaviour=Behaviour(serial=serial))
    await server.wait(2)
    publisher.device.set_link(False)
    await asyncio.sleep(0.5)
    count = len(server.seen)
    assert count <= 3
    publisher.device.set_link(True)
    assert min(gaps((await server.wait(count + 3))[count:])) > 0.09
    assert publisher.statistics()[0][1] == 0


@pytest.mark.asyncio
async def test_a_destination_that_comes_back_remembers_its_success(stage):
    server = await stage.server()
    place = stage.destination(server)
    publisher = await stage.publish(place)
    await server.wait(1)
    active = publisher.device.active
    await stage.until(lambda: publisher.statistics() == [(1, 0)])
    await publisher.reload(replace(active, destinations=()))
    assert publisher.statistics() == []
    await publisher.reload(replace(active, destinations=(replace(place, auth=place.auth),)))
    assert list((await server.wait(2))[1].json) == ["autopid_data"]
