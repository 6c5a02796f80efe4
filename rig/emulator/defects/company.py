"""Defects of what stands beside a destination: its counters, destinations of other types, visitors of the web API."""

from typing import Any

from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.defects.common import last, only, stop
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.turn import Turn


@defect("counters-count-failures-as-success", "Failures are counted as successes")
def counters_count_failures_as_success(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATISTICS, lambda rows, _: [(good + bad, 0) for good, bad in rows])


@defect("counters-stop-at-three", "Counters of successes stop at three")
def counters_stop_at_three(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATISTICS, lambda rows, _: [(min(good, 3), bad) for good, bad in rows])


@defect("counters-in-other-order", "Counters stand in the reverse order of the destinations")
def counters_in_other_order(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATISTICS, lambda rows, _: rows[::-1])


@defect("failures-not-counted", "Failures are not counted")
def failures_not_counted(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATISTICS, lambda rows, _: [(good, 0) for good, _ in rows])


def _beside(turn: Turn, *types: str) -> bool:
    return turn.destination.type not in types and any(lane.destination.type in types for lane in turn.lanes)


_MQTT = ("Default", "MQTT_Topic", "MQTT_WallBox")


@defect("mqtt-slows-https", "An MQTT destination makes HTTPS destinations send at half their pace")
def mqtt_slows_https(behaviour: Behaviour) -> Behaviour:
    slowed = only(lambda turn: _beside(turn, *_MQTT), lambda due, turn: due + turn.destination.cycle_ms / 1000)
    return behaviour.altered(Point.DUE, slowed)


@defect("mqtt-silent-beside-https", "An MQTT destination beside HTTPS ones publishes once")
def mqtt_silent_beside_https(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(lambda turn: turn.destination.type in _MQTT and len(turn.lanes) > 1))


@defect("other-type-slows-https", "A destination of type HTTP POST or ABRP makes HTTPS destinations send at half their pace")
def other_type_slows_https(behaviour: Behaviour) -> Behaviour:
    slowed = only(lambda turn: _beside(turn, "HTTP", "ABRP_API"), lambda due, turn: due + turn.destination.cycle_ms / 1000)
    return behaviour.altered(Point.DUE, slowed)


@defect("http-post-silent-beside-https", "A destination of type HTTP POST beside HTTPS ones gets one POST")
def http_post_silent_beside_https(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(lambda turn: turn.destination.type == "HTTP" and len(turn.lanes) > 1))


@defect("silent-unless-visited", "Nothing is sent unless somebody has used the web API within the last two seconds")
def silent_unless_visited(behaviour: Behaviour) -> Behaviour:
    visited = [0.0]

    def note(answer: object, call: Any) -> object:
        visited[0] = call.device.now()
        return answer

    def goes(_: bool, turn: Any) -> bool:
        return bool(0 <= turn.device.now() - visited[0] < 2)

    return behaviour.altered(Point.WEB_ANSWER, note).altered(Point.ATTEMPT, goes)


@defect("last-destination-waits-for-a-visit", "The last destination starts only once somebody uses the web API")
def last_destination_waits_for_a_visit(behaviour: Behaviour) -> Behaviour:
    boots: set[int] = set()

    def note(answer: object, call: Any) -> object:
        if call.path == "/load_auto_pid":
            boots.add(call.device.boot_number)
        return answer

    def goes(_: bool, turn: Any) -> bool:
        return turn.device.boot_number in boots

    return behaviour.altered(Point.WEB_ANSWER, note).altered(Point.ATTEMPT, only(last, goes))
