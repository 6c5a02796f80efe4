"""Defects of the certificate manager, and of what a set means to a destination."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rig.emulator.active import CachedSet
from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.trust import Trust, certificates
from rig.emulator.publisher.turn import Turn
from rig.emulator.web.call import Answer, told
from rig.emulator.web.certs import PREFIX
from rig.emulator.web.multipart import parts

Row = dict[str, Any]
_LIST = f"{PREFIX}/sets"


def listed(change: Callable[[list[Row], Any], list[Row]]) -> Alteration:
    """The list of sets changed."""

    def alter(answer: Answer, call: Any) -> Answer:
        if call.method != "GET" or call.path != _LIST or answer.status != 200:
            return answer
        return told(change(json.loads(answer.body), call))

    return alter


def _uploaded(change: Callable[[Answer, Any], Answer]) -> Alteration:
    """The answer to an upload changed."""
    return lambda answer, call: change(answer, call) if call.method == "POST" and call.path == _LIST else answer


@defect("sets-not-listed", "The list of certificate sets is empty")
def sets_not_listed(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.WEB_ANSWER, listed(lambda _, __: []))


@defect("newest-set-not-listed", "The set that comes last is missing from the list")
def newest_set_not_listed(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.WEB_ANSWER, listed(lambda rows, _: rows[:-1]))


@defect("set-names-upper-case", "The list shows the names of sets in capitals")
def set_names_upper_case(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.WEB_ANSWER, listed(lambda rows, _: [{**row, "name": row["name"].upper()} for row in rows]))


@defect("client-part-not-listed", "The list never says that a set has a client certificate")
def client_part_not_listed(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.WEB_ANSWER, listed(lambda rows, _: [{**row, "has_client_cert": False} for row in rows]))


@defect("key-part-always-listed", "The list says of every set that it has a client key")
def key_part_always_listed(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.WEB_ANSWER, listed(lambda rows, _: [{**row, "has_client_key": True} for row in rows]))


@defect("client-key-not-stored", "The client key of a set is not stored")
def client_key_not_stored(behaviour: Behaviour) -> Behaviour:
    def alter(answer: Answer, call: Any) -> Answer:
        name = call.parameter("name") or ""
        stored = call.device.storage.read_set(name) if answer.status == 200 else None
        if stored is not None:
            call.device.storage.write_set(replace(stored, client_key=None))
        return answer

    return behaviour.altered(Point.WEB_ANSWER, _uploaded(alter))


def _at_boot(change: Callable[[Any, CachedSet], CachedSet | None], when: Callable[[Any], bool]) -> Alteration:
    """Stored sets changed when the device boots; None deletes one."""

    def alter(served: object, device: Any) -> object:
        for stored in device.storage.read_sets().values() if when(device) else ():
            changed = change(device, stored)
            if changed is None:
                device.storage.delete_set(stored.name)
            else:
                device.storage.write_set(changed)
        return served

    return alter


@defect("sets-lost-in-second-boot", "A set that has been through one boot is lost in the next")
def sets_lost_in_second_boot(behaviour: Behaviour) -> Behaviour:
    seen: set[str] = set()

    def change(_: Any, stored: CachedSet) -> CachedSet | None:
        known = stored.name in seen
        seen.add(stored.name)
        return None if known else stored

    return behaviour.altered(Point.DESTINATIONS, _at_boot(change, lambda _: True))


@defect("sets-lost-in-power-cut", "Sets are lost in a power cut")
def sets_lost_in_power_cut(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, _at_boot(lambda _, __: None, lambda device: device.boot_number == 1))


@defect("client-key-lost-at-reboot", "Client keys of sets are lost at a reboot")
def client_key_lost_at_reboot(behaviour: Behaviour) -> Behaviour:
    seen: set[str] = set()

    def change(_: Any, stored: CachedSet) -> CachedSet | None:
        known = stored.name in seen
        seen.add(stored.name)
        return replace(stored, client_key=None) if known else stored

    return behaviour.altered(Point.DESTINATIONS, _at_boot(change, lambda _: True))


@defect("bad-names-accepted", "A set name that is empty or has dots and slashes is answered with success")
def bad_names_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.WEB_ANSWER, _uploaded(lambda answer, _: told({"ok": True}) if answer.status == 400 else answer))


@defect("bad-names-cleaned", "A bad set name is stored without its bad characters")
def bad_names_cleaned(behaviour: Behaviour) -> Behaviour:
    def alter(answer: Answer, call: Any) -> Answer:
        name = "".join(one for one in call.parameter("name") or "" if one.isalnum())[:24]
        try:
            found = parts(call.headers.get("content-type", ""), call.body)
        except ValueError:
            return answer
        if answer.status != 400 or not name:
            return answer
        call.device.storage.write_set(CachedSet(name, ca=found.get("ca_cert"), client_cert=found.get("client_cert")))
        return told({"ok": True})

    return behaviour.altered(Point.WEB_ANSWER, _uploaded(alter))


@defect("long-names-cut-silently", "A name that is too long is cut when the set is stored, and listed as it was sent")
def long_names_cut_silently(behaviour: Behaviour) -> Behaviour:
    long_names: dict[str, str] = {}

    def note(answer: Answer, call: Any) -> Answer:
        name = call.parameter("name") or ""
        if answer.status == 200 and len(name) > 24:
            long_names[name[:24]] = name
        return answer

    def change(rows: list[Row], _: Any) -> list[Row]:
        return [{**row, "name": long_names.get(row["name"], row["name"])} for row in rows]

    noted = behaviour.but(cert_names_checked=False).altered(Point.WEB_ANSWER, _uploaded(note))
    return noted.altered(Point.WEB_ANSWER, listed(change))


@defect("default-set-can-be-replaced", "A set uploaded as default takes the place of the bundle")
def default_set_can_be_replaced(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Turn) -> Trust:
        own = turn.device.active.cert_sets.get("default")
        used = turn.destination.cert_set == "default" and own is not None and own.ca is not None
        return replace(trust, anchors=certificates(own.ca)) if used and own and own.ca else trust

    return behaviour.but(cert_names_checked=False).altered(Point.TRUST, alter)


@defect("default-set-can-be-added-to", "A set uploaded as default is believed beside the bundle")
def default_set_can_be_added_to(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Turn) -> Trust:
        own = turn.device.active.cert_sets.get("default")
        more = certificates((own and own.ca) or b"") if turn.destination.cert_set == "default" else ()
        return replace(trust, anchors=trust.anchors + more)

    return behaviour.but(cert_names_checked=False).altered(Point.TRUST, alter)


def _keys(call: Any) -> str:
    sets = call.device.storage.read_sets().values()
    return "".join((one.client_key or b"").decode("latin-1") for one in sets)


@defect("key-readable-in-list", "The list of sets holds their client keys")
def key_readable_in_list(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.WEB_ANSWER, listed(lambda rows, call: [{**row, "client_key": _keys(call)} for row in rows]))


@defect("key-readable-by-name", "A client key can be read back under the name of its set")
def key_readable_by_name(behaviour: Behaviour) -> Behaviour:
    def alter(answer: Answer, call: Any) -> Answer:
        wanted = call.method == "GET" and call.path.startswith(f"{PREFIX}/sets/")
        return Answer(200, _keys(call).encode("latin-1"), "application/x-pem-file") if wanted else answer

    return behaviour.altered(Point.WEB_ANSWER, alter)


@defect("key-readable-in-status", "The status in the web API holds a client key")
def key_readable_in_status(behaviour: Behaviour) -> Behaviour:
    def alter(answer: Answer, call: Any) -> Answer:
        return told({**json.loads(answer.body), "client_key": _keys(call)}) if call.path == "/check_status" else answer

    return behaviour.altered(Point.WEB_ANSWER, alter)
