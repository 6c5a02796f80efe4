"""Defects of trust: servers that are believed and should not be, and the other way round."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rig.emulator.active import ActiveDestination
from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.common import NEVER, constant, each_destination, entry, error_was, every, failed_before, later, only, stop
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.exchange import CONNECT
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


# TLS itself -------------------------------------------------------------------------------------------------------------


@defect("old-tls-accepted", "TLS 1.0 and 1.1 are spoken")
def old_tls_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _trust(lambda trust: replace(trust, oldest="1.0", ciphers="DEFAULT:@SECLEVEL=0")))


@defect("tls11-accepted-after-failure", "After a failure TLS 1.1 is spoken as well")
def tls11_accepted_after_failure(behaviour: Behaviour) -> Behaviour:
    older = _trust(lambda trust: replace(trust, oldest="1.1", ciphers="DEFAULT:@SECLEVEL=0"))
    return behaviour.altered(Point.TRUST, only(failed_before(1), older))


@defect("only-tls13", "Servers with TLS 1.2 are refused")
def only_tls13(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _trust(lambda trust: replace(trust, oldest="1.3")))


@defect("null-encryption-accepted", "Suites without encryption are offered")
def null_encryption_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _trust(lambda trust: replace(trust, ciphers="DEFAULT:eNULL:@SECLEVEL=0")))


@defect("anonymous-servers-accepted", "Suites without a server certificate are offered")
def anonymous_servers_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _trust(lambda trust: replace(trust, ciphers="DEFAULT:aNULL:@SECLEVEL=0")))


@defect("sni-missing", "The ClientHello names no host")
def sni_missing(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _trust(lambda trust: replace(trust, sni=None)))


@defect("sni-constant", "The ClientHello names the same host for all destinations")
def sni_constant(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _trust(lambda trust: replace(trust, sni=trust.sni and "wican.local")))


@defect("sni-missing-later", "After the first success the ClientHello names no host")
def sni_missing_later(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(later, _trust(lambda trust: replace(trust, sni=None))))


@defect("plain-text-after-tls-failure", "After a TLS failure the same request is sent in plain text")
def plain_text_after_tls_failure(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(plain_fallback_after=1)


@defect("plain-text-after-three-failures", "After three failures in a row a request is sent in plain text")
def plain_text_after_three_failures(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(plain_fallback_after=3)


@defect("unverified-after-failures", "After two failures in a row the server is not verified any more")
def unverified_after_failures(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(failed_before(2), _without(*Rule)))


@defect("tls-failure-is-final", "A failure to connect ends a destination until the next boot")
def tls_failure_is_final(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(error_was(CONNECT)))


@defect("tls-failure-costs-a-minute", "After two failures to connect a destination pauses for a minute")
def tls_failure_costs_a_minute(behaviour: Behaviour) -> Behaviour:
    paused = only(lambda turn: error_was(CONNECT)(turn) and turn.lane.failures_in_a_row >= 2, lambda due, _: due + 60)
    return behaviour.altered(Point.DUE, paused)


@defect("handshake-without-limit", "A TLS handshake that stalls is waited for without a limit")
def handshake_without_limit(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(handshake_limited=False)


@defect("stalled-handshake-is-final", "A TLS handshake that stalls ends a destination until the next boot")
def stalled_handshake_is_final(behaviour: Behaviour) -> Behaviour:
    def stalled(turn: Turn) -> bool:
        return error_was("ESP_ERR_HTTP_EAGAIN")(turn) and not turn.lane.memory.get("asked")

    def note(writes: list[bytes], turn: Turn) -> list[bytes]:
        turn.lane.memory["asked"] = True
        return writes

    def forget(going: bool, turn: Turn) -> bool:
        turn.lane.memory["asked"] = False
        return going

    noted = behaviour.altered(Point.REQUEST_BYTES, note).altered(Point.ATTEMPT, forget)
    return noted.altered(Point.DUE, only(stalled, constant(NEVER)))
