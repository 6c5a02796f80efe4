"""Defects of cycles and destinations that show now and then, at one destination only, or only in company."""

import json
from dataclasses import replace
from typing import Any

from rig.emulator.active import ActiveDestination
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.configuration.jsontext import number, text
from rig.emulator.defects.common import each_destination, entry, every, only, stored_document
from rig.emulator.defects.past import Past, Served, by_url
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.trust import Rule, Trust
from rig.emulator.publisher.turn import Turn
from rig.emulator.web.call import Answer

# Cycles -----------------------------------------------------------------------------------------------------------------


@defect("five-seconds-drawn-out", "Cycles of five seconds to ten are 350 ms too long")
def five_seconds_drawn_out(behaviour: Behaviour) -> Behaviour:
    drawn = only(lambda turn: 5000 <= turn.destination.cycle_ms < 10_000, lambda due, _: due + 0.35)
    return behaviour.altered(Point.DUE, drawn)


@defect("every-twelfth-interval-late", "Every twelfth interval is 400 ms longer, and the one after it as much shorter")
def every_twelfth_interval_late(behaviour: Behaviour) -> Behaviour:
    def alter(due: float, turn: Turn) -> float:
        return due + {0: 0.4, 1: -0.4}.get(turn.number % 12, 0.0) if turn.number > 1 else due

    return behaviour.altered(Point.DUE, alter)


@defect("short-cycles-from-500-obeyed", "Cycles under half a second are raised, those from there on are obeyed")
def short_cycles_from_500_obeyed(behaviour: Behaviour) -> Behaviour:
    def alter(one: ActiveDestination, device: Any) -> ActiveDestination:
        wanted = number(entry(device, one.position).get("cycle")) or 0.0
        return replace(one, cycle_ms=wanted) if 500 <= wanted < 1000 else one

    return behaviour.altered(Point.DESTINATIONS, each_destination(alter))


@defect("first-answer-late-adds", "An answer that takes longer than 700 ms puts the next attempt off by a fifth of a second")
def first_answer_late_adds(behaviour: Behaviour) -> Behaviour:
    late = only(lambda turn: (turn.ended or turn.started) - turn.started > 0.7, lambda due, _: due + 0.2)
    return behaviour.altered(Point.DUE, late)


@defect("only-the-first-hears-of-events", "Of several event-only destinations only the first is sent to on a change")
def only_the_first_hears_of_events(behaviour: Behaviour) -> Behaviour:
    def alter(event: bool, turn: Turn) -> bool:
        first = next((lane for lane in turn.lanes if lane.destination.cycle_ms == 0), turn.lane)
        return event and (turn.lane is first or not turn.lane.successes)

    return behaviour.altered(Point.EVENT, alter)


@defect("one-parameter-is-no-event", "With cycle 0 a change of the last parameter alone sends nothing")
def one_parameter_is_no_event(behaviour: Behaviour) -> Behaviour:
    def alter(event: bool, turn: Turn) -> bool:
        told = list(turn.telemetry.items())[1:], turn.device.status_block()["ecu_status"]
        before, turn.lane.memory["told"] = turn.lane.memory.get("told"), told
        return event and before != told

    return behaviour.altered(Point.EVENT, alter)


@defect("retries-once-when-unanswered", "After an attempt without any answer the next one starts at once")
def retries_once_when_unanswered(behaviour: Behaviour) -> Behaviour:
    def unanswered(turn: Turn) -> bool:
        return turn.exchange is not None and turn.exchange.status is None and turn.lane.failures_in_a_row % 3 != 0

    return behaviour.altered(Point.DUE, only(unanswered, lambda _, turn: (turn.ended or turn.started) + 0.05))


# Company ----------------------------------------------------------------------------------------------------------------


@defect("long-attempt-delays-the-next", "An attempt of more than two seconds puts off the destination behind it by a third of a second")
def long_attempt_delays_the_next(behaviour: Behaviour) -> Behaviour:
    def note(outcome: bool, occasion: tuple[Turn, object]) -> bool:
        turn = occasion[0]
        turn.lane.memory["took"] = (turn.ended or 0.0) - turn.started
        return outcome

    def delay(due: float, turn: Turn) -> float:
        took = turn.lanes[turn.destination.index - 1].memory.get("took", 0.0) if turn.destination.index else 0.0
        return due + 0.33 if isinstance(took, float) and took > 2 else due

    return behaviour.altered(Point.SUCCESS, note).altered(Point.DUE, delay)


@defect("resets-not-counted", "Attempts that get no answer are not counted as failures")
def resets_not_counted(behaviour: Behaviour) -> Behaviour:
    def note(outcome: bool, occasion: tuple[Turn, Any]) -> bool:
        turn, exchange = occasion
        lost = turn.lane.memory.get("lost", 0)
        turn.lane.memory["lost"] = (lost if isinstance(lost, int) else 0) + (exchange.status is None)
        return outcome

    def counted(rows: list[tuple[int, int]], lanes: Any) -> list[tuple[int, int]]:
        return [(good, bad - lane.memory.get("lost", 0)) for (good, bad), lane in zip(rows, lanes, strict=True)]

    return behaviour.altered(Point.SUCCESS, note).altered(Point.STATISTICS, counted)


# What is stored ---------------------------------------------------------------------------------------------------------


@defect("disabled-ones-not-read-back", "What is read back lacks the destinations that are disabled")
def disabled_ones_not_read_back(behaviour: Behaviour) -> Behaviour:
    def alter(answer: Answer, call: Any) -> Answer:
        if call.path != "/load_auto_pid" or not answer.body.startswith(b"{"):
            return answer
        content = json.loads(answer.body)
        content["destinations"] = [one for one in content.get("destinations", []) if one.get("enabled")]
        return replace(answer, body=json.dumps(content).encode())

    return behaviour.altered(Point.WEB_ANSWER, alter)


@defect("long-tokens-cut-when-six-are-stored", "With six destinations tokens are stored up to 128 characters")
def long_tokens_cut_when_six_are_stored(behaviour: Behaviour) -> Behaviour:
    def cut(content: dict[str, Any]) -> None:
        stored = content.get("destinations", [])
        for one in stored if len(stored) >= 6 else []:
            one.get("auth", {})["bearer"] = one.get("auth", {}).get("bearer", "")[:128]

    return behaviour.altered(Point.STORE, stored_document(cut))


@defect("re-enabled-uses-default-set", "A destination that is enabled again uses the certificate set default")
def re_enabled_uses_default_set(behaviour: Behaviour) -> Behaviour:
    known: set[str] = set()

    def alter(now: Served, before: Served, _: Any) -> Served:
        old = by_url(before)
        back = {one.url for one in now if one.url not in old and one.url in known}
        known.update(by_url(now), old)
        return tuple(replace(one, cert_set="default") if one.url in back else one for one in now)

    return behaviour.altered(Point.DESTINATIONS, Past(alter))


@defect("edited-path-ignored", "Of an edited URL host and port count, the old path stays")
def edited_path_ignored(behaviour: Behaviour) -> Behaviour:
    def path(url: str) -> str:
        return "/" + url.split("/", 3)[-1]

    def alter(now: Served, before: Served, _: Any) -> Served:
        old = {one.auth: path(one.url) for one in before}

        def kept(one: ActiveDestination) -> ActiveDestination:
            base = one.url[: len(one.url) - len(path(one.url))]
            return replace(one, url=base + old.get(one.auth, path(one.url)))

        return tuple(map(kept, now))

    return behaviour.altered(Point.DESTINATIONS, Past(alter))


@defect("missing-scheme-trusts-anybody", "A URL without scheme is sent to over TLS, whoever the server is")
def missing_scheme_trusts_anybody(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Any) -> Trust:
        written = text(entry(turn.device, turn.destination.position).get("destination"))
        return trust if "://" in written else trust.but_without(*Rule)

    return behaviour.altered(Point.TRUST, alter)


@defect("every-fourth-post-strays", "Every fourth POST of a destination has the path and query of the destination before it")
def every_fourth_post_strays(behaviour: Behaviour) -> Behaviour:
    def target(_: str, turn: Turn) -> str:
        neighbour = turn.lanes[turn.destination.index - 1].destination
        return "/" + neighbour.url.split("/", 3)[-1]

    strayed = only(every(4), only(lambda turn: turn.destination.index > 0, target))
    return behaviour.altered(Point.TARGET, strayed)
