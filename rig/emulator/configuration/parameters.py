"""From the stored PIDs and the car profile to the parameters that are polled (web API facts, 2.4 and 2.5)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rig.emulator.active import ActiveParameter
from rig.emulator.behaviour import Behaviour
from rig.emulator.configuration.jsontext import Fields, Json, fields, items, number, text

StandardList = Mapping[str, tuple[str, str]]
"""Class and unit of each standard parameter, by its name ``HH-Name``."""

_FILTER_PERIOD_MS = 5000.0
_STANDARD_PERIOD_MS = 10_000.0


def polled(document: Fields, car: Fields, standard: StandardList, behaviour: Behaviour) -> tuple[ActiveParameter, ...]:
    """All parameters in the order of the device: custom, standard, car profile, broadcast frames."""
    found = [*_custom(document), *_standard(document, standard), *_profile(document, car)]
    if behaviour.can_filters:
        found += _filters(document.get("can_filters"), switched_on=True)
        found += _filters(car.get("can_filters"), switched_on=document.get("car_specific") == "enable")
    return tuple(_as_told(parameter, behaviour) for parameter in found)


def _as_told(parameter: ActiveParameter, behaviour: Behaviour) -> ActiveParameter:
    """`polled` says by now whether the entry is switched on and `in_config` whether its type is."""
    on = parameter.in_config and (parameter.polled or not behaviour.pid_switches_obeyed)
    return replace(parameter, polled=on, in_config=parameter.in_config and (on or behaviour.config_lists_disabled))


def _custom(document: Fields) -> Iterator[ActiveParameter]:
    for entry in map(fields, items(document.get("pids"))):
        yield ActiveParameter(
            name=text(entry.get("name"), "none"),
            kind="custom",
            request=text(entry.get("pid")),
            expression=text(entry.get("expression"), "none"),
            unit=text(entry.get("unit")) or "none",
            class_=text(entry.get("class")) or "none",
            period_ms=_period(entry, 0.0),
            minimum=number(entry.get("minvalue")),
            maximum=number(entry.get("maxvalue")),
            binary=entry.get("sensor_type") == "binary",
            init=text(entry.get("init")),
            polled=entry.get("enabled") is not False,
        )


def _standard(document: Fields, standard: StandardList) -> Iterator[ActiveParameter]:
    for entry in map(fields, items(document.get("std_pids"))):
        name = text(entry.get("name"))
        class_, unit = standard.get(name, ("none", "none"))
        yield ActiveParameter(
            name=name,
            kind="standard",
            request=f"01{name.partition('-')[0]}",
            unit=unit,
            class_=class_,
            period_ms=_period(entry, _STANDARD_PERIOD_MS) or _STANDARD_PERIOD_MS,
            binary=entry.get("sensor_type") == "binary",
            polled=entry.get("enabled") is not False and name in standard,
            in_config=document.get("standard_pids") == "enable",
            receive_header=text(entry.get("receiveheader")),
        )


def _profile(document: Fields, car: Fields) -> Iterator[ActiveParameter]:
    cycle = number(document.get("cycle")) or _STANDARD_PERIOD_MS
    for pid in map(fields, items(car.get("pids"))):
        for entry in map(fields, items(pid.get("parameters"))):
            yield replace(
                _small(entry, "profile", _period(entry, cycle) or cycle),
                request=text(pid.get("pid")),
                init=text(pid.get("pid_init")),
                polled=pid.get("enabled") is not False and entry.get("enabled") is not False,
                in_config=document.get("car_specific") == "enable",
            )


def _filters(listed: Json, *, switched_on: bool) -> Iterator[ActiveParameter]:
    for frame in map(fields, items(listed)):
        frame_id = _frame_id(frame.get("frame_id"))
        for entry in map(fields, items(frame.get("parameters"))):
            parameter = _small(entry, "filter", _period(entry, _FILTER_PERIOD_MS) or _FILTER_PERIOD_MS)
            yield replace(
                parameter, frame_id=frame_id or 0, polled=parameter.polled and frame_id is not None, in_config=switched_on
            )


def _small(entry: Fields, kind: str, period_ms: float) -> ActiveParameter:
    """What profile and filter parameters have in common."""
    return ActiveParameter(
        name=text(entry.get("name"), "none"),
        kind=kind,
        request="",
        expression=text(entry.get("expression"), "none"),
        unit=text(entry.get("unit")) or "none",
        class_=text(entry.get("class")) or "none",
        period_ms=period_ms,
        minimum=number(entry.get("min")),
        maximum=number(entry.get("max")),
        binary=entry.get("sensor_type") == "binary",
        polled=entry.get("enabled") is not False,
    )


def _period(entry: Fields, default: float) -> float:
    period = number(entry.get("period"))
    return default if period is None else max(0.0, period)


def _frame_id(value: Json) -> int | None:
    """A number as it is, a text in hex with or without ``0x``; None where it is no CAN id."""
    try:
        parsed = int(value, 16) if isinstance(value, str) else int(number(value) or -1)
    except (ValueError, OverflowError):
        return None
    return parsed if 0 <= parsed < 1 << 29 else None
