"""Defects of polling that show under some circumstances only: one ECU, one PID, one length, one order of answers."""

from dataclasses import replace
from typing import Any

from rig.emulator.active import ActiveParameter
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.defects.common import NEVER
from rig.emulator.defects.registry import defect

Frames = list[tuple[int, bytes]]
_FIRST, _CONSECUTIVE, _FLOW_CONTROL = 1, 2, 3


def _kind(frame: tuple[int, bytes]) -> int:
    return frame[1][0] >> 4 if frame[1] else -1


@defect("one-rare-pid-wrong", "The fuel rate is twice too high")
def one_rare_pid_wrong(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, poll: Any) -> float | None:
        return 2 * value if value is not None and poll.parameter.name.startswith("5E-") else value

    return behaviour.altered(Point.VALUE, alter)


@defect("rare-values-end-early", "Standard PIDs other than the common ones end at 60000")
def rare_values_end_early(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, poll: Any) -> float | None:
        return min(value, 60_000.0) if value is not None and poll.parameter.kind == "standard" else value

    return behaviour.altered(Point.VALUE, alter)


@defect("fastest-ecu-believed", "Where several ECUs answer, the one that was first this time is believed")
def fastest_ecu_believed(behaviour: Behaviour) -> Behaviour:
    def alter(frames: Frames, _: object) -> Frames:
        ids = [can_id for can_id, _ in frames]
        return [(min(ids), data) for can_id, data in frames if can_id == ids[0]]

    return behaviour.altered(Point.POLL_FRAMES, alter).but(answer_ends_request=False)


@defect("pending-becomes-its-code", "The negative answer 'response pending' becomes a value, its code, until the next poll")
def pending_becomes_its_code(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, poll: Any) -> float | None:
        pending = [data for _, data in poll.frames if data[1:2] == b"\x7f" and data[3:4] == b"\x78"]
        return float(pending[0][3]) if pending else value

    return behaviour.altered(Point.VALUE, alter)


@defect("second-pending-not-waited-for", "After a second 'response pending' the real answer is not taken")
def second_pending_not_waited_for(behaviour: Behaviour) -> Behaviour:
    def alter(frames: Frames, _: object) -> Frames:
        pending = [number for number, (_, data) in enumerate(frames) if data[1:2] == b"\x7f" and data[3:4] == b"\x78"]
        return frames[: pending[1]] if len(pending) > 1 else frames

    return behaviour.altered(Point.POLL_FRAMES, alter)


@defect("refusal-read-as-answer", "A negative answer to a request with a count of frames is read as an answer")
def refusal_read_as_answer(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, poll: Any) -> float | None:
        refused = [data for _, data in poll.frames if data[1:2] == b"\x7f" and data[3:4] != b"\x78"]
        counted = len(poll.parameter.request) % 2 == 1
        return float(int.from_bytes(refused[0][3:5], "big")) if refused and counted else value

    return behaviour.altered(Point.VALUE, alter)


@defect("absent-ecu-becomes-zero", "Parameters of a profile whose ECU is not there are 0")
def absent_ecu_becomes_zero(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, poll: Any) -> float | None:
        return 0.0 if value is None and poll.parameter.kind == "profile" and not poll.frames else value

    return behaviour.altered(Point.VALUE, alter)


@defect("zeros-while-ecu-is-silent", "While no ECU answers every value is 0")
def zeros_while_ecu_is_silent(behaviour: Behaviour) -> Behaviour:
    def alter(values: dict[str, Any], turn: Any) -> dict[str, Any]:
        return values if turn.device.ecu_online else dict.fromkeys(values, 0)

    return behaviour.altered(Point.SNAPSHOT, alter)


@defect("one-pid-given-up-after-silence", "Once the ECUs have been silent the last PID is never asked for again")
def one_pid_given_up_after_silence(behaviour: Behaviour) -> Behaviour:
    seen: dict[int, set[bool]] = {}

    def alter(period: float, poll: Any) -> float:
        states = seen.setdefault(poll.device.boot_number, set())
        states.update({True} if poll.device.ecu_online else {False} if True in states else set())
        last = [one.name for one in poll.device.active.parameters if one.polled][-1]
        return NEVER if poll.parameter.name == last and False in states else period

    return behaviour.altered(Point.PERIOD, alter)


@defect("limits-of-profiles-ignored", "Minimum and maximum of a profile's parameters do not count")
def limits_of_profiles_ignored(behaviour: Behaviour) -> Behaviour:
    def alter(polled: tuple[ActiveParameter, ...], _: object) -> tuple[ActiveParameter, ...]:
        return tuple(replace(one, minimum=None, maximum=None) if one.kind == "profile" else one for one in polled)

    return behaviour.altered(Point.PARAMETERS, alter)


@defect("outside-once-is-outside-for-ever", "After a value outside its limits a parameter is not sent any more")
def outside_once_is_outside_for_ever(behaviour: Behaviour) -> Behaviour:
    barred: set[tuple[int, str]] = set()

    def alter(value: float | None, poll: Any) -> float | None:
        own, low, high = (poll.device.boot_number, poll.parameter.name), poll.parameter.minimum, poll.parameter.maximum
        if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
            barred.add(own)
        return None if own in barred else value

    return behaviour.altered(Point.VALUE, alter)


@defect("one-pid-polled-slowly", "The second custom PID is polled at one and a half times its period")
def one_pid_polled_slowly(behaviour: Behaviour) -> Behaviour:
    def alter(period: float, poll: Any) -> float:
        own = [one.name for one in poll.device.active.parameters if one.kind == "custom"]
        return 1.5 * period if poll.parameter.name in own[1:2] else period

    return behaviour.altered(Point.PERIOD, alter)


@defect("last-init-command-dropped", "The last command of a profile PID's init string is not obeyed")
def last_init_command_dropped(behaviour: Behaviour) -> Behaviour:
    def alter(polled: tuple[ActiveParameter, ...], _: object) -> tuple[ActiveParameter, ...]:
        return tuple(replace(one, init=one.init.rstrip(";").rpartition(";")[0]) if one.kind == "profile" else one for one in polled)

    return behaviour.altered(Point.PARAMETERS, alter).but(asked_ecu_only=False)


@defect("frame-numbers-end-at-fifteen", "Of an answer of more than sixteen frames those after the sixteenth are lost")
def frame_numbers_end_at_fifteen(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.POLL_FRAMES, lambda frames, _: frames[:16])


@defect("missing-frames-filled", "Frames that are missing from an answer are filled with zeros")
def missing_frames_filled(behaviour: Behaviour) -> Behaviour:
    def alter(frames: Frames, _: object) -> Frames:
        if not frames or _kind(frames[0]) != _FIRST:
            return frames
        length = int.from_bytes(frames[0][1][:2], "big") & 0xFFF
        there = {data[0] & 0xF: data for _, data in frames if _kind((0, data)) == _CONSECUTIVE}
        needed = range(1, 1 + -(-(length - 6) // 7))
        filled = [(frames[0][0], there.get(number % 16, bytes([0x20 | number % 16]) + bytes(7))) for number in needed]
        return [frames[0], *filled] if len(needed) < 16 else frames

    return behaviour.altered(Point.POLL_FRAMES, alter)


@defect("scans-for-pids", "At the start the car is asked which PIDs it supports, though the protocol is fixed")
def scans_for_pids(behaviour: Behaviour) -> Behaviour:
    done: list[bool] = []

    def alter(frames: Frames, state: Any) -> Frames:
        if done or _kind(frames[0]) == _FLOW_CONTROL:
            return frames
        done.append(True)
        return [(0x18DB33F1 if state.wide else 0x7DF, b"\x02\x01\x00"), *frames]

    return behaviour.altered(Point.FRAME_OUT, alter)


@defect("29-bit-physical-answers-lost", "With 29-bit addresses only the first ECU's answers are heard")
def physical_29_bit_answers_lost(behaviour: Behaviour) -> Behaviour:
    def alter(frames: Frames, _: object) -> Frames:
        return [frame for frame in frames if frame[0] <= 0x7FF or frame[0] & 0xFF == 0x10]

    return behaviour.altered(Point.POLL_FRAMES, alter)
