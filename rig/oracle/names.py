"""Which telemetry key stands for which configured parameter: its name, or one namespaced or normalised form of it (section 1.1)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_SEPARATOR = re.compile(r"[./:_\-\s]+")


@dataclass(frozen=True)
class Matching:
    """`keys` leads from configured name to key; `missing` names have none, `unknown` keys belong to no name.

    `ambiguous` are names that share a key, or have several.
    """

    keys: Mapping[str, str]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...]

    @property
    def changed(self) -> dict[str, str]:
        """Names whose key is another form of them; a report lists these."""
        return {name: key for name, key in self.keys.items() if name != key}


def match(configured: Iterable[str], keys: Iterable[str]) -> Matching:
    """Finds for each configured name its key among those of a telemetry or config block (a timestamp left out)."""
    names, present = list(dict.fromkeys(configured)), list(dict.fromkeys(keys))
    exact = {name for name in names if name in present}
    candidates = {name: [name] if name in exact else _forms(name, [key for key in present if key not in exact]) for name in names}
    claimed = [key for found in candidates.values() for key in found]
    ambiguous = [name for name, found in candidates.items() if len(found) > 1 or any(claimed.count(key) > 1 for key in found)]
    return Matching(
        {name: found[0] for name, found in candidates.items() if found and name not in ambiguous},
        tuple(name for name, found in candidates.items() if not found),
        tuple(key for key in present if key not in claimed),
        tuple(ambiguous),
    )


def _forms(name: str, keys: Iterable[str]) -> list[str]:
    return [key for key in keys if any(_normal(part) == _normal(name) for part in _tails(key))]


def _tails(key: str) -> Iterable[str]:
    """The key whole, and what follows each separator: a namespace may stand before the name."""
    yield key
    for separator in _SEPARATOR.finditer(key):
        yield key[separator.end() :]


def _normal(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
