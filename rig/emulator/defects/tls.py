"""Defects of TLS itself: versions, suites, the ClientHello, and what comes after a failure."""

from collections.abc import Callable
from dataclasses import replace

from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.common import NEVER, constant, error_was, failed_before, later, only, stop
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.exchange import CONNECT
from rig.emulator.publisher.trust import Rule, Trust
from rig.emulator.publisher.turn import Turn


def _trust(change: Callable[[Trust], Trust]) -> Alteration:
    return lambda trust, _turn: change(trust)


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
    return behaviour.altered(Point.TRUST, _trust(lambda trust: replace(trust, ciphers="ALL:!aNULL:eNULL:@SECLEVEL=0")))


@defect("anonymous-servers-accepted", "Suites without a server certificate are offered")
def anonymous_servers_accepted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, _trust(lambda trust: replace(trust, ciphers="ALL:@SECLEVEL=0")))


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
    return behaviour.altered(Point.TRUST, only(failed_before(2), _trust(lambda trust: trust.but_without(*Rule))))


@defect("tls-failure-is-final", "A failure to connect ends a destination until the next boot")
def tls_failure_is_final(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(error_was(CONNECT)))


@defect("tls-failure-costs-a-minute", "After two failures to connect a destination pauses for a minute")
def tls_failure_costs_a_minute(behaviour: Behaviour) -> Behaviour:
    paused = only(lambda turn: error_was(CONNECT)(turn) and turn.lane.failures_in_a_row >= 2, lambda due, _: due + 60)
    return behaviour.altered(Point.DUE, paused)


@defect("handshake-without-limit", "A TLS handshake that stalls is waited for without a limit")
def handshake_without_limit(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(handshake_limit_s=NEVER)


@defect("stalled-handshake-costs-twelve-seconds", "A TLS handshake that stalls is given up after twelve seconds")
def stalled_handshake_costs_twelve_seconds(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(handshake_limit_s=12.0)


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
