"""Defects of query parameters."""

from dataclasses import replace
from urllib.parse import quote, unquote

from rig.emulator.active import ActiveDestination
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.defects.common import each_destination, every, later, not_the_first, only
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.turn import Turn

Pairs = tuple[tuple[str, str], ...]


def _pairs(behaviour: Behaviour, change: object) -> Behaviour:
    """Each destination's pairs changed at boot."""

    def alter(one: ActiveDestination, _: object) -> ActiveDestination:
        return replace(one, query=tuple(change(one.query)))  # type: ignore[operator]

    return behaviour.altered(Point.DESTINATIONS, each_destination(alter))


def _query(turn: Turn) -> str:
    return "&".join(f"{key}={value}" for key, value in turn.destination.query)


@defect("question-mark-without-query", "Without query parameters the target ends with a question mark")
def question_mark_without_query(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TARGET, lambda target, _: target if "?" in target else f"{target}?")


@defect("question-mark-later", "From the second POST on a target without query ends with a question mark")
def question_mark_later(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TARGET, only(later, lambda target, _: target if "?" in target else f"{target}?"))


@defect("pairs-reversed", "Query parameters are sent in reverse order")
def pairs_reversed(behaviour: Behaviour) -> Behaviour:
    return _pairs(behaviour, lambda pairs: pairs[::-1])


@defect("pairs-sorted", "Query parameters are sorted by name")
def pairs_sorted(behaviour: Behaviour) -> Behaviour:
    return _pairs(behaviour, sorted)


@defect("last-pair-lost", "The last of several query parameters is lost")
def last_pair_lost(behaviour: Behaviour) -> Behaviour:
    return _pairs(behaviour, lambda pairs: pairs[:-1] if len(pairs) > 1 else pairs)


@defect("eighth-pair-lost", "Only seven query parameters are sent")
def eighth_pair_lost(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(query_limit=7)


@defect("pair-twice", "The first query parameter is sent twice")
def pair_twice(behaviour: Behaviour) -> Behaviour:
    return _pairs(behaviour, lambda pairs: (*pairs, *pairs[:1]))


@defect("pairs-joined-by-semicolon", "Query parameters are joined by semicolons")
def pairs_joined_by_semicolon(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TARGET, lambda target, _: target.replace("&", ";"))


@defect("ninth-pair-lost", "Of more than eight query parameters the rest vanishes")
def ninth_pair_lost(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(query_limit=8)


@defect("sixteenth-pair-lost", "Of sixteen query parameters the last vanishes")
def sixteenth_pair_lost(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(query_limit=15)


@defect("second-question-mark", "To a URL with a query the parameters are appended with another question mark")
def second_question_mark(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, turn: Turn) -> str:
        own = _query(turn)
        return target.replace(f"&{own}", f"?{own}") if own else target

    return behaviour.altered(Point.TARGET, alter)


@defect("query-of-url-replaced", "Query parameters take the place of the query in the URL")
def query_of_url_replaced(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, turn: Turn) -> str:
        own = _query(turn)
        return f"{target.partition('?')[0]}?{own}" if own else target

    return behaviour.altered(Point.TARGET, alter)


@defect("query-of-url-lost", "The query in the URL is lost where there are no parameters")
def query_of_url_lost(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TARGET, only(lambda turn: not turn.destination.query, lambda target, _: target.partition("?")[0]))


@defect("query-encoded-twice", "Percent signs in query parameters are encoded again")
def query_encoded_twice(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, _: Turn) -> str:
        path, mark, query = target.partition("?")
        return path + mark + query.replace("%", "%25")

    return behaviour.altered(Point.TARGET, alter)


@defect("query-decoded", "Percent-escapes in query parameters are decoded")
def query_decoded(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, _: Turn) -> str:
        path, mark, query = target.partition("?")
        return path + mark + unquote(query).replace(" ", "+")

    return behaviour.altered(Point.TARGET, alter)


@defect("unreserved-characters-encoded", "Characters that need none, such as ~ and -, are percent-encoded")
def unreserved_characters_encoded(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, _: Turn) -> str:
        path, mark, query = target.partition("?")
        return path + mark + query.replace("~", "%7E").replace("-", "%2D")

    return behaviour.altered(Point.TARGET, alter)


@defect("query-lower-cased", "Query parameters are sent in lower case")
def query_lower_cased(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, _: Turn) -> str:
        path, mark, query = target.partition("?")
        return path + mark + query.lower()

    return behaviour.altered(Point.TARGET, alter)


@defect("query-at-first-only", "Query parameters are in the first POST only")
def query_at_first_only(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TARGET, only(later, lambda target, _: target.partition("?")[0]))


@defect("query-accumulates", "Each POST repeats the query parameters once more")
def query_accumulates(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, turn: Turn) -> str:
        own = _query(turn)
        return target + f"&{quote(own, safe='=&%')}" * (turn.number - 1) if own else target

    return behaviour.altered(Point.TARGET, alter)


@defect("query-missing-now-and-then", "Every fourth POST lacks the query parameters")
def query_missing_now_and_then(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TARGET, only(every(4), lambda target, _: target.partition("?")[0]))


@defect("query-of-first-destination-for-all", "Every destination is sent the first one's query parameters")
def query_of_first_destination_for_all(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, turn: Turn) -> str:
        first = "&".join(f"{key}={value}" for key, value in turn.lanes[0].destination.query)
        return f"{target}{'&' if '?' in target else '?'}{first}" if first else target

    return behaviour.altered(Point.TARGET, only(not_the_first, alter))
