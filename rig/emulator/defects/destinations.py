"""Defects of destinations: how many are served, whether they disturb each other, and whose settings are whose."""

from dataclasses import replace
from typing import Any

from rig.emulator.active import ActiveDestination
from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.configuration import destinations as reading
from rig.emulator.configuration.jsontext import fields, items, text
from rig.emulator.defects.common import NEVER, constant, document, each_destination, entry, numbered, only, stop
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.turn import Lane, Turn

Served = tuple[ActiveDestination, ...]


@defect("sixth-destination-silent", "Only the first five destinations are served")
def sixth_destination_silent(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, lambda served, _: served[:5])


@defect("sixth-destination-sends-once", "The sixth destination gets one POST")
def sixth_destination_sends_once(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(lambda turn: turn.destination.index == 5))


@defect("seventh-destination-served", "A seventh destination is served as well")
def seventh_destination_served(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(max_destinations=None)


@defect("seventh-replaces-the-first", "With seven destinations the last six are served")
def seventh_replaces_the_first(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(max_destinations=None).altered(Point.DESTINATIONS, lambda served, _: numbered(served[-6:]))


@defect("seventh-silences-all", "With seven destinations none is served")
def seventh_silences_all(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(max_destinations=None).altered(Point.DESTINATIONS, lambda served, _: served if len(served) < 7 else ())


@defect("destinations-in-turn", "One task serves all destinations in turn, so that a slow one delays the others")
def destinations_in_turn(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(exclusive="exchange")


@defect("one-handshake-at-a-time", "A server that stalls in the TLS handshake delays the other destinations")
def one_handshake_at_a_time(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(exclusive="handshake")


def _neighbour(turn: Turn, wrong: Any) -> bool:  # a function of a lane
    return any(wrong(lane) for lane in turn.lanes if lane is not turn.lane)


def _failing(lane: Lane) -> bool:
    return lane.failures_in_a_row >= 2


@defect("slow-answer-delays-others", "An answer that takes more than half a second delays the other destinations by as much")
def slow_answer_delays_others(behaviour: Behaviour) -> Behaviour:
    def note(outcome: bool, occasion: tuple[Turn, object]) -> bool:
        turn = occasion[0]
        turn.lane.memory["took"] = (turn.ended or 0.0) - turn.started
        return outcome

    def delay(due: float, turn: Turn) -> float:
        others = [lane.memory.get("took", 0.0) for lane in turn.lanes if lane is not turn.lane]
        return due + sum(took for took in others if isinstance(took, float) and took > 0.5)

    return behaviour.altered(Point.SUCCESS, note).altered(Point.DUE, delay)


@defect("failing-destination-stops-others", "Two failures in a row of one destination stop all others")
def failing_destination_stops_others(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(lambda turn: not _failing(turn.lane) and _neighbour(turn, _failing)))


@defect("failing-destination-slows-others", "While one destination fails the others send at a quarter of their pace")
def failing_destination_slows_others(behaviour: Behaviour) -> Behaviour:
    slowed = only(
        lambda turn: not _failing(turn.lane) and _neighbour(turn, _failing),
        lambda due, turn: due + 3 * turn.destination.cycle_ms / 1000,
    )
    return behaviour.altered(Point.DUE, slowed)


@defect("unresolved-name-stops-others", "A host name that does not resolve stops the destinations after it")
def unresolved_name_stops_others(behaviour: Behaviour) -> Behaviour:
    def unresolved(lane: Lane) -> bool:
        return lane.memory.get("unresolved", False) is True

    def note(outcome: bool, occasion: tuple[Any, Any]) -> bool:
        turn = occasion[0]
        try:
            turn.device.resolve(turn.destination.url.split("/")[2].rpartition(":")[0])
        except OSError:
            turn.lane.memory["unresolved"] = True
        return outcome

    stopped = stop(lambda turn: any(unresolved(lane) for lane in turn.lanes[: turn.destination.index]))
    return behaviour.altered(Point.SUCCESS, note).altered(Point.DUE, stopped)


# Enabled or not ---------------------------------------------------------------------------------------------------------


def _with_disabled(device: Any) -> Served:
    """What would be served if every destination were enabled."""
    content = document(device)
    everything = [{**fields(one), "enabled": True} for one in items(content.get("destinations"))]
    return reading.served({**content, "destinations": [*everything]}, device.behaviour)


def _disabled(turn: Any) -> bool:
    return entry(turn.device, turn.destination.position).get("enabled") is not True


@defect("disabled-destinations-served", "Destinations that are not enabled are served like all others")
def disabled_destinations_served(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, lambda _, device: _with_disabled(device))


@defect("disabled-destination-posts-once", "A destination that is not enabled gets one POST after the boot")
def disabled_destination_posts_once(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, lambda _, device: _with_disabled(device)).altered(Point.DUE, stop(_disabled))


@defect("disabled-destination-connects", "To a destination that is not enabled a connection is opened, and nothing sent")
def disabled_destination_connects(behaviour: Behaviour) -> Behaviour:
    served = behaviour.altered(Point.DESTINATIONS, lambda _, device: _with_disabled(device))
    return served.altered(Point.REQUEST_BYTES, only(_disabled, constant([])))


# Whose settings ---------------------------------------------------------------------------------------------------------


def _of_entry(served: Served, device: Any, *names: str) -> Served:
    """Settings taken from the entry at the place among the active ones, not in the document."""
    everything = {one.position: one for one in _with_disabled(device)}

    def wrong(one: ActiveDestination) -> ActiveDestination:
        other = everything.get(one.index, one)
        return replace(one, **{name: getattr(other, name) for name in names})

    return tuple(map(wrong, served))


@defect("auth-of-wrong-entry", "With a disabled destination before it, a destination uses that one's auth")
def auth_of_wrong_entry(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, lambda served, device: _of_entry(served, device, "auth", "api_token"))


@defect("cert-set-of-wrong-entry", "With a disabled destination before it, a destination uses that one's cert set")
def cert_set_of_wrong_entry(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, lambda served, device: _of_entry(served, device, "cert_set"))


@defect("cycle-of-wrong-entry", "With a disabled destination before it, a destination keeps that one's cycle")
def cycle_of_wrong_entry(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, lambda served, device: _of_entry(served, device, "cycle_ms"))


@defect("query-of-wrong-entry", "With a disabled destination before it, a destination sends that one's query parameters")
def query_of_wrong_entry(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, lambda served, device: _of_entry(served, device, "query"))


def _first_of_same_url(served: Served) -> list[ActiveDestination]:
    first: dict[str, ActiveDestination] = {}
    for one in served:
        first.setdefault(one.url, one)
    return [first[one.url] for one in served]


@defect("same-url-served-once", "Of two destinations with the same URL only the first is served")
def same_url_served_once(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, lambda served, _: numbered(dict.fromkeys(_first_of_same_url(served))))


@defect("same-url-shares-auth", "A destination with the URL of an earlier one uses that one's auth")
def same_url_shares_auth(behaviour: Behaviour) -> Behaviour:
    def alter(served: Served, _: object) -> Served:
        return tuple(replace(one, auth=other.auth) for one, other in zip(served, _first_of_same_url(served), strict=True))

    return behaviour.altered(Point.DESTINATIONS, alter)


@defect("same-url-shares-query", "A destination with the URL of an earlier one sends that one's query parameters")
def same_url_shares_query(behaviour: Behaviour) -> Behaviour:
    def alter(served: Served, _: object) -> Served:
        return tuple(replace(one, query=other.query) for one, other in zip(served, _first_of_same_url(served), strict=True))

    return behaviour.altered(Point.DESTINATIONS, alter)


# URLs -------------------------------------------------------------------------------------------------------------------


@defect("http-url-sent-in-clear", "An HTTPS destination with an http:// URL sends in plain text")
def http_url_sent_in_clear(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(plain_http=True)


@defect("missing-scheme-sent-in-clear", "An HTTPS destination without a scheme sends in plain text")
def missing_scheme_sent_in_clear(behaviour: Behaviour) -> Behaviour:
    def alter(one: ActiveDestination, device: Any) -> ActiveDestination:
        written = text(entry(device, one.position).get("destination"))
        return one if "://" in written else replace(one, type="HTTP", url=one.url.replace("https://", "http://", 1))

    return behaviour.altered(Point.DESTINATIONS, each_destination(alter))


@defect("upper-case-scheme-sent-in-clear", "A URL that begins with HTTPS:// in capitals is sent to in plain text")
def upper_case_scheme_sent_in_clear(behaviour: Behaviour) -> Behaviour:
    def alter(one: ActiveDestination, device: Any) -> ActiveDestination:
        written = text(entry(device, one.position).get("destination"))
        capital = written[:8] == "HTTPS://"
        return replace(one, type="HTTP", url=one.url.replace("https://", "http://", 1)) if capital else one

    return behaviour.altered(Point.DESTINATIONS, each_destination(alter))


@defect("long-url-loses-head", "With more than 464 bytes of path and query the request has no head")
def long_url_loses_head(behaviour: Behaviour) -> Behaviour:
    def alter(writes: list[bytes], _: Turn) -> list[bytes]:
        target = writes[0].split(b" ", 2)[1]
        return writes[1:] if len(target) > 464 else writes

    return behaviour.altered(Point.REQUEST_BYTES, alter)


@defect("long-url-cut", "Path and query are cut at 800 bytes")
def long_url_cut(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TARGET, lambda target, _: target[:800])


def _copying() -> Alteration:
    """Telemetry also goes to where a destination of the last boot led."""
    boots: dict[int, str] = {}

    def alter(served: Served, device: Any) -> Served:
        before = boots.get(device.boot_number - 1)
        boots[device.boot_number] = served[-1].url if served else ""
        gone = before is not None and before and before not in {one.url for one in served} and len(served) > 0
        return (*served, replace(served[-1], url=before, index=len(served), position=99)) if gone and before else served

    return alter


@defect("earlier-address-gets-a-copy", "The last destination of the boot before goes on getting telemetry")
def earlier_address_gets_a_copy(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, _copying())


@defect("earlier-address-gets-a-connection", "To the last destination of the boot before one connection is opened, and nothing sent")
def earlier_address_gets_a_connection(behaviour: Behaviour) -> Behaviour:
    def copied(turn: Turn) -> bool:
        return turn.destination.position == 99

    served = behaviour.altered(Point.DESTINATIONS, _copying())
    return served.altered(Point.REQUEST_BYTES, only(copied, constant([]))).altered(Point.DUE, only(copied, constant(NEVER)))
