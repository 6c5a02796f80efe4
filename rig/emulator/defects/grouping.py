"""Defects of Grouping: what is merged, for whom, and whether the setting counts."""

from dataclasses import replace
from typing import Any

from rig.emulator.active import ActiveDestination
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.defects.common import (
    NEVER,
    added,
    constant,
    document,
    every,
    last,
    not_the_first,
    only,
    stop,
    stored_document,
    telemetry,
)
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.turn import Turn


def _is_off(device: Any) -> bool:
    return document(device).get("grouping", "enable") != "enable"


@defect("grouping-ignored", "With Grouping disabled everything is sent as if it were enabled")
def grouping_ignored(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(grouping_obeyed=False)


@defect("grouping-off-posts-once", "With Grouping disabled each destination still gets one POST after the boot")
def grouping_off_posts_once(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(grouping_obeyed=False).altered(Point.DUE, stop(lambda turn: _is_off(turn.device)))


@defect("grouping-off-one-destination", "With Grouping disabled the last destination goes on all the same")
def grouping_off_one_destination(behaviour: Behaviour) -> Behaviour:
    def keep(served: tuple[ActiveDestination, ...], device: object) -> tuple[ActiveDestination, ...]:
        return tuple(replace(one, index=0) for one in served[-1:]) if _is_off(device) else served

    return behaviour.but(grouping_obeyed=False).altered(Point.DESTINATIONS, keep)


@defect("never-posts", "Nothing is ever sent to any destination")
def never_posts(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, constant(()))


@defect("posts-once-after-boot", "One POST right after the boot, then silence")
def posts_once_after_boot(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, constant(NEVER))


@defect("last-destination-dries-up", "The last of several destinations gets three POSTs and no more")
def last_destination_dries_up(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, stop(lambda turn: last(turn) and turn.number >= 3))


def _without_kinds(*kinds: str) -> Any:
    def alter(values: dict[str, object], turn: Turn) -> dict[str, object]:
        dropped = {one.name for one in turn.device.active.parameters if one.kind in kinds}
        return {name: value for name, value in values.items() if name not in dropped}

    return alter


@defect("only-standard-pids-merged", "Only standard PIDs reach the body")
def only_standard_pids_merged(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.SNAPSHOT, _without_kinds("custom", "profile", "filter"))


@defect("profile-pids-not-merged", "Vehicle-specific PIDs are missing from the body")
def profile_pids_not_merged(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.SNAPSHOT, _without_kinds("profile"))


@defect("kinds-in-turn", "Standard PIDs and all others come in alternate POSTs")
def kinds_in_turn(behaviour: Behaviour) -> Behaviour:
    even, odd = _without_kinds("standard"), _without_kinds("custom", "profile", "filter")
    return behaviour.altered(Point.SNAPSHOT, only(every(2), even)).altered(Point.SNAPSHOT, only(lambda turn: turn.number % 2 == 1, odd))


@defect("other-destinations-lack-a-parameter", "Every destination but the first misses the last parameter")
def other_destinations_lack_a_parameter(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.SNAPSHOT, only(not_the_first, lambda values, _: dict(list(values.items())[:-1])))


@defect("other-destinations-get-rounded-values", "Every destination but the first gets whole numbers")
def other_destinations_get_rounded_values(behaviour: Behaviour) -> Behaviour:
    rounded = telemetry(lambda values: {name: round(value) if isinstance(value, float) else value for name, value in values.items()})
    return behaviour.altered(Point.BODY, only(not_the_first, rounded))


@defect("other-destinations-get-a-header", "Every destination but the first gets a header line more")
def other_destinations_get_a_header(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, only(not_the_first, added(("X-Forwarded-Device", "wican"))))


@defect("grouping-stored-as-enabled", "Whatever Grouping is submitted, Enable is stored")
def grouping_stored_as_enabled(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STORE, stored_document(lambda content: content.update(grouping="enable")))


@defect("grouping-forgotten-without-power", "After a power cut Grouping counts as enabled, though it reads back as stored")
def grouping_forgotten_without_power(behaviour: Behaviour) -> Behaviour:
    def alter(served: object, device: Any) -> object:
        return () if _is_off(device) and device.boot_number > 1 else served

    return behaviour.but(grouping_obeyed=False).altered(Point.DESTINATIONS, alter)


@defect("grouping-counts-after-second-boot", "A changed Grouping acts one boot late")
def grouping_counts_after_second_boot(behaviour: Behaviour) -> Behaviour:
    seen: dict[int, bool] = {}

    def alter(served: object, device: Any) -> object:
        seen[device.boot_number] = _is_off(device)
        return () if seen.get(device.boot_number - 1, False) else served

    return behaviour.but(grouping_obeyed=False).altered(Point.DESTINATIONS, alter)


@defect("grouping-off-sends-events", "With Grouping disabled everything is sent once when the car's values are known")
def grouping_off_sends_events(behaviour: Behaviour) -> Behaviour:
    waits = only(lambda turn: _is_off(turn.device), lambda goes, turn: goes and turn.device.now() > 2)
    return behaviour.but(grouping_obeyed=False).altered(Point.ATTEMPT, waits)
