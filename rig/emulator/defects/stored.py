"""Defects of what is stored: read back, kept over boots, edited, disabled, deleted."""

from dataclasses import replace
from typing import Any

from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.configuration.jsontext import fields, items, text
from rig.emulator.defects.common import NEVER, document, numbered, only, stored_document
from rig.emulator.defects.past import Past, Served, by_url
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.turn import Turn
from rig.emulator.storage import AUTOMATE
from rig.emulator.web.call import Answer, said


def _each_stored(content: dict[str, Any], **changes: Any) -> None:
    for destination in content.get("destinations", []):
        if isinstance(destination, dict):
            destination.update({key: change(destination.get(key)) for key, change in changes.items()})


@defect("query-lost-when-stored", "Query parameters are not stored")
def query_lost_when_stored(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STORE, stored_document(lambda content: _each_stored(content, query_params=lambda _: [])))


@defect("cycle-rounded-when-stored", "A cycle is stored in whole seconds")
def cycle_rounded_when_stored(behaviour: Behaviour) -> Behaviour:
    def whole(cycle: object) -> object:
        return int(cycle // 1000) * 1000 if isinstance(cycle, int | float) else cycle

    return behaviour.altered(Point.STORE, stored_document(lambda content: _each_stored(content, cycle=whole)))


@defect("cert-set-lost-at-boot", "At a reboot the stored cert sets of destinations become default")
def cert_set_lost_at_boot(behaviour: Behaviour) -> Behaviour:
    def alter(served: Served, device: Any) -> Served:
        if device.storage.read(AUTOMATE):
            forget = stored_document(lambda content: _each_stored(content, cert_set=lambda _: "default"))
            device.storage.write(AUTOMATE, forget(device.storage.read(AUTOMATE), (AUTOMATE, device)))
        return served

    return behaviour.altered(Point.DESTINATIONS, alter)


@defect("auth-lost-after-read", "What is read back lacks the bearer token")
def auth_lost_after_read(behaviour: Behaviour) -> Behaviour:
    def alter(answer: Answer, call: Any) -> Answer:
        if call.path != "/load_auto_pid" or not answer.body.startswith(b"{"):
            return answer
        blank = stored_document(lambda content: _each_stored(content, auth=lambda auth: {**(auth or {}), "bearer": ""}))
        return replace(answer, body=blank(answer.body, (AUTOMATE, None)))

    return behaviour.altered(Point.WEB_ANSWER, alter)


@defect("large-configuration-cut", "Of a configuration only the first 16 KiB are stored")
def large_configuration_cut(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STORE, lambda data, occasion: data[:16384] if occasion[0] == AUTOMATE else data)


@defect("large-configuration-not-stored", "A configuration of more than 16 KiB is answered with success and not stored")
def large_configuration_not_stored(behaviour: Behaviour) -> Behaviour:
    def alter(data: bytes, occasion: tuple[str, Any]) -> bytes:
        too_large = occasion[0] == AUTOMATE and len(data) > 16384
        return (occasion[1].storage.read(AUTOMATE) or b"{}") if too_large else data

    return behaviour.altered(Point.STORE, alter)


@defect("hundredth-parameter-lost", "Of more than 64 parameters the rest is dropped when they are stored")
def hundredth_parameter_lost(behaviour: Behaviour) -> Behaviour:
    def cut(content: dict[str, Any]) -> None:
        content.update({key: content[key][:64] for key in ("pids", "std_pids") if key in content})

    return behaviour.altered(Point.STORE, stored_document(cut))


@defect("bad-document-stored", "A configuration that is no JSON is answered with success and stored")
def bad_document_stored(behaviour: Behaviour) -> Behaviour:
    def alter(answer: Answer, call: Any) -> Answer:
        if call.path != "/store_auto_data" or answer.status < 400 or not call.body:
            return answer
        call.device.storage.write(AUTOMATE, call.body)
        return said("Auto PID table will take effect after submit.")

    return behaviour.altered(Point.WEB_ANSWER, alter)


@defect("bad-document-erases", "A configuration that is no JSON is refused, but the stored one is gone")
def bad_document_erases(behaviour: Behaviour) -> Behaviour:
    def alter(answer: Answer, call: Any) -> Answer:
        if call.path == "/store_auto_data" and answer.status >= 400:
            call.device.storage.delete(AUTOMATE)
        return answer

    return behaviour.altered(Point.WEB_ANSWER, alter)


@defect("short-document-cuts", "A configuration that ends before its announced length cuts the stored one")
def short_document_cuts(behaviour: Behaviour) -> Behaviour:
    def alter(answer: Answer, call: Any) -> Answer:
        if call.path == "/store_auto_data" and answer.status >= 400 and not call.body:
            stored = call.device.storage.read(AUTOMATE) or b""
            call.device.storage.write(AUTOMATE, stored[: len(stored) // 2])
        return answer

    return behaviour.altered(Point.WEB_ANSWER, alter)


# Over boots -------------------------------------------------------------------------------------------------------------


def _stored_urls(device: Any) -> set[str]:
    return {text(fields(one).get("destination")) for one in items(document(device).get("destinations"))}


@defect("re-enabled-stays-silent", "A destination that was disabled once is not served any more")
def re_enabled_stays_silent(behaviour: Behaviour) -> Behaviour:
    disabled: set[str] = set()

    def alter(served: Served, device: Any) -> Served:
        gone = disabled & set(by_url(served))
        disabled.update(_stored_urls(device) - set(by_url(served)))
        return numbered(one for one in served if one.url not in gone)

    return behaviour.altered(Point.DESTINATIONS, alter)


@defect("re-enabled-loses-settings", "A destination that was disabled once sends without auth and query parameters")
def re_enabled_loses_settings(behaviour: Behaviour) -> Behaviour:
    disabled: set[str] = set()

    def alter(served: Served, device: Any) -> Served:
        back = disabled & set(by_url(served))
        disabled.update(_stored_urls(device) - set(by_url(served)))
        return tuple(replace(one, query=(), auth=type(one.auth)()) if one.url in back else one for one in served)

    return behaviour.altered(Point.DESTINATIONS, alter)


def _with_deleted(now: Served, before: Served, device: Any) -> Served:
    deleted = [one for one in before if one.url not in _stored_urls(device) | set(by_url(now))]
    return (*now, *(replace(one, index=len(now) + place, position=90 + place) for place, one in enumerate(deleted)))


def _is_deleted(turn: Turn) -> bool:
    return turn.destination.position >= 90


@defect("deleted-destination-served", "A deleted destination is still served in the next boot")
def deleted_destination_served(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, Past(_with_deleted))


@defect("deleted-destination-posts-once", "A deleted destination gets one more POST in the next boot")
def deleted_destination_posts_once(behaviour: Behaviour) -> Behaviour:
    served = behaviour.altered(Point.DESTINATIONS, Past(_with_deleted))
    return served.altered(Point.DUE, only(_is_deleted, lambda _, __: NEVER))


@defect("deleted-destination-comes-back", "A deleted destination is back in the stored configuration after the next boot")
def deleted_destination_comes_back(behaviour: Behaviour) -> Behaviour:
    stored: list[bytes] = []

    def note(data: bytes, occasion: tuple[str, Any]) -> bytes:
        if occasion[0] == AUTOMATE:
            stored.append(occasion[1].storage.read(AUTOMATE) or b"")
        return data

    def alter(now: Served, before: Served, device: Any) -> Served:
        fewer = {one.url for one in before} - _stored_urls(device)
        if stored and stored[-1] and fewer:
            device.storage.write(AUTOMATE, stored[-1])
        return now

    return behaviour.altered(Point.STORE, note).altered(Point.DESTINATIONS, Past(alter))


@defect("delete-shifts-auth", "After a destination is deleted, those behind it use the auth of the one before them")
def delete_shifts_auth(behaviour: Behaviour) -> Behaviour:
    def alter(now: Served, before: Served, _: Any) -> Served:
        if len(now) >= len(before):
            return now
        return tuple(replace(one, auth=before[one.index].auth) for one in now)

    return behaviour.altered(Point.DESTINATIONS, Past(alter))


@defect("delete-shifts-cert-set", "After a destination is deleted, those behind it use the cert set of the one before them")
def delete_shifts_cert_set(behaviour: Behaviour) -> Behaviour:
    def alter(now: Served, before: Served, _: Any) -> Served:
        if len(now) >= len(before):
            return now
        return tuple(replace(one, cert_set=before[one.index].cert_set) for one in now)

    return behaviour.altered(Point.DESTINATIONS, Past(alter))


@defect("edited-url-ignored", "An edited URL does not count; the old one is sent to")
def edited_url_ignored(behaviour: Behaviour) -> Behaviour:
    def alter(now: Served, before: Served, _: Any) -> Served:
        kept = {one.url for one in now}
        old = {one.auth: one.url for one in before if one.url not in kept}
        return tuple(one if one.url in by_url(before) else replace(one, url=old.get(one.auth, one.url)) for one in now)

    return behaviour.altered(Point.DESTINATIONS, Past(alter))


@defect("edited-url-old-one-gets-a-post", "After a URL is edited the old one gets one more POST")
def edited_url_old_one_gets_a_post(behaviour: Behaviour) -> Behaviour:
    def alter(now: Served, before: Served, _: Any) -> Served:
        kept = {one.position: one for one in now}
        old = [one for one in before if one.position in kept and kept[one.position].url != one.url]
        return (*now, *(replace(one, index=len(now) + place, position=90 + place) for place, one in enumerate(old)))

    served = behaviour.altered(Point.DESTINATIONS, Past(alter))
    return served.altered(Point.DUE, only(_is_deleted, lambda _, __: NEVER))


def _keeping(*names: str) -> Past:
    """Settings of a URL that is known from the boot before stay what they were."""

    def alter(now: Served, before: Served, _: Any) -> Served:
        old = by_url(before)
        return tuple(
            replace(one, **{name: getattr(old[one.url], name) for name in names}) if one.url in old else one for one in now
        )

    return Past(alter)


@defect("changed-cycle-ignored", "A changed cycle does not count")
def changed_cycle_ignored(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, _keeping("cycle_ms"))


@defect("changed-token-ignored", "A changed token does not count; the old one is sent")
def changed_token_ignored(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, _keeping("auth", "api_token"))


@defect("old-token-in-first-post", "After a token is changed the first POST still carries the old one")
def old_token_in_first_post(behaviour: Behaviour) -> Behaviour:
    old: dict[str, str] = {}

    def note(now: Served, before: Served, _: Any) -> Served:
        old.update({one.url: one.auth.bearer for one in before if one.auth.bearer})
        return now

    def alter(lines: list[tuple[str, str]], turn: Turn) -> list[tuple[str, str]]:
        token = old.get(turn.destination.url)
        return [(name, f"Bearer {token}" if token and name == "Authorization" else value) for name, value in lines]

    return behaviour.altered(Point.DESTINATIONS, Past(note)).altered(Point.HEADERS, only(lambda turn: turn.number == 1, alter))


@defect("late-destination-without-context", "A destination that is added later gets no context in its first boot")
def late_destination_without_context(behaviour: Behaviour) -> Behaviour:
    late: set[str] = set()

    def note(now: Served, before: Served, _: Any) -> Served:
        late.clear()
        late.update(set(by_url(now)) - set(by_url(before)))
        return now

    without = only(lambda turn: turn.destination.url in late, lambda _, __: False)
    return behaviour.altered(Point.DESTINATIONS, Past(note)).altered(Point.CONTEXT, without)


@defect("late-destination-without-config", "A destination that is added later gets status, but no config")
def late_destination_without_config(behaviour: Behaviour) -> Behaviour:
    late: set[str] = set()

    def note(now: Served, before: Served, _: Any) -> Served:
        late.clear()
        late.update(set(by_url(now)) - set(by_url(before)))
        return now

    def without(body: dict[str, object], _: Turn) -> dict[str, object]:
        return {key: value for key, value in body.items() if key != "config"}

    known = behaviour.altered(Point.DESTINATIONS, Past(note))
    return known.altered(Point.BODY, only(lambda turn: turn.destination.url in late, without))
