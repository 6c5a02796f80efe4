"""Defects that show only when things meet: none of what is needed is wrong by itself, and no list of cases has them all."""

from dataclasses import replace
from typing import Any

from rig.emulator.active import ActiveDestination, CachedSet
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.configuration import destinations as reading
from rig.emulator.configuration.jsontext import fields, items, text
from rig.emulator.defects.common import constant, document, numbered, only
from rig.emulator.defects.past import Past, Served, by_url
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.trust import Trust, certificates
from rig.emulator.storage import AUTOMATE

_UNSAVED = "auto_pid.unsaved"


def _off(device: Any, before: Served) -> list[ActiveDestination]:
    """Destinations that were served in the boot before and are there, but not enabled now."""
    switched_off = {text(one.get("destination")) for one in _entries(device) if one.get("enabled") is not True}
    return [one for one in before if one.url in switched_off]


def _has_another_token(one: ActiveDestination, before: Served) -> bool:
    old = by_url(before).get(one.url)
    return old is not None and old.auth.bearer != one.auth.bearer


def _entries(device: Any) -> list[Any]:
    return [fields(one) for one in items(document(device).get("destinations"))]


def _stored_urls(device: Any) -> set[str]:
    return {text(one.get("destination")) for one in _entries(device)}


@defect("token-of-the-deleted-one", "A destination without auth that takes the place of a deleted one in the same go sends its token")
def token_of_the_deleted_one(behaviour: Behaviour) -> Behaviour:
    def alter(now: Served, before: Served, device: Any) -> Served:
        deleted = {one.position: one for one in before if one.url not in _stored_urls(device)}
        known = by_url(before)
        if any(one.url in known and known[one.url].position != one.position for one in now):
            return now

        def heir(one: ActiveDestination) -> ActiveDestination:
            old = deleted.get(one.position)
            inherits = old is not None and old.auth.bearer and one.url not in known and one.auth.type == "none"
            return replace(one, auth=old.auth) if old is not None and inherits else one

        return tuple(map(heir, now))

    return behaviour.altered(Point.DESTINATIONS, Past(alter))


@defect("last-of-two-stays-on", "Of two destinations disabled in the same go as a third gets another token the second is still served")
def last_of_two_stays_on(behaviour: Behaviour) -> Behaviour:
    def alter(now: Served, before: Served, device: Any) -> Served:
        off = _off(device, before)
        return numbered((*now, off[-1])) if len(off) > 1 and any(_has_another_token(one, before) for one in now) else now

    return behaviour.altered(Point.DESTINATIONS, Past(alter))


@defect("query-lost-beside-a-disabled-one", "A destination whose token changes in the same go as another is disabled loses its query")
def query_lost_beside_a_disabled_one(behaviour: Behaviour) -> Behaviour:
    def alter(now: Served, before: Served, device: Any) -> Served:
        off = _off(device, before)
        return tuple(replace(one, query=()) if off and _has_another_token(one, before) else one for one in now)

    return behaviour.altered(Point.DESTINATIONS, Past(alter))


@defect("enabled-with-the-old-token", "A destination that is enabled again and gets another token in the same go sends the old one")
def enabled_with_the_old_token(behaviour: Behaviour) -> Behaviour:
    tokens: dict[str, ActiveDestination] = {}

    def alter(now: Served, before: Served, _: Any) -> Served:
        tokens.update({one.url: one for one in before if one.auth.bearer})
        back = set(by_url(now)) - set(by_url(before))
        return tuple(replace(one, auth=tokens[one.url].auth) if one.url in back & set(tokens) else one for one in now)

    return behaviour.altered(Point.DESTINATIONS, Past(alter))


@defect("query-lost-with-grouping", "Once grouping was disabled for a boot and is enabled again, all but the first send no query")
def query_lost_with_grouping(behaviour: Behaviour) -> Behaviour:
    seen: set[str] = set()

    def alter(now: Served, _: Served, device: Any) -> Served:
        urls = set(by_url(now))
        if document(device).get("grouping") != "enable":
            seen.update(urls)
            return now
        return tuple(replace(one, query=()) if one.index and one.url in seen else one for one in now)

    return behaviour.altered(Point.DESTINATIONS, Past(alter))


@defect("context-lost-after-a-failed-boot", "A destination that failed in the boot before sends no context")
def context_lost_after_a_failed_boot(behaviour: Behaviour) -> Behaviour:
    failed: dict[str, int] = {}

    def note(outcome: bool, occasion: tuple[Any, Any]) -> bool:
        turn = occasion[0]
        if not outcome:
            failed[turn.destination.url] = turn.device.boot_number
        return outcome

    def lost(turn: Any) -> bool:
        return bool(failed.get(turn.destination.url) == turn.device.boot_number - 1)

    return behaviour.altered(Point.SUCCESS, note).altered(Point.CONTEXT, only(lost, constant(False)))


@defect("renewed-set-is-old-after-a-power-cut", "A set that was deleted and uploaded anew has its old CA again after a power cut")
def renewed_set_is_old_after_a_power_cut(behaviour: Behaviour) -> Behaviour:
    """The first CA of each name stays in a journal; a boot from cold reads it where the name was without a set meanwhile."""

    def keep(data: bytes, occasion: tuple[str, Any]) -> bytes:
        folder, _, rest = occasion[0].partition("/")
        name, _, part = rest.partition("/")
        storage = occasion[1].storage
        if folder == "cert_sets" and part == "ca":
            if storage.read(f"journal-{name}") is None:
                storage.write(f"journal-{name}", data)
            elif storage.read_set(name) is None:
                storage.write(f"journal-{name}-again", b"")
        return data

    def old(trust: Trust, turn: Any) -> Trust:
        name, storage = turn.destination.cert_set, turn.device.storage
        known: CachedSet | None = turn.device.active.cert_sets.get(name)
        again = turn.device.boot_number == 1 and known is not None and storage.read(f"journal-{name}-again") is not None
        return replace(trust, anchors=certificates(storage.read(f"journal-{name}") or b"")) if again else trust

    return behaviour.altered(Point.STORE, keep).altered(Point.TRUST, old)


@defect("stored-in-vain-before-a-power-cut", "A configuration is lost if the power is cut before the first reboot after it was stored")
def stored_in_vain_before_a_power_cut(behaviour: Behaviour) -> Behaviour:
    def keep(data: bytes, occasion: tuple[str, Any]) -> bytes:
        storage = occasion[1].storage
        if occasion[0] == AUTOMATE and storage.read(_UNSAVED) is None:
            storage.write(_UNSAVED, storage.read(AUTOMATE) or b"{}")
        return data

    def alter(now: Served, device: Any) -> Served:
        saved = device.storage.read(_UNSAVED)
        device.storage.delete(_UNSAVED)
        if device.boot_number > 1 or saved is None:
            return now
        device.storage.write(AUTOMATE, saved)
        return reading.served(document(device), device.behaviour)

    return behaviour.altered(Point.STORE, keep).altered(Point.DESTINATIONS, alter)
