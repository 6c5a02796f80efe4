"""Standard PIDs of mode 01: the parameters the device knows by name, and how their answers become numbers."""

import json
import math
import struct
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

RANGES = ("00", "20", "40", "60", "80", "A0")
"""PIDs whose answers are bitmaps of supported PIDs, as a scan asks for them."""


@dataclass(frozen=True)
class StandardParameter:
    """One named parameter: `first` is its byte in an answer whose byte 0 is the PCI byte, so that 3 is data byte A of SAE J1979.

    `length` 0 says that there is no layout; `minimum` and `maximum` both 0 that shipped firmware only ever reports 0.
    """

    pid: str
    name: str
    class_: str
    unit: str
    first: int = 3
    length: int = 0
    scale: float = 1.0
    offset: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0
    signed: bool = False

    @property
    def full_name(self) -> str:
        """The name as configured, ``HH-Name``."""
        return f"{self.pid}-{self.name}"

    @property
    def always_zero(self) -> bool:
        """Whether shipped firmware reports nothing but 0."""
        return self.minimum == self.maximum == 0


_AS_J1979: dict[str, dict[str, Any]] = {
    "32": {"signed": True},  # two's complement, 0.25 Pa
    "54": {"signed": True, "offset": 0.0},  # two's complement, 1 Pa
    "7C": {"length": 0},  # data byte A is a bitmap there; which of the temperatures is meant is not said
}
"""Where the shipped layout is not that of SAE J1979."""


@cache
def table() -> dict[str, tuple[StandardParameter, ...]]:
    """Parameters by PID (two hex digits), as shipped in 4.40p and 4.50p."""
    rows = json.loads(Path(__file__).with_name("standard_pids.json").read_text(encoding="utf-8"))
    return {pid: tuple(StandardParameter(pid, *row) for row in parameters) for pid, parameters in rows.items()}


def standard_pid_info() -> list[dict[str, str]]:
    """The device's own list: name, unit and class of each parameter."""
    return [
        {"name": parameter.full_name, "unit": parameter.unit, "class": parameter.class_}
        for parameters in table().values()
        for parameter in parameters
    ]


def find(full_name: str) -> StandardParameter | None:
    """The parameter of that name, or None if the device does not know it."""
    of_pid = table().get(full_name[:2].upper(), ())
    return next((parameter for parameter in of_pid if parameter.full_name == full_name), None)


def decode(parameter: StandardParameter, payload: bytes) -> float | None:
    """The value by SAE J1979; `payload` is the whole answer, its service byte first.

    None where the answer is too short, or where the parameter is no number.
    """
    parameter = replace(parameter, **_AS_J1979.get(parameter.pid, {}))
    raw = payload[parameter.first - 1 : parameter.first - 1 + parameter.length]
    if parameter.always_zero or not parameter.length or len(raw) < parameter.length:
        return None
    return int.from_bytes(raw, "big", signed=parameter.signed) * parameter.scale + parameter.offset


def decode_as_shipped(parameter: StandardParameter, data: bytes) -> float | None:
    """The value as shipped firmware computes it: unsigned, in 32-bit floats, clamped; `data` starts with the PCI byte."""
    if parameter.always_zero:
        return 0.0
    raw = data[parameter.first : parameter.first + parameter.length]
    if len(raw) < parameter.length:
        return None
    scaled = float32(float32(int.from_bytes(raw, "big")) * float32(parameter.scale))
    return min(max(float32(scaled + parameter.offset), parameter.minimum), parameter.maximum)


def supported(answers: list[bytes], asked: str) -> list[str]:
    """PIDs that bitmaps name as supported; `answers` are payloads of answers to 01 `asked`, which are joined."""
    bitmap = 0
    for payload in answers:
        bitmap |= int.from_bytes(payload[2:6].ljust(4, b"\0"), "big")
    return [f"{int(asked, 16) + bit + 1:02X}" for bit in range(32) if bitmap >> (31 - bit) & 1]


def float32(value: float) -> float:
    """The nearest 32-bit float."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)
