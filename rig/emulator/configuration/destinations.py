"""From the stored ``destinations`` to those that are served (web API facts, 2.3)."""

import re

from rig.emulator.active import ActiveDestination, Auth
from rig.emulator.behaviour import Behaviour
from rig.emulator.configuration.jsontext import Fields, Json, fields, items, number, text

_TYPES = ("Default", "MQTT_Topic", "MQTT_WallBox", "HTTP", "HTTPS", "ABRP_API")
_WEB_TYPES = ("HTTP", "HTTPS", "ABRP_API")
_AUTH_TYPES = ("bearer", "api_key_header", "api_key_query", "basic")
_DEFAULT_CYCLE_MS = 10_000.0
_LONGEST_CYCLE_MS = 2_147_483_647.0
_SCHEME = re.compile(r"(https?)://", re.IGNORECASE)
_ANY_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def served(document: Fields, behaviour: Behaviour) -> tuple[ActiveDestination, ...]:
    """Enabled destinations that lead somewhere, in order; none while grouping is off."""
    if behaviour.grouping_obeyed and document.get("grouping") != "enable":
        return ()
    listed = document.get("destinations")
    entries = items(listed) if isinstance(listed, list) else [_legacy(document, behaviour)]
    found: list[ActiveDestination] = []
    for position, entry in enumerate(entries[: behaviour.max_destinations]):
        destination = _destination(fields(entry), position, len(found), behaviour)
        if destination is not None:
            found.append(destination)
    return tuple(found)


def kept_cycle_ms(value: Json, behaviour: Behaviour) -> float:
    """The cycle that a stored one leads to; 0 is event-only."""
    wanted = number(value)
    if wanted is None or wanted != wanted:  # noqa: PLR0124 (NaN)
        return _DEFAULT_CYCLE_MS
    wanted = float(int(max(min(wanted, _LONGEST_CYCLE_MS), -_LONGEST_CYCLE_MS)))
    if wanted < 0:
        return behaviour.negative_cycle_ms
    if wanted == 0:
        return 0.0 if behaviour.event_mode else _DEFAULT_CYCLE_MS
    return max(wanted, behaviour.minimum_cycle_ms)


def _destination(entry: Fields, position: int, index: int, behaviour: Behaviour) -> ActiveDestination | None:
    enabled = entry.get("enabled")
    if not (enabled if isinstance(enabled, bool) else behaviour.missing_enabled_means):
        return None
    type_ = text(entry.get("type"), "Default")
    type_ = type_ if type_ in _TYPES else "Default"
    url = _url(type_, text(entry.get("destination")), behaviour)
    if not url:
        return None
    pairs = [(text(pair.get("key")), text(pair.get("value"))) for pair in map(fields, items(entry.get("query_params")))]
    return ActiveDestination(
        position=position,
        index=index,
        type=type_,
        url=url,
        cycle_ms=kept_cycle_ms(entry.get("cycle"), behaviour),
        auth=_auth(type_, entry),
        api_token=text(entry.get("api_token")),
        cert_set="default" if type_ == "ABRP_API" else text(entry.get("cert_set")) or "default",
        query=tuple(pairs[: behaviour.stored_pairs_limit]),
    )


def _url(type_: str, written: str, behaviour: Behaviour) -> str:
    """The URL with its scheme, or the topic; empty where nothing may be sent there."""
    if type_ not in _WEB_TYPES or not written:
        return written
    found = _SCHEME.match(written)
    known = found is not None and (behaviour.scheme_any_case or found[1].islower())
    if found is not None and known:
        if found[1].lower() == "http" and type_ != "HTTP" and not behaviour.plain_http:
            return ""
        return found[1].lower() + written[len(found[1]) :]
    if _ANY_SCHEME.match(written) and not behaviour.plain_http:
        return ""
    return ("http://" if type_ == "HTTP" else "https://") + written


def _auth(type_: str, entry: Fields) -> Auth:
    """The kind of auth: a token of old stands for Bearer where there is no ``auth`` object at all."""
    stored = entry.get("auth")
    auth = fields(stored)
    kind = text(auth.get("type"))
    if kind not in _AUTH_TYPES:
        token = "" if isinstance(stored, dict) else text(entry.get("api_token"))
        return Auth("bearer", bearer=token) if token and type_ in {"HTTP", "HTTPS"} else Auth()
    return Auth(
        type=kind,
        bearer=text(auth.get("bearer")),
        api_key=text(auth.get("api_key")),
        api_key_header_name=text(auth.get("api_key_header_name")) or "x-api-key",
        api_key_query_name=text(auth.get("api_key_query_name")),
        basic_username=_optional(auth.get("basic_username")),
        basic_password=_optional(auth.get("basic_password")),
    )


def _legacy(document: Fields, behaviour: Behaviour) -> Json:
    """The single destination of documents that have no ``destinations``."""
    return {
        "type": document.get("group_dest_type"),
        "destination": document.get("destination"),
        "cycle": document.get("cycle"),
        "api_token": document.get("group_api_token"),
        "enabled": behaviour.legacy_destination_enabled,
    }


def _optional(value: Json) -> str | None:
    return value if isinstance(value, str) else None
