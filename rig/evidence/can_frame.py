"""A CAN frame as evidence keeps it: LINKTYPE_CAN_SOCKETCAN in the capsule, candump's form in the log."""

import struct
from typing import Protocol

_EXTENDED, _REMOTE, _ERROR = 0x8000_0000, 0x4000_0000, 0x2000_0000
_RATE_SWITCH, _STATE_INDICATOR, _FD = 0x01, 0x02, 0x04


class Frame(Protocol):
    """What is read of a ``can.Message``."""

    arbitration_id: int
    is_extended_id: bool
    is_remote_frame: bool
    is_error_frame: bool
    is_fd: bool
    bitrate_switch: bool
    error_state_indicator: bool
    dlc: int
    data: bytearray


def packed(frame: Frame) -> bytes:
    """The frame as the capsule holds it: id and flags, length, FD flags, two bytes of nothing, data."""
    identifier = frame.arbitration_id
    identifier |= _EXTENDED * frame.is_extended_id | _REMOTE * frame.is_remote_frame | _ERROR * frame.is_error_frame
    flags = 0
    if frame.is_fd:
        flags = _FD | _RATE_SWITCH * frame.bitrate_switch | _STATE_INDICATOR * frame.error_state_indicator
    length = frame.dlc if frame.is_remote_frame else len(frame.data)
    return struct.pack(">IBBxx", identifier, length, flags) + (b"" if frame.is_remote_frame else bytes(frame.data))


def candump(wall_s: float, frame: bytes, channel: str = "can0") -> str:
    """A line of candump's log format, for a frame that is packed."""
    identifier, length, flags = struct.unpack_from(">IBB", frame)
    data = frame[8:].hex().upper()
    if identifier & _ERROR:
        name = f"{identifier & 0x3FFF_FFFF:08X}"
    elif identifier & _EXTENDED:
        name = f"{identifier & 0x1FFF_FFFF:08X}"
    else:
        name = f"{identifier & 0x7FF:03X}"
    if identifier & _REMOTE:
        content = f"#R{length or ''}"
    elif flags & _FD:
        content = f"##{flags & ~_FD:X}{data}"
    else:
        content = f"#{data}"
    return f"({wall_s:.6f}) {channel} {name}{content}"
