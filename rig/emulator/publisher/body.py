"""What an attempt says: the JSON body, its blocks, and how its numbers are written."""

import json
import math
import time

from rig.emulator.behaviour import Point
from rig.emulator.publisher.needs import Telemetry
from rig.emulator.publisher.turn import Turn


def compose(turn: Turn) -> bytes:
    """The body of an attempt: telemetry, and config and status as long as the destination had no success in this boot."""
    behaviour = turn.device.behaviour
    snapshot = behaviour.pass_through(Point.SNAPSHOT, dict(turn.telemetry), turn)
    blocks: dict[str, object] = {"autopid_data": telemetry(snapshot, nulls=behaviour.nonfinite_as_null)}
    if behaviour.pass_through(Point.CONTEXT, context_is_due(turn), turn):
        blocks["config"] = turn.device.config_block()
        blocks["status"] = turn.device.status_block(posted=True)
    ordered = {name: blocks[name] for name in behaviour.body_order if name in blocks}
    return bytes(behaviour.pass_through(Point.BODY_BYTES, encode(behaviour.pass_through(Point.BODY, ordered, turn)), turn))


def context_is_due(turn: Turn) -> bool:
    """Whether config and status belong in the body: until the first success of the destination (4.40p: of any)."""
    if turn.device.behaviour.context_shared:
        return not any(lane.successes for lane in turn.lanes)
    return turn.lane.successes == 0


def telemetry(values: Telemetry, *, nulls: bool = False) -> dict[str, object]:
    """Values as they are written; what is not finite is left out, or null with `nulls`."""
    written = {name: number(value) for name, value in values.items()}
    return {name: value for name, value in written.items() if value is not None or nulls}


def number(value: float | str) -> float | str | None:
    """A number in its shortest form: 4147 for 4147.0, 62.35 as it is; None if it is not finite."""
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def encode(blocks: object) -> bytes:
    """UTF-8, no white space."""
    return json.dumps(blocks, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def stamped(values: Telemetry) -> Telemetry:
    """The values with the seconds since 1970 as last member, as 4.50p posts them."""
    return {**values, "timestamp": int(time.time())}
