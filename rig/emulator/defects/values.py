"""Defects of telemetry: which parameters, under which names, with which values, how fresh."""

import struct
from collections import deque
from typing import Any

from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.defects.common import every, last, later, only, telemetry
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.turn import Turn

Values = dict[str, Any]


def _dropped(values: Values, count: int = 1) -> Values:
    return dict(list(values.items())[:-count])


def _each(values: Values, change: Any) -> Values:
    return {name: change(value) if isinstance(value, int | float) else value for name, value in values.items()}


@defect("last-parameter-missing", "The last parameter is never sent")
def last_parameter_missing(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.SNAPSHOT, lambda values, _: _dropped(values))


@defect("parameter-missing-sometimes", "Every third POST lacks a parameter")
def parameter_missing_sometimes(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.SNAPSHOT, only(every(3), lambda values, _: _dropped(values)))


@defect("only-changed-values", "After the first success only values that changed are sent")
def only_changed_values(behaviour: Behaviour) -> Behaviour:
    def alter(values: Values, turn: Turn) -> Values:
        before = turn.lane.memory.get("sent", {})
        turn.lane.memory["sent"] = dict(values)
        return {name: value for name, value in values.items() if not isinstance(before, dict) or before.get(name) != value}

    return behaviour.altered(Point.SNAPSHOT, only(later, alter))


@defect("invented-position", "Telemetry holds a position that nobody configured")
def invented_position(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, telemetry(lambda values: {**values, "gps_lat": 48.2, "gps_lon": 16.37}))


@defect("invented-key-later", "From the fourth POST on telemetry holds a key that nobody configured")
def invented_key_later(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, only(lambda turn: turn.number >= 4, telemetry(lambda values: {**values, "heap_free": 81_234})))


@defect("disabled-parameters-sent", "Parameters that are switched off are polled and sent")
def disabled_parameters_sent(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(pid_switches_obeyed=False)


@defect("names-lower-cased", "Telemetry has parameter names in lower case, config as configured")
def names_lower_cased(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, telemetry(lambda values: {name.lower(): value for name, value in values.items()}))


@defect("names-change-between-posts", "Every other POST has underscores in place of the dashes in names")
def names_change_between_posts(behaviour: Behaviour) -> Behaviour:
    renamed = telemetry(lambda values: {name.replace("-", "_"): value for name, value in values.items()})
    return behaviour.altered(Point.BODY, only(every(2), renamed))


@defect("names-change-between-boots", "From the second boot on custom names carry the number of the boot")
def names_change_between_boots(behaviour: Behaviour) -> Behaviour:
    def alter(values: Values, turn: Any) -> Values:
        boot = turn.device.boot_number
        return {name if "-" in name or boot == 1 else f"{name}_{boot}": value for name, value in values.items()}

    return behaviour.altered(Point.SNAPSHOT, alter)


@defect("names-cut-to-eight", "Names are cut to eight characters in telemetry, so that some fall together")
def names_cut_to_eight(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, telemetry(lambda values: {name[:8]: value for name, value in values.items()}))


@defect("numbers-as-strings", "Values are sent as strings")
def numbers_as_strings(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, telemetry(lambda values: _each(values, str)))


@defect("fractions-as-strings-at-last-destination", "At the last destination values with decimals are strings")
def fractions_as_strings_at_last_destination(behaviour: Behaviour) -> Behaviour:
    fractions = telemetry(lambda values: _each(values, lambda value: str(value) if isinstance(value, float) else value))
    return behaviour.altered(Point.BODY, only(lambda turn: last(turn) or len(turn.lanes) == 1, fractions))


@defect("nan-now-and-then", "Every fourth POST has a value that is not a number")
def nan_now_and_then(behaviour: Behaviour) -> Behaviour:
    spoilt = telemetry(lambda values: {**values, **dict.fromkeys(list(values)[-1:], float("nan"))})
    return behaviour.altered(Point.BODY, only(every(4), spoilt))


@defect("null-for-zero", "A value of 0 is sent as null")
def null_for_zero(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, telemetry(lambda values: _each(values, lambda value: value or None)))


@defect("float-noise", "Values show the noise of 32-bit floating point (62.349998474121094 for 62.35)")
def float_noise(behaviour: Behaviour) -> Behaviour:
    def noisy(value: float) -> float:
        return float(struct.unpack("f", struct.pack("f", value))[0]) if isinstance(value, float) else value

    return behaviour.altered(Point.BODY, telemetry(lambda values: _each(values, noisy)))


@defect("third-decimal", "Values have a third decimal")
def third_decimal(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, telemetry(lambda values: _each(values, lambda value: round(value + 0.001, 3))))


@defect("values-rounded-to-int", "Values are rounded to whole numbers")
def values_rounded_to_int(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.SNAPSHOT, lambda values, _: _each(values, lambda value: float(round(value))))


@defect("values-a-little-off", "Values are 0.05 too high")
def values_a_little_off(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.SNAPSHOT, lambda values, _: _each(values, lambda value: round(value + 0.05, 2)))


@defect("value-off-once", "In the third POST the last value is off by one")
def value_off_once(behaviour: Behaviour) -> Behaviour:
    def alter(values: Values, _: Turn) -> Values:
        return {**values, **{name: values[name] + 1.0 for name in list(values)[-1:] if isinstance(values[name], float)}}

    return behaviour.altered(Point.SNAPSHOT, only(lambda turn: turn.number == 3, alter))


@defect("values-swapped", "The values of the last two parameters are swapped")
def values_swapped(behaviour: Behaviour) -> Behaviour:
    def alter(values: Values, _: Turn) -> Values:
        names = list(values)
        return {**values, names[-1]: values[names[-2]], names[-2]: values[names[-1]]} if len(names) > 1 else values

    return behaviour.altered(Point.SNAPSHOT, alter)


@defect("frozen-telemetry", "The values of the first success are repeated for ever")
def frozen_telemetry(behaviour: Behaviour) -> Behaviour:
    def alter(values: Values, turn: Turn) -> Values:
        kept = turn.lane.memory.setdefault("frozen", values) if later(turn) else values
        return dict(kept) if isinstance(kept, dict) else values

    return behaviour.altered(Point.SNAPSHOT, alter)


@defect("telemetry-six-posts-old", "Each POST carries the values of six POSTs before")
def telemetry_six_posts_old(behaviour: Behaviour) -> Behaviour:
    def alter(values: Values, turn: Turn) -> Values:
        queue = turn.lane.memory.setdefault("queue", deque(maxlen=7))
        if not isinstance(queue, deque):
            return values
        queue.append(dict(values))
        return dict(queue[0])

    return behaviour.altered(Point.SNAPSHOT, alter)


@defect("one-parameter-frozen", "The last parameter keeps the first value it ever had")
def one_parameter_frozen(behaviour: Behaviour) -> Behaviour:
    def alter(values: Values, turn: Turn) -> Values:
        names = list(values)[-1:]
        return {**values, **{name: turn.lane.memory.setdefault(name, values[name]) for name in names}}

    return behaviour.altered(Point.SNAPSHOT, alter)


@defect("telemetry-old-at-last-destination", "The last destination gets the values of five POSTs before")
def telemetry_old_at_last_destination(behaviour: Behaviour) -> Behaviour:
    def alter(values: Values, turn: Turn) -> Values:
        queue = turn.lane.memory.setdefault("queue", deque(maxlen=6))
        if not isinstance(queue, deque):
            return values
        queue.append(dict(values))
        return dict(queue[0])

    return behaviour.altered(Point.SNAPSHOT, only(last, alter))


@defect("value-goes-back", "Every fifth POST shows the values of three POSTs before once more")
def value_goes_back(behaviour: Behaviour) -> Behaviour:
    def alter(values: Values, turn: Turn) -> Values:
        queue = turn.lane.memory.setdefault("queue", deque(maxlen=4))
        if not isinstance(queue, deque):
            return values
        queue.append(dict(values))
        return dict(queue[0]) if turn.number % 5 == 0 else values

    return behaviour.altered(Point.SNAPSHOT, alter)


@defect("third-decimal-of-small-values", "Values below 1 have three decimals")
def third_decimal_of_small_values(behaviour: Behaviour) -> Behaviour:
    def spelt(value: float) -> float:
        return round(value + 0.001, 3) if 0 < abs(value) < 1 else value

    return behaviour.altered(Point.BODY, telemetry(lambda values: _each(values, spelt)))


@defect("large-values-lose-digits", "Values above a million have six digits that count")
def large_values_lose_digits(behaviour: Behaviour) -> Behaviour:
    def cut(value: float) -> float:
        return float(f"{value:.6g}") if abs(value) > 1e6 else value

    return behaviour.altered(Point.SNAPSHOT, lambda values, _: _each(values, cut))
