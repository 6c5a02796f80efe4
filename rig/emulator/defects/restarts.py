"""Defects of restarts: which of them bring the context again, and whether nobody asked."""

from collections.abc import Callable
from typing import Any

from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.common import constant, last, not_the_first, only, status_was
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.turn import Exchange, Turn

MARK = "context_sent"


def _always(_: Turn) -> bool:
    return True


def _order_came_from(*sources: str) -> Callable[[Any], bool]:
    """Whether the boot under way was ordered by one of these."""
    return lambda turn: turn.device.tracker.latest.request.source in sources


@defect("store-resends-context", "Storing the configuration without a reboot makes every destination send its context again")
def store_resends_context(behaviour: Behaviour) -> Behaviour:
    return _resending_after_store(behaviour, _always)


@defect("store-resends-context-at-last", "Storing the configuration without a reboot makes the last destination send its context again")
def store_resends_context_at_last(behaviour: Behaviour) -> Behaviour:
    return _resending_after_store(behaviour, last)


def _resending_after_store(behaviour: Behaviour, when: Callable[[Turn], bool]) -> Behaviour:
    stores = [0]

    def count(data: bytes, _: object) -> bytes:
        stores[0] += 1
        return data

    def again(due: bool, turn: Turn) -> bool:
        told = turn.lane.memory.setdefault("stores", stores[0])
        turn.lane.memory["stores"] = stores[0]
        return due or (told != stores[0] and when(turn))

    return behaviour.altered(Point.STORE, count).altered(Point.CONTEXT, again)


@defect("live-re-enable-resends-context", "Changes apply at once, and a destination that is enabled again sends its context again")
def live_re_enable_resends_context(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(live_apply=True, reload_forgets=True)


@defect("web-reboot-without-context", "A reboot by the web page sends no context again")
def web_reboot_without_context(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONTEXT, only(lambda turn: _order_came_from("web_ui")(turn) and _ran_before(turn), constant(False)))


@defect("web-reboot-context-at-first-only", "After a reboot by the web page only the first destination sends its context again")
def web_reboot_context_at_first_only(behaviour: Behaviour) -> Behaviour:
    def wrong(turn: Turn) -> bool:
        return _order_came_from("web_ui")(turn) and not_the_first(turn) and _ran_before(turn)

    return behaviour.altered(Point.CONTEXT, only(wrong, constant(False)))


@defect("console-reboot-without-context", "A reboot by the console sends no context again")
def console_reboot_without_context(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONTEXT, only(_order_came_from("cmdline", "console"), constant(False)))


@defect("console-reboot-without-status", "After a reboot by the console the context lacks status")
def console_reboot_without_status(behaviour: Behaviour) -> Behaviour:
    def lost(body: dict[str, object], _: Turn) -> dict[str, object]:
        return {key: value for key, value in body.items() if key != "status"}

    return behaviour.altered(Point.BODY, only(_order_came_from("cmdline", "console"), lost))


def _ran_before(turn: Any) -> bool:
    """Whether the boot before served the same URL, which is what a flag that outlives a reboot would depend on."""
    seen = _seen_urls.setdefault(turn.destination.url, set())
    seen.add(turn.device.boot_number)
    return turn.device.boot_number - 1 in seen


_seen_urls: dict[str, set[int]] = {}


@defect("power-cut-without-context", "After a power cut no context is sent again")
def power_cut_without_context(behaviour: Behaviour) -> Behaviour:
    return _remembering_over_power_cuts(behaviour, _always)


@defect("power-cut-context-at-first-only", "After a power cut only the first destination sends its context again")
def power_cut_context_at_first_only(behaviour: Behaviour) -> Behaviour:
    return _remembering_over_power_cuts(behaviour, not_the_first)


def _remembering_over_power_cuts(behaviour: Behaviour, when: Callable[[Turn], bool]) -> Behaviour:
    """The emulator's process is the power: what another process has sent counts as sent."""
    earlier: list[bytes | None] = []

    def note(outcome: bool, occasion: tuple[Any, Exchange]) -> bool:
        if outcome:
            occasion[0].device.storage.write(MARK, b"sent")
        return outcome

    def sent(due: bool, turn: Any) -> bool:
        if not earlier:
            earlier.append(turn.device.storage.read(MARK))
        return due and not (when(turn) and earlier[0] is not None and turn.device.boot_number == 1)

    return behaviour.altered(Point.SUCCESS, note).altered(Point.CONTEXT, sent)


@defect("power-cut-loses-destinations", "After a power cut no destination is served until the next reboot")
def power_cut_loses_destinations(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DESTINATIONS, lambda served, device: served if device.boot_number > 1 else ())


@defect("restarts-after-a-while", "The device restarts by itself after its twelfth attempt")
def restarts_after_a_while(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, _restarting(lambda turn: sum(lane.attempts for lane in turn.lanes) == 12))


@defect("restarts-over-third-tls-failure", "The third attempt in a row that fails to connect makes the device restart")
def restarts_over_third_tls_failure(behaviour: Behaviour) -> Behaviour:
    def third(turn: Turn) -> bool:
        return turn.lane.failures_in_a_row == 3 and turn.exchange is not None and turn.exchange.error == "ESP_ERR_HTTP_CONNECT"

    return behaviour.altered(Point.DUE, _restarting(third))


@defect("restarts-over-error-500", "An answer with status 500 makes the device restart")
def restarts_over_error_500(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.DUE, _restarting(status_was(500)))


def _restarting(when: Callable[[Turn], bool]) -> Alteration:
    def alter(due: float, turn: Any) -> float:
        if when(turn):
            turn.device.reset("panic")
        return due

    return alter
