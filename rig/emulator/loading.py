"""Parts that are imported only when they are needed, because they take their time: poller, publisher, profiles, defects."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from rig.emulator.behaviour import Behaviour
from rig.emulator.parts import Autopid, Publisher

if TYPE_CHECKING:
    from rig.emulator.device import Device


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
    return _named("rig.emulator.profiles", "PROFILES", "profile", name)(Behaviour())


def with_variant(name: str, behaviour: Behaviour) -> Behaviour:
    """The same with a harmless variant.

    Raises:
        ValueError: there is none of that name.
    """
    return _named("rig.emulator.variants", "VARIANTS", "variant", name)(behaviour)


def with_defect(name: str, behaviour: Behaviour) -> Behaviour:
    """The same with a defect.

    Raises:
        ValueError: there is none of that name.
    """
    return _named("rig.emulator.defects", "DEFECTS", "defect", name)(behaviour)


def registry() -> Iterable[Mapping[str, object]]:
    """Every defect and variant, as JSON objects with id, kind and summary."""
    return []


def _named(module: str, table: str, what: str, name: str) -> Callable[[Behaviour], Behaviour]:
    try:
        known = getattr(importlib.import_module(module), table)
    except ModuleNotFoundError:
        known = {"document": lambda behaviour: behaviour} if what == "profile" else {}
    if name not in known:
        raise ValueError(f"there is no {what} {name!r}; there are {', '.join(sorted(known))}")
    found: Callable[[Behaviour], Behaviour] = known[name]
    return found
