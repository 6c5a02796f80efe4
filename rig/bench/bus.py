"""Opening the CAN bus of a bench: any interface of python-can, or the rig's own bus over TCP."""

import json
import socket
from collections.abc import Mapping
from contextlib import ExitStack

import can

from rig.errors import BenchError
from rig.vehicle import Hub, wire


def open_bus(settings: Mapping[str, object], stack: ExitStack) -> can.BusABC:
    """The bus that these arguments of ``can.Bus`` describe. Where it is the rig's own and nobody serves it yet, this process does.

    `slcan_listen` among them is where that hub listens for slcan over TCP. What was opened closes with `stack`, but for the bus.

    Raises:
        BenchError: it cannot be opened.
    """
    arguments = dict(settings)
    slcan = arguments.pop("slcan_listen", None)
    if arguments.get("interface") == "rigbus" and not _is_served(str(arguments.get("channel"))):
        stack.enter_context(Hub(str(arguments["channel"]), slcan=str(slcan) if slcan else None))
    try:
        return can.Bus(**arguments)  # type: ignore[arg-type]
    except (can.CanError, OSError, ValueError, TypeError, ImportError, NotImplementedError) as error:
        raise BenchError(f"[can] {json.dumps(dict(settings), default=str)} cannot be opened ({error})") from error


def _is_served(channel: str) -> bool:
    try:
        socket.create_connection(wire.host_and_port(channel), 1.0).close()
    except (OSError, ValueError):
        return False
    return True
