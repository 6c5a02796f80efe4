"""Defects of when the context, config and status, comes."""

from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.defects.common import block, constant, every, failed_before, last, not_the_first, only, status_was
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.turn import Exchange, Turn


@defect("context-never", "No POST ever carries config and status")
def context_never(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONTEXT, constant(False))


@defect("context-without-telemetry", "The POST that carries config and status has no autopid_data")
def context_without_telemetry(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(
        Point.BODY, lambda body, _: {key: value for key, value in body.items() if key != "autopid_data" or "config" not in body}
    )


@defect("context-without-config", "The first POST carries status, but not config")
def context_without_config(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, lambda body, _: {key: value for key, value in body.items() if key != "config"})


@defect("context-in-second-post", "Config and status come with the second POST instead of the first")
def context_in_second_post(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONTEXT, lambda _, turn: turn.lane.successes == 1)


@defect("context-as-text", "Config and status are JSON texts instead of objects")
def context_as_text(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, block("config", str)).altered(Point.BODY, block("status", str))


@defect("context-in-every-post", "Config and status are in every POST")
def context_in_every_post(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONTEXT, constant(True))


@defect("context-after-failure", "A failure after the first success makes config and status come again")
def context_after_failure(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONTEXT, lambda due, turn: due or turn.lane.failures_in_a_row > 0)


@defect("context-again-in-fourth-post", "The fourth POST carries config and status once more")
def context_again_in_fourth_post(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONTEXT, lambda due, turn: due or turn.number == 4)


@defect("context-after-slow-answer", "An answer that took more than two seconds makes config and status come again")
def context_after_slow_answer(behaviour: Behaviour) -> Behaviour:
    def slow(outcome: bool, occasion: tuple[Turn, Exchange]) -> bool:
        turn = occasion[0]
        turn.lane.memory["slow"] = (turn.ended or 0.0) - turn.started > 2
        return outcome

    return behaviour.altered(Point.SUCCESS, slow).altered(Point.CONTEXT, lambda due, turn: due or bool(turn.lane.memory.get("slow")))


@defect("status-alone-comes-again", "Every fourth POST carries status, without config")
def status_alone_comes_again(behaviour: Behaviour) -> Behaviour:
    again = only(every(4), lambda body, turn: {**body, "status": turn.device.status_block(posted=True)})
    return behaviour.altered(Point.BODY, again)


@defect("context-shared", "One success of any destination ends the context of all")
def context_shared(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(context_shared=True)


@defect("context-for-first-destination-only", "Only the first destination ever gets config and status")
def context_for_first_destination_only(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONTEXT, only(not_the_first, constant(False)))


@defect("context-lost-if-late", "A destination that succeeds only after another's third success gets no context")
def context_lost_if_late(behaviour: Behaviour) -> Behaviour:
    def late(turn: Turn) -> bool:
        return any(lane.successes >= 3 for lane in turn.lanes if lane is not turn.lane)

    return behaviour.altered(Point.CONTEXT, only(late, constant(False)))


@defect("context-with-first-attempt-only", "Config and status go with the first attempt, whether it succeeds or not")
def context_with_first_attempt_only(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONTEXT, lambda _, turn: turn.number == 1)


@defect("context-ends-with-any-answer", "Any HTTP answer, an error too, ends the context")
def context_ends_with_any_answer(behaviour: Behaviour) -> Behaviour:
    def note(outcome: bool, occasion: tuple[Turn, Exchange]) -> bool:
        if occasion[1].status is not None:
            occasion[0].lane.memory["answered"] = True
        return outcome

    ended = only(lambda turn: bool(turn.lane.memory.get("answered")), constant(False))
    return behaviour.altered(Point.SUCCESS, note).altered(Point.CONTEXT, ended)


@defect("error-401-counts-as-success", "HTTP 401 counts as a success and ends the context")
def error_401_counts_as_success(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.SUCCESS, lambda outcome, occasion: outcome or status_was(401)(occasion[0]))


@defect("error-503-counts-as-success", "HTTP 503 counts as a success and ends the context")
def error_503_counts_as_success(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.SUCCESS, lambda outcome, occasion: outcome or status_was(503)(occasion[0]))


@defect("context-given-up-after-failures", "After two failures in a row the context is not sent any more")
def context_given_up_after_failures(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONTEXT, only(failed_before(2), constant(False)))


@defect("context-lost-in-tls-failure", "A TLS failure ends the context")
def context_lost_in_tls_failure(behaviour: Behaviour) -> Behaviour:
    def note(outcome: bool, occasion: tuple[Turn, Exchange]) -> bool:
        if occasion[1].error == "ESP_ERR_HTTP_CONNECT":
            occasion[0].lane.memory["refused"] = True
        return outcome

    ended = only(lambda turn: bool(turn.lane.memory.get("refused")), constant(False))
    return behaviour.altered(Point.SUCCESS, note).altered(Point.CONTEXT, ended)


@defect("context-after-lost-connection", "A failure to connect after the first success makes config and status come again")
def context_after_lost_connection(behaviour: Behaviour) -> Behaviour:
    def note(outcome: bool, occasion: tuple[Turn, Exchange]) -> bool:
        occasion[0].lane.memory["lost"] = occasion[1].status is None
        return outcome

    return behaviour.altered(Point.SUCCESS, note).altered(Point.CONTEXT, lambda due, turn: due or bool(turn.lane.memory.get("lost")))


@defect("context-lost-without-answer", "A request that gets no answer ends the context")
def context_lost_without_answer(behaviour: Behaviour) -> Behaviour:
    def note(outcome: bool, occasion: tuple[Turn, Exchange]) -> bool:
        waited = (occasion[0].ended or 0.0) - occasion[0].started > 1.5
        occasion[0].lane.memory["unanswered"] = occasion[0].lane.memory.get("unanswered") or (occasion[1].status is None and waited)
        return outcome

    ended = only(lambda turn: bool(turn.lane.memory.get("unanswered")), constant(False))
    return behaviour.altered(Point.SUCCESS, note).altered(Point.CONTEXT, ended)


@defect("context-without-telemetry-at-last-destination", "The last destination's first POST has an empty autopid_data")
def context_without_telemetry_at_last_destination(behaviour: Behaviour) -> Behaviour:
    def emptied(body: dict[str, object], _: Turn) -> dict[str, object]:
        return {**body, "autopid_data": {}} if "config" in body else body

    return behaviour.altered(Point.BODY, only(lambda turn: last(turn) or len(turn.lanes) == 1, emptied))
