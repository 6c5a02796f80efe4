"""Defects of credentials: the header they make, where else they go, and what is sent instead."""

import base64
from dataclasses import replace
from urllib.parse import quote

from rig.emulator.active import Auth
from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.common import added, block, header, later, not_the_first, only, status_was, stop
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.trust import Rule
from rig.emulator.publisher.turn import Turn

Lines = list[tuple[str, str]]


def _bearer(change: Alteration) -> Alteration:
    """Destinations with a bearer token only."""
    return only(lambda turn: turn.destination.auth.type == "bearer", change)


def _of_type(type_: str, change: Alteration) -> Alteration:
    return only(lambda turn: turn.destination.auth.type == type_, change)


def _token(turn: Turn) -> str:
    auth = turn.destination.auth
    return auth.bearer or auth.api_key or auth.basic_password or ""


@defect("none-sends-empty-bearer", "Without auth there is an Authorization line with an empty token")
def none_sends_empty_bearer(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _of_type("none", added(("Authorization", "Bearer "))))


@defect("none-sends-a-neighbours-token", "Without auth the token of another destination is sent")
def none_sends_a_neighbours_token(behaviour: Behaviour) -> Behaviour:
    def alter(lines: Lines, turn: Turn) -> Lines:
        tokens = [lane.destination.auth.bearer for lane in turn.lanes if lane.destination.auth.bearer]
        return [*lines, *(("Authorization", f"Bearer {token}") for token in tokens[:1])]

    return behaviour.altered(Point.HEADERS, _of_type("none", alter))


@defect("none-sends-header-after-success", "Without auth an Authorization line comes from the second POST on")
def none_sends_header_after_success(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, only(later, _of_type("none", added(("Authorization", "Basic Og==")))))


@defect("old-token-sent-without-auth", "Without auth the token that is left over from earlier is sent")
def old_token_sent_without_auth(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(stale_token_sent=True)


@defect("bearer-missing", "The bearer token is never sent")
def bearer_missing(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _bearer(header("Authorization", lambda _: None)))


@defect("bearer-missing-later", "After the first success the bearer token is not sent any more")
def bearer_missing_later(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, only(later, _bearer(header("Authorization", lambda _: None))))


@defect("bearer-missing-in-boot-post", "The POST that carries the context lacks the bearer token")
def bearer_missing_in_boot_post(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, only(lambda turn: not later(turn), _bearer(header("Authorization", lambda _: None))))


@defect("bearer-word-twice", "The word Bearer stands before the token twice")
def bearer_word_twice(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _bearer(header("Authorization", lambda value: f"Bearer {value}")))


@defect("bearer-word-missing", "The token is sent without the word Bearer")
def bearer_word_missing(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _bearer(header("Authorization", lambda value: value.removeprefix("Bearer "))))


@defect("bearer-line-twice", "There are two Authorization lines")
def bearer_line_twice(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _bearer(lambda lines, _: [*lines, *(line for line in lines if line[0] == "Authorization")]))


@defect("token-lower-cased", "The token is sent in lower case")
def token_lower_cased(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _bearer(header("Authorization", lambda value: "Bearer " + value[7:].lower())))


@defect("token-cut-at-128", "A token is cut at 128 characters")
def token_cut_at_128(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _bearer(header("Authorization", lambda value: value[: 7 + 128])))


@defect("token-cut-at-255", "A token is cut at 255 characters")
def token_cut_at_255(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _bearer(header("Authorization", lambda value: value[: 7 + 255])))


@defect("token-percent-encoded", "Characters such as + and / are percent-encoded in the token")
def token_percent_encoded(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _bearer(header("Authorization", lambda value: "Bearer " + quote(value[7:], safe=""))))


@defect("token-padding-lost", "Equals signs at the end of a token are lost")
def token_padding_lost(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _bearer(header("Authorization", lambda value: value.rstrip("="))))


@defect("long-token-breaks-head", "A token of more than 485 characters ends the head before it")
def long_token_breaks_head(behaviour: Behaviour) -> Behaviour:
    def alter(writes: list[bytes], turn: Turn) -> list[bytes]:
        return [writes[0].partition(b"Authorization:")[0], *writes[1:]] if len(turn.destination.auth.bearer) > 485 else writes

    return behaviour.altered(Point.REQUEST_BYTES, alter)


@defect("long-token-cut", "A token is cut at 400 characters")
def long_token_cut(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _bearer(header("Authorization", lambda value: value[: 7 + 400])))


@defect("token-in-query", "The token also stands in the URL")
def token_in_query(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, turn: Turn) -> str:
        return f"{target}{'&' if '?' in target else '?'}token={quote(_token(turn), safe='')}"

    return behaviour.altered(Point.TARGET, _bearer(alter))


@defect("token-in-another-header", "The token also stands in a line X-Api-Token")
def token_in_another_header(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _bearer(lambda lines, turn: [*lines, ("X-Api-Token", _token(turn))]))


@defect("token-in-config", "The token stands in the config block")
def token_in_config(behaviour: Behaviour) -> Behaviour:
    def alter(body: dict[str, object], turn: Turn) -> object:
        return block("config", lambda config: {**config, "auth": {"class": "none", "unit": _token(turn)}})(body, turn)

    return behaviour.altered(Point.BODY, _bearer(alter))


@defect("token-in-telemetry-now-and-then", "Every fourth POST has the token in its telemetry")
def token_in_telemetry_now_and_then(behaviour: Behaviour) -> Behaviour:
    def alter(body: dict[str, object], turn: Turn) -> object:
        return block("autopid_data", lambda values: {**values, "auth": _token(turn)})(body, turn)

    return behaviour.altered(Point.BODY, only(lambda turn: turn.number % 4 == 0, _bearer(alter)))


@defect("first-token-for-all", "Every destination is sent the first one's token")
def first_token_for_all(behaviour: Behaviour) -> Behaviour:
    def alter(lines: Lines, turn: Turn) -> Lines:
        first = turn.lanes[0].destination.auth.bearer
        return [(name, f"Bearer {first}" if name == "Authorization" and first else value) for name, value in lines]

    return behaviour.altered(Point.HEADERS, only(not_the_first, alter))


@defect("bearer-destinations-not-verified", "The server of a destination with a token is not verified")
def bearer_destinations_not_verified(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _bearer(lambda trust, _: trust.but_without(*Rule)))


@defect("token-to-unverified-server-after-failures", "After two failures a destination with a token verifies its server no more")
def token_to_unverified_server_after_failures(behaviour: Behaviour) -> Behaviour:
    unverified = only(lambda turn: turn.lane.failures_in_a_row >= 2, lambda trust, _: trust.but_without(*Rule))
    return behaviour.altered(Point.TRUST, _bearer(unverified))


@defect("line-break-in-token-sent", "CR and LF in a token are sent as they are")
def line_break_in_token_sent(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(values_cleaned=False)


@defect("line-feed-in-token-sent", "A bare LF in a token is sent as it is")
def line_feed_in_token_sent(behaviour: Behaviour) -> Behaviour:
    def alter(lines: Lines, turn: Turn) -> Lines:
        raw = turn.destination.auth.bearer.replace("\r", "")
        return [(name, f"Bearer {raw}" if name == "Authorization" else value) for name, value in lines]

    return behaviour.altered(Point.HEADERS, _bearer(alter))


@defect("line-break-in-query-sent", "CR and LF in a query parameter are sent as they are")
def line_break_in_query_sent(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, turn: Turn) -> str:
        for pair in turn.destination.query:
            for text in pair:
                if "\n" in text:
                    target = target.replace(quote(text, safe="!$'()*+,;:@/?="), text)
        return target

    return behaviour.altered(Point.TARGET, alter)


@defect("error-401-is-final", "HTTP 401 ends a destination until the next boot")
def error_401_is_final(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(status_was(401)))


@defect("third-401-is-final", "The third HTTP 401 in a row ends a destination")
def third_401_is_final(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(lambda turn: status_was(401)(turn) and turn.lane.failures_in_a_row >= 3))


@defect("redirect-carries-token", "Redirects are followed, to another host too, with the token")
def redirect_carries_token(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(redirect_hops=10)


@defect("redirect-308-carries-token", "Redirects with 307 and 308 are followed with the token, others are not")
def redirect_308_carries_token(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(redirect_hops=3, redirect_statuses=(307, 308))


def _stored_name(turn: Turn) -> str:
    return turn.destination.auth.api_key_header_name


@defect("api-key-missing", "An API key is not sent in its header")
def api_key_missing(behaviour: Behaviour) -> Behaviour:
    def alter(lines: Lines, turn: Turn) -> Lines:
        return [line for line in lines if line[0] != _stored_name(turn)]

    return behaviour.altered(Point.HEADERS, _of_type("api_key_header", alter))


@defect("api-key-always-x-api-key", "An API key is sent as x-api-key, whatever name is configured")
def api_key_always_x_api_key(behaviour: Behaviour) -> Behaviour:
    def alter(lines: Lines, turn: Turn) -> Lines:
        return [("x-api-key" if name == _stored_name(turn) else name, value) for name, value in lines]

    return behaviour.altered(Point.HEADERS, _of_type("api_key_header", alter))


@defect("api-key-query-missing", "An API key is not sent in the query")
def api_key_query_missing(behaviour: Behaviour) -> Behaviour:
    def alter(served: tuple[object, ...], _: object) -> tuple[object, ...]:
        return tuple(replace(one, auth=Auth()) if one.auth.type == "api_key_query" else one for one in served)  # type: ignore[attr-defined,type-var]

    return behaviour.altered(Point.DESTINATIONS, alter)


@defect("basic-not-encoded", "Basic auth is sent without base64")
def basic_not_encoded(behaviour: Behaviour) -> Behaviour:
    def alter(value: str) -> str:
        return "Basic " + base64.b64decode(value.removeprefix("Basic ")).decode("utf-8", "replace")

    return behaviour.altered(Point.HEADERS, _of_type("basic", header("Authorization", alter)))


@defect("basic-without-padding", "The base64 of Basic auth lacks its padding")
def basic_without_padding(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _of_type("basic", header("Authorization", lambda value: value.rstrip("="))))


@defect("basic-cut", "The value of a Basic Authorization line is cut at 60 characters")
def basic_cut(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, _of_type("basic", header("Authorization", lambda value: value[:60])))
