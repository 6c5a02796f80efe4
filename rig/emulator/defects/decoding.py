"""Defects of decoding: from the bytes of an answer to a number."""

from collections.abc import Callable
from typing import Any

from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.common import NEVER
from rig.emulator.defects.registry import defect

Change = Callable[[float], float]


def _standard(change: Change, *pids: str) -> Alteration:
    """Values of standard PIDs changed (all of them, where none is named)."""

    def alter(value: float | None, poll: Any) -> float | None:
        meant = poll.parameter.kind == "standard" and (not pids or poll.parameter.name[:2] in pids)
        return change(value) if value is not None and meant else value

    return alter


def _expressions(change: Change, when: Callable[[str], bool]) -> Alteration:
    """Values of expressions of some kind changed."""

    def alter(value: float | None, poll: Any) -> float | None:
        meant = poll.parameter.kind != "standard" and when(poll.parameter.expression)
        return change(value) if value is not None and meant else value

    return alter


@defect("rpm-not-divided", "Engine speed is four times too high")
def rpm_not_divided(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.VALUE, _standard(lambda value: 4 * value, "0C"))


@defect("temperature-without-offset", "Temperatures are 40 degrees too high")
def temperature_without_offset(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.VALUE, _standard(lambda value: value + 40, "05", "0F", "46"))


@defect("temperature-never-below-zero", "Temperatures below zero become 0")
def temperature_never_below_zero(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.VALUE, _standard(lambda value: max(value, 0.0), "05", "0F", "46"))


@defect("percentages-end-at-99", "Percentages end at 99")
def percentages_end_at_99(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.VALUE, _standard(lambda value: min(value, 99.0), "04", "11", "2F"))


@defect("second-byte-ignored", "Of module voltage and engine speed the lower byte is ignored")
def second_byte_ignored(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, poll: Any) -> float | None:
        scale = {"0C": 64.0, "42": 0.256}.get(poll.parameter.name[:2] if poll.parameter.kind == "standard" else "")
        return value if value is None or scale is None else value // scale * scale

    return behaviour.altered(Point.VALUE, alter)


@defect("speed-in-miles", "Vehicle speed is sent in miles per hour")
def speed_in_miles(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.VALUE, _standard(lambda value: value / 1.609344, "0D"))


_COMMON = ("04", "05", "0B", "0C", "0D", "0E", "0F", "11", "2F", "42", "46")


@defect("rarer-pids-decoded-wrongly", "Standard PIDs other than the common ones are one too high")
def rarer_pids_decoded_wrongly(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, poll: Any) -> float | None:
        rare = poll.parameter.kind == "standard" and poll.parameter.name[:2] not in _COMMON
        return value + 1 if value is not None and rare else value

    return behaviour.altered(Point.VALUE, alter)


@defect("standard-table-as-shipped", "Standard PIDs are decoded by a table with ends cut off and signs lost")
def standard_table_as_shipped(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(standard_as_shipped=True)


@defect("signed-bytes-unsigned", "Signed bytes and ranges in expressions are read without sign")
def signed_bytes_unsigned(behaviour: Behaviour) -> Behaviour:
    unsigned = _expressions(lambda value: value + 256 if value < 0 else value, lambda text: "S" in text)
    return behaviour.altered(Point.VALUE, unsigned)


@defect("shifts-off-by-one", "Shifts in expressions go one bit too far")
def shifts_off_by_one(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.VALUE, _expressions(lambda value: value / 2, lambda text: ">>" in text)).altered(
        Point.VALUE, _expressions(lambda value: value * 2, lambda text: "<<" in text)
    )


@defect("bits-counted-from-the-top", "Bits in expressions are counted from the top")
def bits_counted_from_the_top(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.VALUE, _expressions(lambda value: 1 - value, _takes_bits))


def _takes_bits(text: str) -> bool:
    return ":" in text and "[" not in text


@defect("ranges-little-endian", "Ranges in expressions are read with the lowest byte first")
def ranges_little_endian(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, poll: Any) -> float | None:
        text = poll.parameter.expression
        if value is None or "[B" not in text or not value:
            return value
        return float(int.from_bytes(int(abs(value)).to_bytes(8, "big").lstrip(b"\0"), "little"))

    return behaviour.altered(Point.VALUE, alter)


@defect("and-ignored", "The operator & in expressions is ignored")
def and_ignored(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.VALUE, _expressions(lambda value: value + 16, lambda text: "&" in text))


@defect("division-of-whole-numbers", "Division in expressions drops the remainder")
def division_of_whole_numbers(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.VALUE, _expressions(lambda value: float(int(value)), lambda text: "/" in text))


def _failed(poll: Any) -> bool:
    """Whether an answer came, and the expression got nothing from it."""
    return bool(poll.data) and poll.parameter.kind != "standard"


@defect("failed-expression-is-zero", "An expression that cannot be evaluated yields 0")
def failed_expression_is_zero(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.VALUE, lambda value, poll: 0.0 if value is None and _failed(poll) else value)


@defect("expressions-forgiven", "Malformed expressions are evaluated somehow")
def expressions_forgiven(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(expression_strict=False)


@defect("failed-expression-stops-polling", "An expression that cannot be evaluated stops all polling")
def failed_expression_stops_polling(behaviour: Behaviour) -> Behaviour:
    boots: set[int] = set()

    def note(value: float | None, poll: Any) -> float | None:
        if value is None and _failed(poll):
            boots.add(poll.device.boot_number)
        return value

    def alter(period: float, poll: Any) -> float:
        return NEVER if poll.device.boot_number in boots else period

    return behaviour.altered(Point.VALUE, note).altered(Point.PERIOD, alter)


@defect("frame-counters-in-the-data", "Of answers of several frames the third is read shifted by a byte")
def frame_counters_in_the_data(behaviour: Behaviour) -> Behaviour:
    def alter(frames: list[tuple[int, bytes]], _: object) -> list[tuple[int, bytes]]:
        if len(frames) < 2 or frames[0][1][0] >> 4 != 1:
            return frames
        can_id, data = frames[-1]
        return [*frames[:-1], (can_id, data[:1] + data[2:] + b"\0")]

    return behaviour.altered(Point.POLL_FRAMES, alter)


@defect("value-drifts", "Each new value of a parameter is mixed with the one before")
def value_drifts(behaviour: Behaviour) -> Behaviour:
    before: dict[str, float] = {}

    def alter(value: float | None, poll: Any) -> float | None:
        if value is None:
            return None
        name = poll.parameter.name
        before[name] = value if name not in before else round((before[name] + value) / 2, 2)
        return before[name]

    return behaviour.altered(Point.VALUE, alter)
