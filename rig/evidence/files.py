"""Names of the evidence files of a scenario, and writing a file so that nobody ever sees half of it."""

import os
import threading
from pathlib import Path

CAPSULE = "capsule.pcapng"
CAN_LOG = "can.log"
SERIAL_LOG = "serial.log"
EXCHANGES = "exchanges.jsonl"
CONNECTIONS = "connections.jsonl"
TIMELINE = "timeline.jsonl"
MEASUREMENTS = "measurements.json"


def write_atomically(path: Path, data: bytes | str) -> None:
    r"""Puts `data` in place of what `path` held, in one step; text goes out as UTF-8.

    Lone surrogates, which a device can bring in and UTF-8 does not have, are written as their escape (``\udc80``). That is
    what JSON wants inside a text, too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")
    try:
        fresh.write_bytes(data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
