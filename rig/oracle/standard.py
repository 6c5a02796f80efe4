"""What answers of service 01 decode to by SAE J1979, under the names that a WiCAN-PRO has for the values."""

from collections.abc import Iterable

from rig import j1979
from rig.errors import UsageError


def knows(name: str) -> bool:
    """Whether the table has a value that a device calls `name`."""
    return name in j1979.by_device_name()


def decode(name: str, data: bytes) -> float:
    """The value that the device's standard PID `name` (``0C-EngineRPM``) has in an answer.

    Args:
        name: as the device's own list has it: PID, dash, name.
        data: data bytes of the answer, without service and PID (J1979's byte A first).

    Raises:
        UsageError: the table has no such value.
        ValueError: the answer is too short to hold it.
    """
    return _field(name).decode(data)


def acceptable_values(name: str, candidates: Iterable[bytes]) -> set[float]:
    """Values that a true device may show when the ECU may have answered any of `candidates`; one that is too short gives none."""
    values = set()
    for data in candidates:
        try:
            values.add(decode(name, data))
        except ValueError:
            continue
    return values


def unit(name: str) -> str:
    """The unit that the table decodes to; the device's own list may call it otherwise."""
    return _field(name).unit


def _field(name: str) -> j1979.Field:
    try:
        _, field = j1979.by_device_name()[name]
    except KeyError:
        raise UsageError(f"the table of standard PIDs has no value that a device calls {name!r}") from None
    return field
