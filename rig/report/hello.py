"""What the device says in its ClientHello, and what became of its handshakes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rig.report.recorded import Handshake, Json, Scenario
from rig.report.tlsnames import GROUPS, SIGNATURES, SUITES, VERSIONS, named
from rig.report.words import bounded

_MOST_KINDS = 8
_MOST_NAMES = 12
_LISTS = (
    ("versions offered", "versions", VERSIONS),
    ("cipher suites", "cipher_suites", SUITES),
    ("groups", "groups", GROUPS),
    ("signature algorithms", "signature_algorithms", SIGNATURES),
)


@dataclass(frozen=True)
class HelloKind:
    """One sort of ClientHello (server name aside): how often it came, and its facts, name and values."""

    times: int
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    server_names: tuple[str, ...]


@dataclass(frozen=True)
class Handshakes:
    """All handshakes of the run: the sorts of ClientHello, what was agreed, and how refusals were said."""

    kinds: tuple[HelloKind, ...]
    agreed: tuple[tuple[str, int], ...]
    alerts: tuple[tuple[str, int], ...]
    resumed: int
    total: int


def handshakes(scenarios: Iterable[Scenario]) -> Handshakes:
    """The handshakes in all scenarios, counted."""
    found = [item for scenario in scenarios for item in scenario.handshakes]
    kinds: dict[str, list[Handshake]] = {}
    for item in found:
        if item.hello:
            kinds.setdefault(_fingerprint(item.hello), []).append(item)
    commonest = sorted(kinds.values(), key=len, reverse=True)[:_MOST_KINDS]
    return Handshakes(
        kinds=tuple(map(_kind, commonest)),
        agreed=_counted(f"{item.tls_version}, {item.cipher}" for item in found if item.tls_version and item.cipher),
        alerts=_counted(item.alert or "no alert, the connection was closed" for item in found if item.alert or item.aborted),
        resumed=sum(1 for item in found if item.resumed),
        total=len(found),
    )


def _fingerprint(hello: Mapping[str, Json]) -> str:
    return json.dumps({key: hello.get(key) for key in ("record_version", "legacy_version", "alpn", *(key for _, key, _ in _LISTS))})


def _kind(items: list[Handshake]) -> HelloKind:
    hello = items[0].hello
    lists = [(words, tuple(named(number, names) for number in _numbers(hello, key))) for words, key, names in _LISTS]
    lists.append(("ALPN", tuple(bounded(name, 40) for name in _texts(hello, "alpn")) or ("none",)))
    offered = sum(1 for item in items if item.hello.get("session_offered") is True)
    lists.append(("resumption", (f"offered in {offered} of {len(items)}",)))
    servers = dict.fromkeys(bounded(str(item.hello.get("server_name") or "none"), 120) for item in items)
    return HelloKind(len(items), tuple(entry for entry in lists if entry[1]), tuple(servers)[:_MOST_NAMES])


def _numbers(hello: Mapping[str, Json], key: str) -> list[int]:
    value = hello.get(key)
    return [number for number in value if isinstance(number, int)][:200] if isinstance(value, list) else []


def _texts(hello: Mapping[str, Json], key: str) -> list[str]:
    value = hello.get(key)
    return [text for text in value if isinstance(text, str)][:20] if isinstance(value, list) else []


def _counted(words: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for word in words:
        counts[bounded(word, 120)] = counts.get(bounded(word, 120), 0) + 1
    return tuple(sorted(counts.items(), key=lambda item: -item[1])[:20])
