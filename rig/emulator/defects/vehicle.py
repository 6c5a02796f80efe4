"""Defects of polling: what is asked on the bus, and which answers are taken."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rig.emulator.active import ActiveParameter
from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.common import NEVER, constant
from rig.emulator.defects.registry import defect

Frames = list[tuple[int, bytes]]
_FLOW_CONTROL = 0x30


def _parameters(change: Callable[[ActiveParameter], ActiveParameter]) -> Alteration:
    return lambda polled, _device: tuple(change(one) for one in polled)


def _is_flow_control(frames: Frames, _: object) -> bool:
    return frames[0][1][0] >> 4 == _FLOW_CONTROL >> 4


@defect("never-polls", "No request leaves the device on the bus")
def never_polls(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.FRAME_OUT, constant([]))


@defect("profile-init-ignored", "The init strings of a car profile are ignored, so that another ECU is asked")
def profile_init_ignored(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.PARAMETERS, _parameters(lambda one: replace(one, init="") if one.kind == "profile" else one))


@defect("only-first-parameter-of-a-pid", "Of several parameters of one PID of a profile only the first gets a value")
def only_first_parameter_of_a_pid(behaviour: Behaviour) -> Behaviour:
    def alter(polled: tuple[ActiveParameter, ...], _: object) -> tuple[ActiveParameter, ...]:
        first: dict[tuple[str, str], ActiveParameter] = {}
        for one in polled:
            first.setdefault((one.request, one.init), one)
        return tuple(one for one in polled if one.kind != "profile" or first[one.request, one.init] is one)

    return behaviour.altered(Point.PARAMETERS, alter)


@defect("siblings-get-the-first-value", "All parameters of one PID of a profile get the first one's value")
def siblings_get_the_first_value(behaviour: Behaviour) -> Behaviour:
    first: dict[tuple[str, str], str] = {}

    def alter(one: ActiveParameter) -> ActiveParameter:
        if one.kind != "profile":
            return one
        return replace(one, expression=first.setdefault((one.request, one.init), one.expression))

    return behaviour.altered(Point.PARAMETERS, _parameters(alter))


@defect("no-flow-control", "An answer of several frames gets no flow control")
def no_flow_control(behaviour: Behaviour) -> Behaviour:
    def alter(frames: Frames, state: object) -> Frames:
        return [] if _is_flow_control(frames, state) else frames

    return behaviour.altered(Point.FRAME_OUT, alter)


@defect("flow-control-to-everybody", "Flow control goes to the id that everybody listens to")
def flow_control_to_everybody(behaviour: Behaviour) -> Behaviour:
    def alter(frames: Frames, state: Any) -> Frames:
        everybody = 0x18DB33F1 if state.wide else 0x7DF
        return [(everybody, data) for _, data in frames] if _is_flow_control(frames, state) else frames

    return behaviour.altered(Point.FRAME_OUT, alter)


@defect("impatient-between-frames", "An answer whose frames come slowly is given up")
def impatient_between_frames(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(answer_timeout_ms=60.0, consecutive_timeout_ms=20.0)


@defect("unanswered-becomes-zero", "A PID that gets no answer becomes 0")
def unanswered_becomes_zero(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.VALUE, lambda value, poll: 0.0 if value is None and not poll.data else value)


@defect("refused-becomes-its-code", "A negative answer becomes a value, its code")
def refused_becomes_its_code(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, poll: Any) -> float | None:
        negative = [data for _, data in poll.frames if data[1:2] == b"\x7f" and data[3:4] != b"\x78"]
        return float(negative[0][3]) if value is None and negative else value

    return behaviour.altered(Point.VALUE, alter)


@defect("unanswered-pid-stops-the-others", "After a PID got no answer nothing is polled any more")
def unanswered_pid_stops_the_others(behaviour: Behaviour) -> Behaviour:
    boots: set[int] = set()

    def note(frames: Frames, poll: Any) -> Frames:
        if not frames and poll.device.ecu_online:
            boots.add(poll.device.boot_number)
        return frames

    def alter(period: float, poll: Any) -> float:
        return NEVER if poll.device.boot_number in boots else period

    return behaviour.altered(Point.POLL_FRAMES, note).altered(Point.PERIOD, alter)


@defect("pending-taken-for-answer", "A negative answer 'response pending' is read as the answer")
def pending_taken_for_answer(behaviour: Behaviour) -> Behaviour:
    def alter(frames: Frames, poll: Any) -> Frames:
        request = poll.request
        echo = bytes([request[0] + 0x40]) + request[1:]
        return [
            (can_id, bytes([3 + len(echo)]) + echo + data[1:4]) if data[1:2] == b"\x7f" and data[3:4] == b"\x78" else (can_id, data)
            for can_id, data in frames
        ]

    return behaviour.altered(Point.POLL_FRAMES, alter).but(pending_skipped=False)


@defect("pending-ends-the-request", "After 'response pending' the real answer is not waited for")
def pending_ends_the_request(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(pending_timeout_ms=5.0)


@defect("no-posts-while-ecu-is-silent", "While no ECU answers nothing is sent")
def no_posts_while_ecu_is_silent(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.ATTEMPT, lambda _, turn: turn.device.ecu_online)


@defect("silent-ecu-is-given-up", "Once the ECUs have been silent they are never asked again")
def silent_ecu_is_given_up(behaviour: Behaviour) -> Behaviour:
    online: dict[int, bool] = {}

    def alter(period: float, poll: Any) -> float:
        boot, now = poll.device.boot_number, bool(poll.device.ecu_online)
        gone = online.get(boot, False) and not now
        online[boot] = online.get(boot, False) or now
        return NEVER if gone else period

    return behaviour.altered(Point.PERIOD, alter)


@defect("limits-ignored", "A parameter's minimum and maximum do not count")
def limits_ignored(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.PARAMETERS, _parameters(lambda one: replace(one, minimum=None, maximum=None)))


@defect("maximum-ignored", "A parameter's maximum does not count")
def maximum_ignored(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.PARAMETERS, _parameters(lambda one: replace(one, maximum=None)))


@defect("values-clamped-to-limits", "A value outside a parameter's limits becomes the limit")
def values_clamped_to_limits(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, poll: Any) -> float | None:
        low, high = poll.parameter.minimum, poll.parameter.maximum
        if value is None:
            return None
        value = value if low is None else max(value, low)
        return value if high is None else min(value, high)

    return behaviour.altered(Point.VALUE, alter)


@defect("polls-at-half-rate", "Every PID is polled at twice its period")
def polls_at_half_rate(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.PERIOD, lambda period, _: 2 * period)


@defect("polls-a-quarter-slow", "Every PID is polled a quarter too seldom")
def polls_a_quarter_slow(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.PERIOD, lambda period, _: 1.25 * period)


@defect("polls-all-at-the-fastest-rate", "Every PID is polled ten times a second, whatever its period")
def polls_all_at_the_fastest_rate(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.PERIOD, constant(0.1))


@defect("echo-not-checked", "An answer to another PID is taken")
def echo_not_checked(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(echo_checked=False)


@defect("late-answer-goes-to-next-pid", "An answer that comes too late is taken for that of the next PID")
def late_answer_goes_to_next_pid(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(late_dropped=False, echo_checked=False, answer_timeout_ms=120.0)


@defect("foreign-ecu-believed", "The answer of an ECU that was not asked is taken")
def foreign_ecu_believed(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(asked_ecu_only=False, one_ecu=False)


@defect("short-answer-filled-up", "What an answer is too short for is read from earlier answers")
def short_answer_filled_up(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(stale_bytes=True)


@defect("sequence-not-checked", "Frames of an answer are put together whatever their numbers")
def sequence_not_checked(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(sequence_checked=False)


@defect("ecus-alternate", "Where several ECUs answer, by turns one and the other is believed")
def ecus_alternate(behaviour: Behaviour) -> Behaviour:
    turns: dict[str, int] = {}

    def alter(frames: Frames, poll: Any) -> Frames:
        ids = sorted({can_id for can_id, _ in frames})
        turns[poll.parameter.name] = turns.get(poll.parameter.name, 0) + 1
        chosen = ids[turns[poll.parameter.name] % len(ids)] if ids else None
        return [(ids[0], data) for can_id, data in frames if can_id == chosen]

    return behaviour.altered(Point.POLL_FRAMES, alter).but(answer_ends_request=False, one_ecu=True)


@defect("ecus-averaged", "Where several ECUs answer, the mean of their values is sent")
def ecus_averaged(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, poll: Any) -> float | None:
        ids = {can_id for can_id, _ in poll.frames}
        return value * 0.75 if value is not None and len(ids) > 1 else value

    return behaviour.altered(Point.VALUE, alter).but(answer_ends_request=False)


@defect("asks-for-the-vin", "With every request the vehicle's identification number is asked for, too")
def asks_for_the_vin(behaviour: Behaviour) -> Behaviour:
    def alter(frames: Frames, state: object) -> Frames:
        return frames if _is_flow_control(frames, state) else [*frames, (frames[0][0], b"\x02\x09\x02")]

    return behaviour.altered(Point.FRAME_OUT, alter)


@defect("tester-present-sent", "Now and then 'tester present' is sent on the bus")
def tester_present_sent(behaviour: Behaviour) -> Behaviour:
    count = [0]

    def alter(frames: Frames, _: object) -> Frames:
        count[0] += 1
        return [*frames, (0x7DF, b"\x02\x3e\x80")] if count[0] % 10 == 0 else frames

    return behaviour.altered(Point.FRAME_OUT, alter)


@defect("disabled-pids-polled", "PIDs that are switched off are asked for, though not sent")
def disabled_pids_polled(behaviour: Behaviour) -> Behaviour:
    def everything(_: object, device: Any) -> tuple[ActiveParameter, ...]:
        return tuple(device.active.parameters)

    def hide(values: dict[str, object], turn: Any) -> dict[str, object]:
        off = {one.name for one in turn.device.active.parameters if not one.polled}
        return {name: value for name, value in values.items() if name not in off}

    return behaviour.altered(Point.PARAMETERS, everything).altered(Point.SNAPSHOT, hide)


@defect("29-bit-answers-shifted", "Values from 29-bit ECUs are read some bytes off")
def answers_of_29_bit_shifted(behaviour: Behaviour) -> Behaviour:
    def shift(frames: Frames, _: object) -> Frames:
        return [(can_id, data[:3] + data[4:] + b"\0" if can_id > 0x7FF else data) for can_id, data in frames]

    return behaviour.altered(Point.POLL_FRAMES, shift)


@defect("29-bit-without-flow-control", "Answers of several frames from 29-bit ECUs get no flow control")
def without_29_bit_flow_control(behaviour: Behaviour) -> Behaviour:
    def alter(frames: Frames, state: Any) -> Frames:
        return [] if state.wide and _is_flow_control(frames, state) else frames

    return behaviour.altered(Point.FRAME_OUT, alter)


@defect("29-bit-asked-with-11", "With a 29-bit protocol requests go out with 11 bits")
def asked_with_11_bits(behaviour: Behaviour) -> Behaviour:
    def alter(frames: Frames, state: Any) -> Frames:
        return [(0x7DF, data) for _, data in frames] if state.wide else frames

    return behaviour.altered(Point.FRAME_OUT, alter)


