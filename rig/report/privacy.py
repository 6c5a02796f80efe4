"""Privacy: which sensitive values left the device, to whom, and at which boot. Names only; the values are never shown."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from rig.report.bodies import parsed
from rig.report.boots import Boots
from rig.report.recorded import Exchange, Json, Scenario
from rig.report.words import bounded

_REDACTED = re.compile(r"«redacted:[0-9a-f]+»")
_MOST_FIELDS = 200
_NOTHING = {None, "", "enable", "disable"}
"""Values that disclose nothing, whatever the field is called."""
_KINDS = (
    ("password or key", re.compile(r"pass(word|wd|phrase)?$|^pass|_pass|psk|secret|private|(?<!api)_key$|^key$", re.IGNORECASE)),
    ("token", re.compile(r"token|bearer|authorization|api[-_]?key", re.IGNORECASE)),
    ("network name", re.compile(r"ssid", re.IGNORECASE)),
    ("user name", re.compile(r"user(name)?$|_user|login", re.IGNORECASE)),
    ("topic", re.compile(r"topic", re.IGNORECASE)),
    ("server", re.compile(r"(mqtt|smtp|abrp|webhook).*(url|host|server|uri)|broker", re.IGNORECASE)),
    ("identity", re.compile(r"^device_id$|(^|_)(mac|vin|imei|serial)($|_)|(^|_)ip($|_)", re.IGNORECASE)),
    ("position", re.compile(r"^(lat|lon|lng|latitude|longitude|gps.*)$", re.IGNORECASE)),
)
"""What a field's name tells about it, the first that fits."""


@dataclass
class Disclosure:
    """One sensitive field that left the device to one destination."""

    name: str
    kind: str
    destination: str
    scenario: str
    encrypted: bool = True
    redacted: bool = False
    times: int = 0
    boots: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Privacy:
    """Every disclosure grouped by field, gravest kind first, and how many fields were left out."""

    fields: tuple[tuple[str, str, tuple[Disclosure, ...]], ...]
    left_out: int = 0


def privacy(scenarios: Iterable[Scenario]) -> Privacy:
    """What the recorded requests disclosed: by the names of body fields, headers and query parameters."""
    found: dict[tuple[str, str, str], Disclosure] = {}
    for scenario in scenarios:
        boots = Boots.of(scenario)
        for exchange in scenario.exchanges:
            boot = boots.at(exchange.arrived_s)
            for name, kind, value in _sensitive(exchange):
                key = name, exchange.destination, scenario.folder
                entry = found.setdefault(key, Disclosure(name, kind, exchange.destination, scenario.folder))
                entry.times += 1
                entry.encrypted &= exchange.encrypted
                entry.redacted |= bool(_REDACTED.search(value))
                entry.boots[boot] = entry.boots.get(boot, 0) + 1
    order = [kind for kind, _ in _KINDS]
    names = sorted({(entry.kind, entry.name) for entry in found.values()}, key=lambda item: (order.index(item[0]), item[1]))
    groups = [(name, kind, tuple(entry for entry in found.values() if entry.name == name)) for kind, name in names]
    return Privacy(tuple(groups[:_MOST_FIELDS]), max(0, len(groups) - _MOST_FIELDS))


def _sensitive(exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    """Name, kind and value of each field of a request that holds something sensitive."""
    for name, value in exchange.headers:
        if (kind := _kind(name)) and value:
            yield bounded(f"header {name}", 80), kind, value
    try:
        pairs = parse_qsl(urlsplit(exchange.target).query)
    except ValueError:
        pairs = []
    for name, value in pairs:
        if kind := _kind(name):
            yield bounded(f"query parameter {name}", 80), kind, value
    for block, content in (parsed(exchange.body) or {}).items():
        if block != "config":
            yield from _in_block(block, content)


def _in_block(path: str, value: Json) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _in_block(f"{path}.{key}", item)
    elif isinstance(value, list):
        for item in value[:50]:
            yield from _in_block(path, item)
    elif (kind := _kind(path.rpartition(".")[2])) and value not in _NOTHING:
        yield bounded(path, 80), kind, str(value)


def _kind(name: str) -> str | None:
    return next((kind for kind, pattern in _KINDS if pattern.search(name)), None)
