"""What the device keeps on its flash: whole files, replaced at once, so that a power cut leaves the old or the new one.

A power cut of an emulator is SIGKILL: the operating system lives on, so renaming is enough and nothing waits for the disk.
Everything is readable by its owner only, because certificate sets hold private keys and the main configuration passwords.
"""

import base64
import binascii
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from rig.emulator.active import CachedSet

SET_NAME = re.compile(r"[A-Za-z0-9_-]{1,24}")
"""Names that a certificate set may have (web API facts, 4)."""

MAIN, AUTOMATE, CAR = "config.json", "auto_pid.json", "car_data.json"
"""Names under which the main configuration, the Automate document and the car profile are stored."""

_PARTS = ("ca", "client_cert", "client_key")


class Storage:
    """Files of one device below its state directory: documents by name, and certificate sets."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sets = folder / "cert_sets"
        self._sets.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left_over in (*folder.glob("*.new"), *self._sets.glob("*.new")):
            left_over.unlink(missing_ok=True)

    def read(self, what: str) -> bytes | None:
        """A document as it was stored; None if there is none."""
        try:
            return (self._folder / what).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, what: str, data: bytes) -> None:
        """Stores a document in place of the one there."""
        _replace(self._folder / what, data)

    def delete(self, what: str) -> None:
        """Forgets a document; nothing happens where there is none."""
        (self._folder / what).unlink(missing_ok=True)

    def set_names(self) -> list[str]:
        """Names of the stored certificate sets, in order."""
        return sorted(path.stem for path in self._sets.glob("*.json"))

    def read_set(self, name: str) -> CachedSet | None:
        """A certificate set as it is stored; None if there is none of that name."""
        try:
            text = (self._sets / f"{name}.json").read_bytes()
        except FileNotFoundError:
            return None
        stored = json.loads(text)
        return CachedSet(name, **{part: _decoded(stored.get(part)) for part in _PARTS})

    def read_sets(self) -> dict[str, CachedSet]:
        """Every certificate set."""
        found = ((name, self.read_set(name)) for name in self.set_names())
        return {name: cert_set for name, cert_set in found if cert_set is not None}

    def write_set(self, cert_set: CachedSet) -> None:
        """Stores a certificate set, all parts at once, in place of the one of its name."""
        parts = {part: getattr(cert_set, part) for part in _PARTS}
        text = json.dumps({part: base64.b64encode(pem).decode() for part, pem in parts.items() if pem is not None})
        _replace(self._sets / f"{cert_set.name}.json", text.encode())

    def delete_set(self, name: str) -> None:
        """Forgets a certificate set; nothing happens where there is none."""
        (self._sets / f"{name}.json").unlink(missing_ok=True)


def merged(old: CachedSet | None, name: str, parts: Mapping[str, bytes]) -> CachedSet:
    """The set after an upload: only the supplied parts are replaced."""
    kept = {part: getattr(old, part) for part in _PARTS} if old else {}
    return CachedSet(name, **{**kept, **parts})


def _decoded(text: object) -> bytes | None:
    try:
        return base64.b64decode(text) if isinstance(text, str) else None
    except binascii.Error:
        return None


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    fresh.replace(path)
