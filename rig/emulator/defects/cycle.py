"""Defects of time: when destinations are served."""

from dataclasses import replace
from typing import Any

from rig.emulator.active import ActiveDestination
from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.configuration.jsontext import number
from rig.emulator.defects.common import constant, each_destination, entry, every, later, only, stop
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.turn import Turn


def _cycle_s(turn: Turn) -> float:
    return turn.destination.cycle_ms / 1000


def _after_start(change: Any) -> Alteration:
    """Due a span after the start of the attempt just over, but not before its end."""
    return lambda _due, turn: max(turn.started + change(turn), turn.ended or turn.started)


@defect("cycle-15-percent-long", "Cycles are 15 % too long")
def cycle_15_percent_long(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, _after_start(lambda turn: 1.15 * _cycle_s(turn)))


@defect("cycle-300-ms-long", "Cycles are 300 ms too long")
def cycle_300_ms_long(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, _after_start(lambda turn: _cycle_s(turn) + 0.3))


@defect("cycle-12-percent-short", "Cycles of two seconds and more are 12 % too short")
def cycle_12_percent_short(behaviour: Behaviour) -> Behaviour:
    short = only(lambda turn: turn.destination.cycle_ms >= 2000, _after_start(lambda turn: 0.88 * _cycle_s(turn)))
    return behaviour.altered(Point.DUE, short)


@defect("long-cycles-drawn-out", "Cycles of ten seconds and more are 8 % too long")
def long_cycles_drawn_out(behaviour: Behaviour) -> Behaviour:
    drawn = only(lambda turn: turn.destination.cycle_ms >= 10_000, _after_start(lambda turn: 1.08 * _cycle_s(turn)))
    return behaviour.altered(Point.DUE, drawn)


@defect("jitter-of-a-third", "Cycles are by turns a third too long and a third too short")
def jitter_of_a_third(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, _after_start(lambda turn: _cycle_s(turn) * (1.33 if turn.number % 2 else 0.67)))


@defect("every-sixth-cycle-doubled", "After every sixth POST the cycle is twice as long")
def every_sixth_cycle_doubled(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, only(every(6), lambda due, turn: due + _cycle_s(turn)))


@defect("cycle-counts-from-the-end", "A cycle runs from the end of an exchange to the start of the next")
def cycle_counts_from_the_end(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, lambda _, turn: (turn.ended or turn.started) + _cycle_s(turn))


@defect("half-the-answer-time-adds", "Half of the time that a server takes to answer is added to the cycle")
def half_the_answer_time_adds(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, lambda due, turn: due + ((turn.ended or turn.started) - turn.started) / 2)


@defect("cycle-grows", "Every cycle is 4 ms longer than the one before")
def cycle_grows(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, lambda due, turn: due + 0.004 * turn.number)


@defect("cycle-grows-after-fifty", "From the fiftieth POST on cycles are 15 % longer")
def cycle_grows_after_fifty(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, only(lambda turn: turn.number >= 50, lambda due, turn: due + 0.15 * _cycle_s(turn)))


@defect("subsecond-cycle-obeyed", "A cycle of less than a second is obeyed")
def subsecond_cycle_obeyed(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(minimum_cycle_ms=20.0)


@defect("minimum-cycle-of-800", "Shorter cycles are raised to 800 ms instead of 1000")
def minimum_cycle_of_800(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(minimum_cycle_ms=800.0)


@defect("post-twice-now-and-then", "Every fifth POST is followed by another 200 ms later")
def post_twice_now_and_then(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, only(every(5), _after_start(lambda _: 0.2)))


@defect("negative-cycle-silences", "A negative cycle means 49 days")
def negative_cycle_silences(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(negative_cycle_ms=4_294_967_295.0)


@defect("negative-cycle-floods", "A negative cycle means twenty POSTs a second")
def negative_cycle_floods(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(negative_cycle_ms=50.0)


def _nonsense(device: Any, one: ActiveDestination) -> bool:
    return number(entry(device, one.position).get("cycle")) is None


@defect("missing-cycle-silences", "A cycle that is missing or no number means 49 days")
def missing_cycle_silences(behaviour: Behaviour) -> Behaviour:
    def alter(one: ActiveDestination, device: Any) -> ActiveDestination:
        return replace(one, cycle_ms=4_294_967_295.0) if _nonsense(device, one) else one

    return behaviour.altered(Point.DESTINATIONS, each_destination(alter))


@defect("missing-cycle-restarts", "A cycle that is missing or no number makes the device restart again and again")
def missing_cycle_restarts(behaviour: Behaviour) -> Behaviour:
    def alter(due: float, turn: Any) -> float:
        if _nonsense(turn.device, turn.destination):
            turn.device.reset("panic")
        return due

    return behaviour.altered(Point.DUE, alter)


@defect("zero-cycle-is-periodic", "Cycle 0 means every ten seconds")
def zero_cycle_is_periodic(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(event_mode=False)


@defect("event-only-with-heartbeat", "Cycle 0 sends at least every twelve seconds")
def event_only_with_heartbeat(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(event_heartbeat_s=12.0)


@defect("events-ignored", "Cycle 0 sends one POST after the boot and none on changes")
def events_ignored(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.EVENT, only(later, constant(False)))


@defect("event-with-old-value", "With cycle 0 a POST carries the values before the change")
def event_with_old_value(behaviour: Behaviour) -> Behaviour:
    def alter(values: dict[str, object], turn: Turn) -> object:
        before = turn.lane.memory.get("before", values)
        turn.lane.memory["before"] = dict(values)
        return before if turn.destination.cycle_ms == 0 else values

    return behaviour.altered(Point.SNAPSHOT, alter)


@defect("event-ignores-ecu-state", "With cycle 0 a change of the ECU state sends nothing")
def event_ignores_ecu_state(behaviour: Behaviour) -> Behaviour:
    def alter(event: bool, turn: Turn) -> bool:
        before, turn.lane.memory["values"] = turn.lane.memory.get("values"), dict(turn.telemetry)
        return event and before != dict(turn.telemetry)

    return behaviour.altered(Point.EVENT, alter)


@defect("event-ignores-values", "With cycle 0 a changed value sends nothing, only the ECU state does")
def event_ignores_values(behaviour: Behaviour) -> Behaviour:
    def alter(event: bool, turn: Turn) -> bool:
        online = turn.device.status_block()["ecu_status"]
        before, turn.lane.memory["state"] = turn.lane.memory.get("state"), online
        return event and before != online

    return behaviour.altered(Point.EVENT, alter)


@defect("event-sends-three", "With cycle 0 a change sends three POSTs")
def event_sends_three(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(event_repeats=3)


@defect("all-keep-the-first-cycle", "All destinations keep the first one's cycle")
def all_keep_the_first_cycle(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(
        Point.DESTINATIONS, lambda served, _: tuple(replace(one, cycle_ms=served[0].cycle_ms) for one in served)
    )


@defect("fastest-cycle-wins", "The last destination keeps the shortest cycle of all")
def fastest_cycle_wins(behaviour: Behaviour) -> Behaviour:
    def alter(served: tuple[ActiveDestination, ...], _: object) -> tuple[ActiveDestination, ...]:
        periodic = [one.cycle_ms for one in served if one.cycle_ms]
        return (*served[:-1], replace(served[-1], cycle_ms=min(periodic))) if periodic and served[-1].cycle_ms else served

    return behaviour.altered(Point.DESTINATIONS, alter)


@defect("burst-after-outage", "After an outage the missed POSTs are sent one after the other")
def burst_after_outage(behaviour: Behaviour) -> Behaviour:
    def alter(due: float, turn: Turn) -> float:
        slot = turn.lane.memory.get("slot")
        owed = slot + _cycle_s(turn) if isinstance(slot, float) else due
        turn.lane.memory["slot"] = min(owed, due)
        return max(min(owed, due), turn.ended or turn.started)

    return behaviour.altered(Point.DUE, alter)


@defect("hammers-after-failure", "After a failure the next attempt starts 100 ms later")
def hammers_after_failure(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, only(lambda turn: not turn.success, lambda _, turn: (turn.ended or turn.started) + 0.1))


@defect("retries-each-failure-once", "Each failure is retried once, 200 ms later, beside the cycle")
def retries_each_failure_once(behaviour: Behaviour) -> Behaviour:
    def odd_failure(turn: Turn) -> bool:
        return not turn.success and turn.lane.failures_in_a_row % 2 == 1

    return behaviour.altered(Point.DUE, only(odd_failure, lambda _, turn: (turn.ended or turn.started) + 0.2))


@defect("outage-is-final", "Three failures in a row end a destination until the next boot")
def outage_is_final(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(lambda turn: turn.lane.failures_in_a_row >= 3))


@defect("first-post-late", "The first POST comes 28 seconds after the boot")
def first_post_late(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(publish_delay_s=28.0)


@defect("last-destination-starts-late", "The last destination starts 28 seconds after the boot")
def last_destination_starts_late(behaviour: Behaviour) -> Behaviour:
    def goes(_: bool, turn: Any) -> bool:
        return bool(turn.device.now() > 28)

    return behaviour.altered(Point.ATTEMPT, only(lambda turn: turn.destination.index == len(turn.lanes) - 1, goes))


@defect("half-hearted-cycle-change", "A changed cycle counts from the second boot on")
def half_hearted_cycle_change(behaviour: Behaviour) -> Behaviour:
    known: dict[str, list[float]] = {}

    def alter(one: ActiveDestination, device: Any) -> ActiveDestination:
        seen = known.setdefault(one.url, [])
        seen.append(one.cycle_ms)
        del device
        return replace(one, cycle_ms=seen[-2]) if len(seen) > 1 else one

    return behaviour.altered(Point.DESTINATIONS, each_destination(alter))


@defect("skips-a-cycle-now-and-then", "One POST in fifty is left out")
def skips_a_cycle_now_and_then(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, only(every(50), lambda due, turn: due + _cycle_s(turn)))


@defect("repeats-a-post-now-and-then", "Every sixtieth body is that of the POST before")
def repeats_a_post_now_and_then(behaviour: Behaviour) -> Behaviour:
    def alter(data: bytes, turn: Turn) -> bytes:
        before = turn.lane.memory.get("body", data)
        turn.lane.memory["body"] = data
        return bytes(before) if turn.number % 60 == 0 and isinstance(before, bytes) else data

    return behaviour.altered(Point.BODY_BYTES, alter)


@defect("silent-after-two-hundred", "After two hundred POSTs a destination falls silent")
def silent_after_two_hundred(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(lambda turn: turn.number >= 200))
