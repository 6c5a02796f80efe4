"""One attempt from its body to its place in the books."""

import asyncio

from rig.emulator.behaviour import Point
from rig.emulator.publisher import other
from rig.emulator.publisher.body import compose, stamped
from rig.emulator.publisher.exchange import Conversation
from rig.emulator.publisher.needs import Device, Telemetry
from rig.emulator.publisher.response import Ended
from rig.emulator.publisher.turn import Exchange, Lane, Turn


class Service:
    """Serves destinations of one boot: what every way of scheduling calls when one is due."""

    def __init__(self, device: Device, lanes: tuple[Lane, ...]) -> None:
        self.device = device
        self.lanes = lanes
        self.gate = asyncio.Lock()

    async def serve(self, lane: Lane, telemetry: Telemetry) -> Turn:
        """One attempt of a destination, whatever its type."""
        loop = asyncio.get_running_loop()
        lane.attempts += 1
        turn = Turn(self.device, lane, self.lanes, telemetry, loop.time())
        turn.exchange = await self._exchange(turn)
        turn.ended = loop.time()
        turn.success = bool(self.device.behaviour.pass_through(Point.SUCCESS, is_success(turn), (turn, turn.exchange)))
        self._book(turn)
        self._tell(turn)
        return turn

    async def _exchange(self, turn: Turn) -> Exchange:
        if turn.destination.type not in ("HTTP", "HTTPS", "ABRP_API"):
            return await other.publish(turn)
        self.device.log("I", "HTTPS_CLIENT_MGR", f"Sending request to {_shown(turn)}")
        if turn.destination.type == "ABRP_API":
            turn.content_type = "application/x-www-form-urlencoded"
            return await Conversation(turn, other.abrp_body(turn), self.gate).run()
        body = compose(turn)
        self.device.log("I", "HTTPS_CLIENT_MGR", f"Posting {len(body)} bytes")
        return await Conversation(turn, body, self.gate).run()

    def _book(self, turn: Turn) -> None:
        lane, behaviour = turn.lane, self.device.behaviour
        lane.successes += turn.success
        lane.failures += not turn.success
        lane.failures_in_a_row = 0 if turn.success else lane.failures_in_a_row + 1
        backing_off = behaviour.backoff_after is not None and lane.failures_in_a_row >= behaviour.backoff_after
        lane.stretched_s = stretched_s(turn, behaviour.backoff_floor_s) if backing_off else 0.0

    def _tell(self, turn: Turn) -> None:
        log, exchange = self.device.log, turn.exchange or Exchange()
        place = turn.destination.index
        if exchange.status is None:
            log("E", "HTTPS_CLIENT_MGR", f"HTTP request failed: {exchange.error}")
        else:
            log("I", "HTTPS_CLIENT_MGR", f"Response received: status code {exchange.status}, 0 bytes")
        if turn.success:
            log("I", "AUTO_PID", f"HTTP(S) dest {place} status {exchange.status} success")
        else:
            log("E", "AUTO_PID", f"HTTP(S) dest {place} request failed: {exchange.error or 'ESP_OK'}")


def is_success(turn: Turn) -> bool:
    """Whether an attempt counts as a success: a final status 200 to 299 and a whole answer."""
    behaviour, exchange = turn.device.behaviour, turn.exchange
    if exchange is None or exchange.answer is None or not 200 <= exchange.answer.status <= 299:
        return False
    return {
        Ended.WHOLE: True,
        Ended.CLOSED: behaviour.close_delimited_is_success,
        Ended.CUT: behaviour.cut_answer_is_success,
    }[exchange.answer.ended]


def stretched_s(turn: Turn, floor_s: float) -> float:
    """The pause of a destination that backs off, in seconds; 0 where its cycle is long enough."""
    cycle_s = turn.destination.cycle_ms / 1000
    return max(floor_s, 2 * cycle_s) if cycle_s < floor_s else 0.0


def published(telemetry: Telemetry, *, stamp: bool) -> Telemetry:
    """Telemetry as it is posted, with a timestamp where the release has one."""
    return stamped(telemetry) if stamp else telemetry


def _shown(turn: Turn) -> str:
    url = turn.destination.url
    return url if turn.device.behaviour.url_in_log else url.partition("?")[0]
