"""What a backend gets to see of a device, as facts that two runs can be compared by.

A fact is a name and the values that were seen: the keys of the body with their types, class and unit of each parameter, header
names and the values that do not change from run to run, and what was offered and agreed in TLS. Ports, lengths, times, tokens
and measured values are left out, so that two runs of one firmware have the same facts.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from rig.report.recorded import Exchange, Handshake, Scenario
from rig.report.tlsnames import GROUPS, SIGNATURES, SUITES, VERSIONS, named

_DEEPEST = 8
_MOST_FACTS = 5000
_TOLD_VALUES = frozenset({"user-agent", "content-type", "connection", "accept", "accept-encoding", "transfer-encoding", "expect"})
_TYPES = {dict: "object", list: "array", str: "text", bool: "true or false", int: "number", float: "number", type(None): "null"}


class Fact(NamedTuple):
    """What a value is of: ``Fact("header", "User-Agent")``."""

    group: str
    name: str


Facts: TypeAlias = Mapping[Fact, frozenset[str]]


def wire_facts(scenarios: Iterable[Scenario]) -> Facts:
    """The facts of all exchanges and handshakes in these scenarios."""
    found: defaultdict[Fact, set[str]] = defaultdict(set)
    for scenario in scenarios:
        for fact, value in _seen(scenario):
            if fact in found or len(found) < _MOST_FACTS:
                found[fact].add(value)
    return {fact: frozenset(values) for fact, values in found.items()}


def _seen(scenario: Scenario) -> Iterator[tuple[Fact, str]]:
    for exchange in scenario.exchanges:
        for name, value in _request(exchange):
            yield Fact("request", name), value
        for name, value in _headers(exchange.headers):
            yield Fact("header", name), value
        for name, value in _body(exchange.body):
            yield Fact("body", name), value
    for handshake in scenario.handshakes:
        for name, value in _tls(handshake):
            yield Fact("TLS", name), value


def _request(exchange: Exchange) -> Iterator[tuple[str, str]]:
    yield "method and version", f"{exchange.method} {exchange.version}"
    yield "encrypted", "yes" if exchange.encrypted else "no"


def _headers(headers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name.lower() in _TOLD_VALUES:
            yield name, value
        elif name.lower() == "authorization":
            yield name, f"{value.partition(' ')[0]} …"
        else:
            yield name, "sent"
    yield "(order)", ", ".join(name for name, _ in headers)


def _body(body: str) -> Iterator[tuple[str, str]]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        yield "(whole)", "no JSON"
        return
    yield from _types(parsed, "", 0)
    config = parsed.get("config") if isinstance(parsed, dict) else None
    for name, entry in config.items() if isinstance(config, dict) else ():
        for key, value in entry.items() if isinstance(entry, dict) else ():
            if isinstance(value, str):
                yield f"config.{name}.{key}", json.dumps(value, ensure_ascii=False)


def _types(value: object, path: str, depth: int) -> Iterator[tuple[str, str]]:
    yield path or "(whole)", _TYPES.get(type(value), "number")
    if depth < _DEEPEST and isinstance(value, dict):
        for key, item in value.items():
            yield from _types(item, f"{path}.{key}" if path else key, depth + 1)
    elif depth < _DEEPEST and isinstance(value, list):
        for item in value[:100]:
            yield from _types(item, f"{path}[]", depth + 1)


def _tls(handshake: Handshake) -> Iterator[tuple[str, str]]:
    if handshake.tls_version:
        yield "version agreed", handshake.tls_version
    if handshake.cipher:
        yield "cipher suite agreed", handshake.cipher
    if handshake.alert:
        yield "alerts sent", handshake.alert
    hello = handshake.hello
    if hello:
        yield "server name sent", "yes" if hello.get("server_name") else "no"
        yield "application protocols offered", _listed(hello.get("alpn"), {})
        for name, key, registry in _OFFERED:
            yield name, _listed(hello.get(key), registry)


_OFFERED = (
    ("versions offered", "versions", VERSIONS),
    ("cipher suites offered", "cipher_suites", SUITES),
    ("groups offered", "groups", GROUPS),
    ("signature algorithms offered", "signature_algorithms", SIGNATURES),
)


def _listed(values: object, registry: dict[int, str]) -> str:
    """What was offered, in its order; numbers by their names."""
    words = [named(value, registry) if isinstance(value, int) else str(value) for value in values] if isinstance(values, list) else []
    return ", ".join(words) or "none"
