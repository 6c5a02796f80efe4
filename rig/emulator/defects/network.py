"""Defects of trouble: answers that mean failure, servers that break off, redirects, the Wi-Fi, load on the web API."""

from typing import Any

from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.defects.common import NEVER, constant, error_was, only, status_was, stop
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.exchange import CONNECT, EAGAIN, FETCH_HEADER
from rig.emulator.publisher.turn import Exchange, Turn

Occasion = tuple[Turn, Exchange]


def _was(turn: Turn, detail: str) -> bool:
    """Whether the detail of the error begins so; it is ``no...`` for what is no HTTP."""
    return turn.exchange is not None and turn.exchange.detail.startswith(detail)


@defect("error-500-is-final", "HTTP 500 ends a destination until the next boot")
def error_500_is_final(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(status_was(500)))


@defect("error-404-is-final", "HTTP 404 ends a destination until the next boot")
def error_404_is_final(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(status_was(404)))


@defect("error-429-costs-five-minutes", "After HTTP 429 a destination pauses for five minutes")
def error_429_costs_five_minutes(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, only(status_was(429), lambda due, _: due + 300))


@defect("error-404-counts-as-success", "HTTP 404 counts as a success")
def error_404_counts_as_success(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.SUCCESS, lambda outcome, occasion: outcome or status_was(404)(occasion[0]))


@defect("only-200-is-success", "Only status 200 counts as a success")
def only_200_is_success(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.SUCCESS, lambda outcome, occasion: outcome and occasion[1].status == 200)


@defect("empty-answer-is-failure", "An answer without a body counts as a failure")
def empty_answer_is_failure(behaviour: Behaviour) -> Behaviour:
    def alter(outcome: bool, occasion: Occasion) -> bool:
        answer = occasion[1].answer
        return outcome and answer is not None and answer.status != 204 and answer.size > 0

    return behaviour.altered(Point.SUCCESS, alter)


@defect("chunked-answer-is-failure", "A chunked answer counts as a failure")
def chunked_answer_is_failure(behaviour: Behaviour) -> Behaviour:
    def alter(outcome: bool, occasion: Occasion) -> bool:
        answer = occasion[1].answer
        return outcome and answer is not None and answer.header("Transfer-Encoding") is None

    return behaviour.altered(Point.SUCCESS, alter)


@defect("close-delimited-answer-is-failure", "An answer whose body ends with the connection counts as a failure")
def close_delimited_answer_is_failure(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(close_delimited_is_success=False)


@defect("refused-connection-is-final", "Two refused connections in a row end a destination until the next boot")
def refused_connection_is_final(behaviour: Behaviour) -> Behaviour:
    def refused(turn: Turn) -> bool:
        return error_was(CONNECT)(turn) and _was(turn, "delayed connect error") and turn.lane.failures_in_a_row >= 2

    return behaviour.altered(Point.DUE, stop(refused))


@defect("reset-is-final", "A connection that the server resets ends a destination until the next boot")
def reset_is_final(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(lambda turn: error_was(FETCH_HEADER)(turn) and not _was(turn, "no")))


@defect("unresolved-name-restarts", "A host name that does not resolve makes the device restart after a while")
def unresolved_name_restarts(behaviour: Behaviour) -> Behaviour:
    def alter(due: float, turn: Any) -> float:
        host = turn.destination.url.split("/")[2].rpartition(":")[0]
        try:
            turn.device.resolve(host)
        except OSError:
            if turn.number == 3:
                turn.device.reset("panic")
        return due

    return behaviour.altered(Point.DUE, alter)


@defect("garbage-is-final", "An answer that is not HTTP ends a destination until the next boot")
def garbage_is_final(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(lambda turn: error_was(FETCH_HEADER)(turn) and _was(turn, "no")))


@defect("huge-answer-restarts", "An answer of more than a megabyte makes the device restart")
def huge_answer_restarts(behaviour: Behaviour) -> Behaviour:
    def alter(due: float, turn: Any) -> float:
        answer = turn.exchange.answer if turn.exchange else None
        if answer is not None and answer.size > 1_000_000:
            turn.device.reset("panic")
        return due

    return behaviour.altered(Point.DUE, alter)


@defect("huge-answer-is-final", "An answer of more than 256 KiB ends a destination until the next boot")
def huge_answer_is_final(behaviour: Behaviour) -> Behaviour:
    def huge(turn: Turn) -> bool:
        return turn.exchange is not None and turn.exchange.answer is not None and turn.exchange.answer.size > 262_144

    return behaviour.altered(Point.DUE, stop(huge))


@defect("trickling-answer-without-limit", "An answer that trickles in is waited for without a limit")
def trickling_answer_without_limit(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(limit_per_step=True)


@defect("silence-is-final", "An answer that does not come in time ends a destination until the next boot")
def silence_is_final(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(error_was(EAGAIN)))


@defect("redirect-to-plain-text", "A redirect to http:// is followed, in plain text")
def redirect_to_plain_text(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(redirect_hops=3, plain_redirects=True)


@defect("wifi-loss-is-final", "After the Wi-Fi was lost nothing is sent until the next boot")
def wifi_loss_is_final(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.LINK_BACK, constant(NEVER))


@defect("wifi-loss-costs-a-minute", "After the Wi-Fi is back it takes a minute until something is sent")
def wifi_loss_costs_a_minute(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.LINK_BACK, constant(60.0))


@defect("wifi-loss-restarts", "The device restarts when the Wi-Fi is back")
def wifi_loss_restarts(behaviour: Behaviour) -> Behaviour:
    def alter(wait_s: float, device: Any) -> float:
        device.reset("panic")
        return wait_s

    return behaviour.altered(Point.LINK_BACK, alter)


@defect("web-api-delays-posts", "Each use of the web API delays the next POST by 400 ms")
def web_api_delays_posts(behaviour: Behaviour) -> Behaviour:
    calls = [0]

    def count(answer: object, _: object) -> object:
        calls[0] += 1
        return answer

    def alter(due: float, turn: Turn) -> float:
        seen = turn.lane.memory.get("calls", calls[0])
        turn.lane.memory["calls"] = calls[0]
        return due + 0.4 if seen != calls[0] else due

    return behaviour.altered(Point.WEB_ANSWER, count).altered(Point.DUE, alter)


@defect("telemetry-read-restarts", "Reading the telemetry in the web API three times makes the device restart")
def telemetry_read_restarts(behaviour: Behaviour) -> Behaviour:
    reads = [0]

    def count(answer: object, call: Any) -> object:
        reads[0] += call.path == "/autopid_data"
        if reads[0] >= 3:
            reads[0] = 0
            call.device.reset("panic")
        return answer

    return behaviour.altered(Point.WEB_ANSWER, count)
