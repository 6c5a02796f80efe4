"""Parts that are imported only when they are needed, because they take their time: poller, publisher, profiles, defects."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from rig.emulator.behaviour import Behaviour
from rig.emulator.parts import Autopid, Publisher

if TYPE_CHECKING:
    from rig.emulator.device import Device

Turn = Callable[[Behaviour], Behaviour]
"""From one behaviour to another."""


def autopid(device: "Device") -> Autopid:
    """The poller of a boot."""
    from rig.emulator.autopid import Autopid as Real  # noqa: PLC0415 (see above)

    return Real(device)


def publisher(device: "Device", poller: Autopid) -> Publisher:
    """The publisher of a boot."""
    from rig.emulator.publisher import Publisher as Real  # noqa: PLC0415 (see above)

    return Real(device, poller)


@cache
def standard_list() -> Mapping[str, tuple[str, str]]:
    """Class and unit of each standard parameter."""
    from rig.emulator.autopid import standard_pid_info  # noqa: PLC0415 (see above)

    return {entry["name"]: (entry["class"], entry["unit"]) for entry in standard_pid_info()}


def profile(name: str) -> Behaviour:
    """The behaviour of a profile.

    Raises:
        ValueError: there is none of that name.
    """
    return _named("profile", name)(Behaviour())


def with_variant(name: str, behaviour: Behaviour) -> Behaviour:
    """The same with a harmless variant.

    Raises:
        ValueError: there is none of that name.
    """
    return _named("variant", name)(behaviour)


def with_defect(name: str, behaviour: Behaviour) -> Behaviour:
    """The same with a defect.

    Raises:
        ValueError: there is none of that name.
    """
    return _named("defect", name)(behaviour)


def registry() -> Iterable[Mapping[str, object]]:
    """Every defect and variant, as JSON objects with id, kind and summary."""
    for kind, (module, table) in _TABLES.items():
        if kind == "profile":
            continue
        summaries = _table(module, "SUMMARIES")
        for name in sorted(_table(module, table)):
            yield {"id": name, "kind": kind, "summary": summaries[name]}


_TABLES = {
    "profile": ("rig.emulator.profiles", "PROFILES"),
    "defect": ("rig.emulator.defects", "DEFECTS"),
    "variant": ("rig.emulator.variants", "VARIANTS"),
}
"""Where the named kinds of behaviour are listed: mappings from a name to what turns the behaviour, and SUMMARIES beside it."""


def _table(module: str, table: str) -> Mapping[str, Any]:
    """A table of a module; empty where a build has no such module."""
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return {}
    known: Mapping[str, Any] = getattr(found, table, {})
    return known


def _named(kind: str, name: str) -> Turn:
    known = _table(*_TABLES[kind])
    if name not in known:
        raise ValueError(f"there is no {kind} {name!r}; there are {', '.join(sorted(known))}")
    turn: Turn = known[name]
    return turn
