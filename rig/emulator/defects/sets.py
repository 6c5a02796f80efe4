"""Defects of what a certificate set means to the destinations that name it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rig.emulator.active import ActiveDestination, CachedSet
from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.certs import listed
from rig.emulator.defects.common import each_destination, entry, only
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.trust import Rule, Trust, certificates
from rig.emulator.publisher.turn import Turn

Row = dict[str, Any]


@defect("only-first-ca-of-a-set", "Of several certificates in a set's CA only the first counts")
def only_first_ca_of_a_set(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, lambda trust, _: replace(trust, anchors=trust.anchors[:1]))


@defect("intermediates-of-a-set-ignored", "Intermediates in a set's CA are left out, only roots count")
def intermediates_of_a_set_ignored(behaviour: Behaviour) -> Behaviour:
    from cryptography import x509  # noqa: PLC0415 (only this defect needs it)

    def is_root(der: bytes) -> bool:
        certificate = x509.load_der_x509_certificate(der)
        return certificate.issuer == certificate.subject

    return behaviour.altered(Point.TRUST, lambda trust, _: replace(trust, anchors=tuple(filter(is_root, trust.anchors))))


def _forgotten(trust: Trust, turn: Turn, earlier: dict[str, bytes]) -> Trust:
    name = turn.destination.cert_set or "default"
    present = turn.device.active.cert_sets
    earlier.update({one.name: one.ca for one in present.values() if one.ca})
    return replace(trust, anchors=certificates(earlier[name])) if name not in present and name in earlier else trust


@defect("deleted-set-still-trusted", "A deleted set is still believed in the next boot")
def deleted_set_still_trusted(behaviour: Behaviour) -> Behaviour:
    earlier: dict[str, bytes] = {}
    return behaviour.altered(Point.TRUST, lambda trust, turn: _forgotten(trust, turn, earlier))


@defect("deleted-set-still-listed", "A deleted set stays in the list until the next boot but one")
def deleted_set_stilllisted(behaviour: Behaviour) -> Behaviour:
    rows_seen: dict[str, Row] = {}

    def change(rows: list[Row], _: Any) -> list[Row]:
        rows_seen.update({row["name"]: row for row in rows})
        return [*rows_seen.values()]

    return behaviour.altered(Point.WEB_ANSWER, listed(change))


@defect("unknown-set-means-bundle", "A set that does not exist, or has no CA, means the default bundle")
def unknown_set_means_bundle(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(bundle_fallback=True)


@defect("unknown-set-means-no-verification", "With a set that does not exist no server is verified")
def unknown_set_means_no_verification(behaviour: Behaviour) -> Behaviour:
    def unknown(turn: Turn) -> bool:
        return turn.destination.cert_set not in {"default", "", None, *turn.device.active.cert_sets}

    return behaviour.altered(Point.TRUST, only(unknown, lambda trust, _: trust.but_without(*Rule)))


def _set_of(turn: Turn) -> CachedSet | None:
    return turn.device.active.cert_sets.get(turn.destination.cert_set or "default")


def _has_junk(turn: Turn) -> bool:
    chosen = _set_of(turn)
    return chosen is not None and chosen.ca is not None and not certificates(chosen.ca)


@defect("set-without-ca-trusts-everybody", "With a set that has no CA no server is verified")
def set_without_ca_trusts_everybody(behaviour: Behaviour) -> Behaviour:
    def without_ca(turn: Turn) -> bool:
        chosen = _set_of(turn)
        return chosen is not None and chosen.ca is None

    return behaviour.altered(Point.TRUST, only(without_ca, lambda trust, _: trust.but_without(*Rule)))


@defect("junk-ca-trusts-everybody", "With a CA that does not parse no server is verified")
def junk_ca_trusts_everybody(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(_has_junk, lambda trust, _: trust.but_without(*Rule)))


@defect("junk-ca-means-last-good-one", "With a CA that does not parse the CA of another set is believed")
def junk_ca_means_last_good_one(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Turn) -> Trust:
        good = [der for one in turn.device.active.cert_sets.values() for der in certificates(one.ca or b"")]
        return replace(trust, anchors=tuple(good), unreadable=False)

    return behaviour.altered(Point.TRUST, only(_has_junk, alter))


def _stored_ca(change: Callable[[bytes, bytes], bytes]) -> Alteration:
    """The CA of a set that is there already changed while it is stored; from old and new to what is stored."""

    def alter(data: bytes, occasion: tuple[str, Any]) -> bytes:
        folder, _, rest = occasion[0].partition("/")
        name, _, part = rest.partition("/")
        if folder != "cert_sets" or part != "ca":
            return data
        stored = occasion[1].storage.read_set(name)
        return change(stored.ca, data) if stored is not None and stored.ca else data

    return alter


@defect("replaced-set-keeps-old-ca", "A set uploaded again keeps its old CA")
def replaced_set_keeps_old_ca(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STORE, _stored_ca(lambda old, _: old))


@defect("replaced-set-trusts-both", "A set uploaded again trusts its old CA beside the new one")
def replaced_set_trusts_both(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STORE, _stored_ca(lambda old, new: new.rstrip() + b"\n" + old))


@defect("all-sets-trusted", "A destination believes the CAs of all sets")
def all_sets_trusted(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Turn) -> Trust:
        more = [der for one in turn.device.active.cert_sets.values() for der in certificates(one.ca or b"")]
        return replace(trust, anchors=tuple(dict.fromkeys([*trust.anchors, *more])))

    return behaviour.altered(Point.TRUST, only(lambda turn: turn.destination.cert_set != "default", alter))


@defect("set-of-first-destination-for-all", "All destinations use the first one's certificate set")
def set_of_first_destination_for_all(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, lambda served, _: tuple(replace(one, cert_set=served[0].cert_set) for one in served))


@defect("set-without-ca-trusts-other-sets", "With a set that has no CA the CAs of all other sets are believed")
def set_without_ca_trusts_other_sets(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Turn) -> Trust:
        return replace(trust, anchors=tuple(der for one in turn.device.active.cert_sets.values() for der in certificates(one.ca or b"")))

    return behaviour.altered(Point.TRUST, only(lambda turn: (one := _set_of(turn)) is not None and one.ca is None, alter))


@defect("no-set-means-first-set", "A destination stored without a cert set uses the first set that there is")
def no_set_means_first_set(behaviour: Behaviour) -> Behaviour:
    def alter(one: ActiveDestination, device: Any) -> ActiveDestination:
        names = device.storage.set_names()
        return one if entry(device, one.position).get("cert_set") or not names else replace(one, cert_set=names[0])

    return behaviour.altered(Point.DESTINATIONS, each_destination(alter))


def _distrusting_after_failures(applies: Callable[[Turn], bool]) -> Alteration:
    """No server is believed any more, once there were two failures in a row."""

    def alter(trust: Trust, turn: Turn) -> Trust:
        memory = turn.lane.memory
        memory["distrusts"] = memory.get("distrusts") or turn.lane.failures_in_a_row >= 2
        return replace(trust, anchors=()) if memory["distrusts"] else trust

    return only(applies, alter)


@defect("own-ca-forgotten-after-failures", "After two failures in a row a destination believes its own CA no more")
def own_ca_forgotten_after_failures(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _distrusting_after_failures(lambda turn: turn.destination.cert_set != "default"))


@defect("bundle-forgotten-after-failures", "After two failures in a row a destination believes the default bundle no more")
def bundle_forgotten_after_failures(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _distrusting_after_failures(lambda turn: turn.destination.cert_set == "default"))


@defect("exact-certificate-known-by-name", "A set with a server's own certificate believes any certificate of that name")
def exact_certificate_known_by_name(behaviour: Behaviour) -> Behaviour:
    from cryptography import x509  # noqa: PLC0415 (only this defect needs it)

    def alter(trust: Trust, _: Turn) -> Trust:
        subjects = [x509.load_der_x509_certificate(der).subject.rfc4514_string() for der in trust.anchors]
        return trust.but_without(Rule.ANCHOR_KEY) if subjects == [f"CN={trust.host}"] else trust

    return behaviour.altered(Point.TRUST, alter)
