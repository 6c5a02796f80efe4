"""Which of a scenario's exchanges a case shows, and what it says about each."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rig.report.bodies import Difference, differences, laid_out, parsed, top_level
from rig.report.boots import restarts
from rig.report.recorded import Exchange, Handshake, Json, Scenario
from rig.report.words import bounded, size

_FULL_CONTEXT = ("autopid_data", "config", "status")
_LONGEST_HEADER = 600
_MOST_HEADERS = 30
_ENDINGS = {
    "success": "success",
    "failure": "taken for a failure",
    "neither": "neither success nor failure",
    "open": "under way",
}


@dataclass(frozen=True)
class Comparison:
    """How a body differs from what it is held against; `against` says from what."""

    against: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class ExchangeView:
    """One exchange, ready to be shown. `handshake` are facts of its connection, name and value."""

    exchange: Exchange
    headers: tuple[tuple[str, str], ...]
    headers_left_out: int
    body: str
    keys: tuple[str, ...]
    answer: str
    handshake: tuple[tuple[str, str], ...]
    comparisons: tuple[Comparison, ...]

    @property
    def line(self) -> str:
        """The exchange in one line."""
        exchange = self.exchange
        target = bounded(exchange.target, 80)
        carries = f", {' + '.join(bounded(key, 24) for key in self.keys[:5])}" if self.keys else ""
        plain = "" if exchange.encrypted else " in plain text"
        return f"{exchange.method} {target}{plain}, {size(exchange.body_size)}{carries}"


def chosen(exchanges: Sequence[Exchange], words: str, most: int) -> list[Exchange]:
    """The first of each destination and the deciding ones: failures, those of destinations named in `words`, the last.

    At most `most`, in order of time.
    """
    seen: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        seen.setdefault(exchange.destination, []).append(exchange)
    order = sorted(seen, key=lambda name: (not _named(name, words), seen[name][0].started_s))
    wanted: list[Exchange] = [seen[name][0] for name in order]
    wanted += [exchange for exchange in exchanges if exchange.ending not in {None, "success", "open"}][:most]
    wanted += [seen[name][-1] for name in order if _named(name, words)]
    wanted += [exchange for name in order if _named(name, words) for exchange in seen[name][1:3]]
    wanted += [seen[name][-1] for name in order]
    first = list(dict.fromkeys(id(exchange) for exchange in wanted))[:most]
    return [exchange for exchange in exchanges if id(exchange) in first]


def _named(destination: str, words: str) -> bool:
    return bool(destination) and destination in words


def shown(exchange: Exchange, scenario: Scenario, body_limit: int) -> ExchangeView:
    """The exchange with its connection and its differences."""
    handshake = next(
        (item for item in scenario.handshakes if (item.destination, item.number) == (exchange.destination, exchange.connection)), None
    )
    return ExchangeView(
        exchange=exchange,
        headers=tuple((bounded(name, 80), bounded(value, _LONGEST_HEADER)) for name, value in exchange.headers[:_MOST_HEADERS]),
        headers_left_out=max(0, len(exchange.headers) - _MOST_HEADERS),
        body=laid_out(exchange.body, body_limit),
        keys=top_level(exchange.body),
        answer=_answer(exchange),
        handshake=facts(handshake) if handshake else (),
        comparisons=tuple(_comparisons(exchange, scenario)),
    )


def _answer(exchange: Exchange) -> str:
    parts = [f"answered {exchange.status}" if exchange.status else "", _ENDINGS.get(exchange.ending or "", "")]
    return ", ".join(part for part in parts if part)


def facts(handshake: Handshake) -> tuple[tuple[str, str], ...]:
    """What is known of a connection, name and value, only what there is."""
    took = None if handshake.handshaken_s is None else f"{(handshake.handshaken_s - handshake.started_s) * 1000:.0f} ms"
    name = handshake.hello.get("server_name")
    pairs = (
        ("protocol", handshake.tls_version),
        ("cipher suite", handshake.cipher),
        ("server name (SNI)", name if isinstance(name, str) else None),
        ("handshake took", took),
        ("session", "resumed" if handshake.resumed else None),
        ("client certificate", bounded(handshake.client_certificate, 200) if handshake.client_certificate else None),
        ("alert from the device", handshake.alert),
        ("broken off", "by the device, before any request" if handshake.aborted else None),
        ("went wrong", handshake.failure),
        ("the receiver was told to", handshake.act),
        ("came in place of a request", handshake.unreadable),
    )
    return tuple((key, bounded(value, 300)) for key, value in pairs if value)


def _comparisons(exchange: Exchange, scenario: Scenario) -> Iterable[Comparison]:
    seen = parsed(exchange.body)
    if seen is None:
        return
    if (expected := _expected_by_test(exchange, scenario)) is not None:
        yield Comparison("the body that the test expected", tuple(differences(expected, seen)))
    if (keys := _expected_keys(exchange, scenario)) is not None:
        found = {key: "…" for key in seen if key in _FULL_CONTEXT}
        wanted: dict[str, Json] = dict.fromkeys(keys, "…")
        yield Comparison(f"the blocks of section 1.1 here ({', '.join(keys)})", tuple(differences(wanted, dict(found))))
    before = [item for item in scenario.exchanges if item.destination == exchange.destination and item.started_s < exchange.started_s]
    if before and (body := parsed(before[-1].body)) is not None:
        yield Comparison("the POST before it at this destination", tuple(differences(body, seen)[:8]))


def _expected_by_test(exchange: Exchange, scenario: Scenario) -> Json:
    """What a test said the next body at this destination should be: an event ``expected_body`` before it."""
    for event in reversed(scenario.events):
        if event.kind != "expected_body" or event.stamp_s > exchange.completed_s:
            continue
        try:
            said = json.loads(event.text)
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict) and said.get("destination") == exchange.destination:
            body = said.get("body")
            return body if isinstance(body, dict) else None
    return None


def _expected_keys(exchange: Exchange, scenario: Scenario) -> tuple[str, ...] | None:
    """The blocks that section 1.1 asks for in this POST; None where the boot or the answers before it are not known."""
    orders = [event.stamp_s for event in scenario.events if restarts(event.kind, event.text) and event.stamp_s <= exchange.started_s]
    boots = [event.stamp_s for event in scenario.events if event.kind == "boot" and event.stamp_s <= exchange.started_s]
    if not orders or not boots or boots[-1] < orders[-1]:
        return None
    earlier = [
        item
        for item in scenario.exchanges
        if item.destination == exchange.destination and orders[-1] < item.started_s < exchange.started_s
    ]
    if any(item.ending is None or item.ending == "neither" for item in [*earlier, exchange]):
        return None
    return ("autopid_data",) if any(item.ending == "success" for item in earlier) else _FULL_CONTEXT

