"""How frames travel on the rig's own bus: records of 16 bytes over TCP, after one greeting record from the hub.

A record is id and flags (as Linux lays out ``struct can_frame``: bit 31 extended, 30 remote, 29 error), length, three unused
bytes, eight data bytes; little-endian. Classic CAN only: CAN FD has no place in it, and OBD does not use it.
"""

import struct

import can

RECORD = 16
GREETING = b"wican-rig bus 1\n"
"""First record that a hub sends, once frames reach the new client."""
EXTENDED = 1 << 31
REMOTE = 1 << 30
ERROR = 1 << 29
_ID = EXTENDED - 1 >> 2
_LAYOUT = struct.Struct("<IB3x8s")


def host_and_port(address: str) -> tuple[str, int]:
    """The parts of "host:port" (an IPv6 address in brackets).

    Raises:
        ValueError: it is none.
    """
    host, _, port = address.rpartition(":")
    if not host or not 0 <= int(port) < 65536:
        raise ValueError("no host:port")
    return host.strip("[]"), int(port)


def pack(message: can.Message) -> bytes:
    """The record of a frame.

    Raises:
        ValueError: no classic CAN frame.
    """
    if message.is_fd or message.dlc > 8:
        raise ValueError("the rig's bus carries classic CAN frames of up to 8 bytes only")
    kinds = ((EXTENDED, message.is_extended_id), (REMOTE, message.is_remote_frame), (ERROR, message.is_error_frame))
    flags = sum(flag for flag, is_set in kinds if is_set)
    return _LAYOUT.pack(message.arbitration_id | flags, message.dlc, bytes(message.data))


def unpack(record: bytes, timestamp: float = 0.0) -> can.Message:
    """The frame in a record; `timestamp` in seconds since 1970."""
    identifier, length, data = _LAYOUT.unpack(record)
    length = min(length, 8)
    remote = bool(identifier & REMOTE)
    return can.Message(
        timestamp=timestamp,
        arbitration_id=identifier & _ID,
        is_extended_id=bool(identifier & EXTENDED),
        is_remote_frame=remote,
        is_error_frame=bool(identifier & ERROR),
        dlc=length,
        data=None if remote else data[:length],
    )
