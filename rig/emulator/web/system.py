"""Status, reboot, clock and the restart tracker (web API facts, 1.2, 1.5 and 1.8)."""

import calendar

from rig.emulator.configuration.jsontext import Fields, parse
from rig.emulator.tracker import CAPACITY
from rig.emulator.web.call import Answer, Call, refused, said, told

_CLOCK_FIELDS = ("year", "month", "day", "hour", "min", "sec")


async def status(call: Call) -> Answer:
    """The status block, whole."""
    return told(call.device.status_block(posted=False))


async def reboot(call: Call) -> Answer:
    """Answers, then reboots."""
    call.device.order_restart("user_request", "web_ui")
    return said("Configuration saved! Rebooting...")


async def command(call: Call) -> Answer:
    """``reboot`` and ``set_rtc_time``; an unknown command is answered like a known one."""
    try:
        parsed = parse(call.body, lenient=True)
    except ValueError:
        return Answer(reset=True)
    if isinstance(parsed, dict):
        if parsed.get("command") == "reboot":
            call.device.order_restart("user_request", "web_ui")
        elif parsed.get("command") == "set_rtc_time":
            _set_clock(call, parsed)
    return said("Command executed")


async def restarts(call: Call) -> Answer:
    """The restart tracker, or one part of it."""
    tracker = call.device.tracker
    head: dict[str, object] = {"available": True, "boot_count": tracker.boots, "unexpected_reset_count": tracker.unexpected}
    records = [record.json() for record in reversed(tracker.records)]
    pending: dict[str, object] = {"pending": tracker.pending is not None}
    if tracker.pending is not None:
        pending |= {"planned_reason": tracker.pending.planned, "source": tracker.pending.source, "flags_text": tracker.pending.flags}
    part = call.path.removeprefix("/restart_tracker").strip("/")
    if call.query or part not in {"", "status", "history", "pending"}:
        return refused("route", 404)
    if part == "history":
        return told(
            {
                "available": True,
                "history_capacity": CAPACITY,
                "boot_count": tracker.boots,
                "unexpected_reset_count": tracker.unexpected,
                "history_count": len(records),
                "records": records,
            }
        )
    if part == "pending":
        return told({"available": True, **pending})
    return told({**head, "history_count": len(records), "latest": records[0] if records else None, **pending})


def _set_clock(call: Call, order: Fields) -> None:
    """Numbers are BCD-coded but written as decimal JSON numbers, UTC (1.5)."""
    values = [order.get(name) for name in _CLOCK_FIELDS]
    if not isinstance(order.get("weekday"), int) or not all(isinstance(value, int) for value in values):
        return
    year, month, day, hour, minute, second = (_from_bcd(value) for value in values if isinstance(value, int))
    call.device.clock.set(calendar.timegm((2000 + year, month, day, hour, minute, second, 0, 0, 0)))


def _from_bcd(value: int) -> int:
    return (value >> 4) * 10 + (value & 15)
