"""Defects of mutual TLS: whose identity is shown, and what a wrong one leads to."""

from dataclasses import replace
from typing import Any

from rig.emulator.active import CachedSet
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.defects.common import NEVER, constant, later, not_the_first, only, without_answer
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.trust import Trust
from rig.emulator.publisher.turn import Exchange, Turn


def _identity(one: CachedSet | None) -> tuple[bytes, bytes] | None:
    return (one.client_cert, one.client_key) if one and one.client_cert and one.client_key else None


@defect("identity-never-shown", "No client certificate is ever shown")
def identity_never_shown(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, lambda trust, _: replace(trust, identity=None))


@defect("identity-shown-once", "After the first success no client certificate is shown")
def identity_shown_once(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, only(later, lambda trust, _: replace(trust, identity=None)))


@defect("first-identity-for-all", "All destinations show the first identity that any set has")
def first_identity_for_all(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Turn) -> Trust:
        known = [found for one in turn.device.active.cert_sets.values() if (found := _identity(one))]
        return replace(trust, identity=known[0]) if known else trust

    return behaviour.altered(Point.TRUST, alter)


@defect("identity-of-another-set", "A destination whose set has no identity shows that of another destination")
def identity_of_another_set(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Turn) -> Trust:
        sets = turn.device.active.cert_sets
        others = [found for lane in turn.lanes if (found := _identity(sets.get(lane.destination.cert_set or "")))]
        return replace(trust, identity=trust.identity or (others[0] if others else None))

    return behaviour.altered(Point.TRUST, alter)


@defect("second-identity-is-the-first", "The second destination shows the first one's identity in place of its own")
def second_identity_is_the_first(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Turn) -> Trust:
        first = _identity(turn.device.active.cert_sets.get(turn.lanes[0].destination.cert_set or ""))
        return replace(trust, identity=first) if trust.identity and first else trust

    return behaviour.altered(Point.TRUST, only(not_the_first, alter))


def _lacks_identity(turn: Turn) -> bool:
    return _identity(turn.device.active.cert_sets.get(turn.destination.cert_set or "")) is None


@defect("refused-post-counts-as-success", "A POST that the server refused for want of an identity counts as a success")
def refused_post_counts_as_success(behaviour: Behaviour) -> Behaviour:
    def alter(outcome: bool, occasion: tuple[Turn, Exchange]) -> bool:
        turn, exchange = occasion
        return outcome or (_lacks_identity(turn) and exchange.status is None and exchange.error != "ESP_ERR_HTTP_EAGAIN")

    return behaviour.altered(Point.SUCCESS, alter)


@defect("missing-identity-is-final", "A server that refuses for want of an identity is tried twice and never again")
def missing_identity_is_final(behaviour: Behaviour) -> Behaviour:
    def given_up(turn: Turn) -> bool:
        return _lacks_identity(turn) and without_answer(turn) and turn.lane.failures_in_a_row >= 2

    return behaviour.altered(Point.DUE, only(given_up, constant(NEVER)))


def _halved(turn: Turn) -> bool:
    """A set with a certificate and no key, the other way round, or both that do not belong together."""
    chosen = turn.device.active.cert_sets.get(turn.destination.cert_set or "")
    if chosen is None or (chosen.client_cert is None and chosen.client_key is None):
        return False
    return _identity(chosen) is None or not _fits(chosen)


def _fits(chosen: CachedSet) -> bool:
    from cryptography import x509  # noqa: PLC0415 (only this defect needs it)
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 (the same)

    try:
        certificate = x509.load_pem_x509_certificate(chosen.client_cert or b"")
        return certificate.public_key() == load_pem_private_key(chosen.client_key or b"", None).public_key()
    except (ValueError, TypeError):
        return False


@defect("mismatched-key-restarts", "A client key that does not fit its certificate makes the device restart")
def mismatched_key_restarts(behaviour: Behaviour) -> Behaviour:
    def alter(due: float, turn: Any) -> float:
        if _halved(turn):
            turn.device.reset("panic")
        return due

    return behaviour.altered(Point.DUE, alter)


@defect("mismatched-key-stops-others", "A client key that does not fit its certificate stops the other destinations")
def mismatched_key_stops_others(behaviour: Behaviour) -> Behaviour:
    def stopped(turn: Turn) -> bool:
        others = [Turn(turn.device, lane, turn.lanes, {}, 0.0) for lane in turn.lanes if lane is not turn.lane]
        return any(_halved(other) for other in others)

    return behaviour.altered(Point.DUE, only(stopped, constant(NEVER)))


@defect("mismatched-key-uses-another", "With a client key that does not fit the identity of another set is shown")
def mismatched_key_uses_another(behaviour: Behaviour) -> Behaviour:
    def alter(trust: Trust, turn: Turn) -> Trust:
        known = [found for one in turn.device.active.cert_sets.values() if (found := _identity(one)) and _fits(one)]
        return replace(trust, identity=known[0]) if known else trust

    return behaviour.altered(Point.TRUST, only(_halved, alter))


