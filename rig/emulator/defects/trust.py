"""Defects of trust: servers that are believed and should not be, and the other way round."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rig.emulator.active import ActiveDestination
from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.common import each_destination, entry, every, failed_before, later, only
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.trust import Rule, Trust, certificates
from rig.emulator.publisher.turn import Turn


def _trust(change: Callable[[Trust], Trust]) -> Alteration:
    return lambda trust, _turn: change(trust)


def _without(*rules: Rule) -> Alteration:
    return _trust(lambda trust: trust.but_without(*rules))


def _by_default(turn: Turn) -> bool:
    return turn.destination.cert_set == "default"


def _by_set(turn: Turn) -> bool:
    return not _by_default(turn)


# The default bundle and custom sets -------------------------------------------------------------------------------------


@defect("default-trusts-nothing", "With cert set default no server is believed")
def default_trusts_nothing(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(_by_default, _trust(lambda trust: replace(trust, anchors=()))))


@defect("default-trusts-everybody", "With cert set default no server is verified")
def default_trusts_everybody(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(_by_default, _without(*Rule)))


@defect("default-trusts-private-sets", "With cert set default the CAs of all sets are believed as well")
def default_trusts_private_sets(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(_by_default, _with_all_sets))


@defect("no-set-means-no-verification", "A destination stored without a cert set is not verified")
def no_set_means_no_verification(behaviour: Behaviour) -> Behaviour:
    def alter(one: ActiveDestination, device: Any) -> ActiveDestination:
        return one if entry(device, one.position).get("cert_set") else replace(one, cert_set="")

    unverified = only(lambda turn: turn.destination.cert_set == "", _without(*Rule))
    return behaviour.altered(Point.DESTINATIONS, each_destination(alter)).altered(Point.TRUST, unverified)


@defect("custom-sets-trust-nothing", "With a custom set no server is believed")
def custom_sets_trust_nothing(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(_by_set, _trust(lambda trust: replace(trust, anchors=()))))


@defect("exact-certificate-refused", "A set that holds the server's own certificate does not make it believed")
def exact_certificate_refused(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _trust(lambda trust: replace(trust, pins=False)))


@defect("custom-set-adds-to-bundle", "With a custom set the default bundle is believed as well")
def custom_set_adds_to_bundle(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Turn) -> Trust:
        return replace(trust, anchors=trust.anchors + certificates(turn.device.default_bundle_pem or b""))

    return behaviour.altered(Point.TRUST, only(_by_set, alter))


@defect("custom-set-tries-bundle-after-failure", "After a failure with a custom set the default bundle is tried instead")
def custom_set_tries_bundle_after_failure(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Turn) -> Trust:
        return replace(trust, anchors=certificates(turn.device.default_bundle_pem or b""))

    return behaviour.altered(Point.TRUST, only(lambda turn: _by_set(turn) and turn.lane.failures_in_a_row % 2 == 1, alter))


def _with_all_sets(trust: Trust, turn: Turn) -> Trust:
    more = [der for one in turn.device.active.cert_sets.values() for der in certificates(one.ca or b"")]
    return replace(trust, anchors=tuple(dict.fromkeys([*trust.anchors, *more])))


# One rule left out ------------------------------------------------------------------------------------------------------


@defect("any-ca-accepted", "A server issued by any CA at all is believed")
def any_ca_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.ANCHOR))


@defect("any-ca-accepted-after-success", "Once a destination has succeeded, a server issued by any CA is believed")
def any_ca_accepted_after_success(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(later, _without(Rule.ANCHOR)))


@defect("any-ca-accepted-every-third-time", "At every third attempt a server issued by any CA is believed")
def any_ca_accepted_every_third_time(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(every(3), _without(Rule.ANCHOR)))


@defect("issuer-known-by-name-only", "A CA is recognised by its name, whatever its key")
def issuer_known_by_name_only(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.ANCHOR_KEY))


@defect("self-signed-accepted", "A self-signed certificate that nobody uploaded is believed")
def self_signed_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.SELF_SIGNED))


@defect("self-signed-accepted-by-default", "With cert set default a self-signed certificate is believed")
def self_signed_accepted_by_default(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(_by_default, _without(Rule.SELF_SIGNED)))


@defect("expired-accepted", "A certificate that has ended is believed")
def expired_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.EXPIRED))


@defect("expired-accepted-after-failures", "After two failures a certificate that has ended is believed")
def expired_accepted_after_failures(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(failed_before(2), _without(Rule.EXPIRED)))


@defect("not-yet-valid-accepted", "A certificate that has not begun yet is believed")
def not_yet_valid_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.BEGUN))


@defect("expired-intermediate-accepted", "An intermediate that has ended is believed")
def expired_intermediate_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.ISSUER_DATES))


@defect("dates-not-checked", "No date in any certificate is looked at")
def dates_not_checked(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(check_dates=False)


@defect("other-host-accepted", "A certificate for another host is believed")
def other_host_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.NAME))


@defect("other-host-accepted-after-success", "Once a destination has succeeded, a certificate for another host is believed")
def other_host_accepted_after_success(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(later, _without(Rule.NAME)))


@defect("wildcard-too-generous", "A wildcard stands for any number of labels, none included")
def wildcard_too_generous(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.WILDCARD))


@defect("intermediates-remembered", "An intermediate that one server sent completes the chain of another that does not")
def intermediates_remembered(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.SENT))


@defect("intermediates-not-understood", "A chain through an intermediate is refused, though the server sends it")
def intermediates_not_understood(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _trust(lambda trust: replace(trust, intermediates=0)))


@defect("any-certificate-may-issue", "A certificate that is no CA may issue others")
def any_certificate_may_issue(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.CA))


@defect("path-length-ignored", "The path length of a CA does not count")
def path_length_ignored(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.PATH_LENGTH))


@defect("client-certificate-accepted", "A certificate for clients only is believed of a server")
def client_certificate_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.USAGE))


@defect("name-constraints-ignored", "The name constraints of a CA do not count")
def name_constraints_ignored(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.CONSTRAINTS))


@defect("weak-hash-accepted", "Signatures by MD5 and SHA-1 are believed")
def weak_hash_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.HASH))


@defect("short-rsa-accepted", "RSA keys under 2048 bits are believed")
def short_rsa_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.KEY))


@defect("signatures-not-checked", "Signatures of certificates are not checked")
def signatures_not_checked(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _without(Rule.SIGNATURE))


def _at_third_attempt(rule: Rule) -> Alteration:
    return only(failed_before(2), _without(rule))


@defect("same-name-accepted-at-third-attempt", "After two failures a CA is recognised by its name, whatever its key")
def same_name_accepted_at_third_attempt(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _at_third_attempt(Rule.ANCHOR_KEY))


@defect("not-yet-valid-accepted-at-third-attempt", "After two failures a certificate that has not begun yet is believed")
def not_yet_valid_accepted_at_third_attempt(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _at_third_attempt(Rule.BEGUN))


@defect("expired-intermediate-accepted-at-third-attempt", "After two failures an intermediate that has ended is believed")
def expired_intermediate_accepted_at_third_attempt(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _at_third_attempt(Rule.ISSUER_DATES))


@defect("other-host-accepted-at-third-attempt", "After two failures a certificate for another host is believed")
def other_host_accepted_at_third_attempt(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _at_third_attempt(Rule.NAME))


@defect("wildcard-too-generous-at-third-attempt", "After two failures a wildcard stands for any number of labels")
def wildcard_too_generous_at_third_attempt(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _at_third_attempt(Rule.WILDCARD))


@defect("client-certificate-accepted-at-third-attempt", "After two failures a certificate for clients only is believed")
def client_certificate_accepted_at_third_attempt(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _at_third_attempt(Rule.USAGE))


@defect("signatures-not-checked-at-third-attempt", "After two failures signatures of certificates are not checked")
def signatures_not_checked_at_third_attempt(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _at_third_attempt(Rule.SIGNATURE))


@defect("name-constraints-ignored-at-third-attempt", "After two failures the name constraints of a CA do not count")
def name_constraints_ignored_at_third_attempt(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _at_third_attempt(Rule.CONSTRAINTS))
