"""Fingerprints of secrets: the same secret shows as the same mark, and the mark gives nothing away.

They are keyed: without the key nobody can try passwords against a mark in a report that was passed on. The key belongs to the
user of this machine, so that marks compare between workers and between runs.
"""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from functools import cache
from pathlib import Path

import platformdirs

_KEY_BYTES = 32


def marked(secret: str, key: bytes) -> str:
    """What stands in evidence in place of `secret`: ``«redacted:1a2b3c4d»``."""
    digest = hmac.new(key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    return f"«redacted:{digest[:8]}»"


@cache
def users_key() -> bytes:
    """The key of this user on this machine, made when it is first asked for; where it cannot be kept, one for this process."""
    file = state_folder() / "fingerprint.key"
    with suppress(OSError):
        if not file.exists():
            _keep(file, secrets.token_bytes(_KEY_BYTES))
        key = file.read_bytes()
        if len(key) == _KEY_BYTES:
            return key
    return secrets.token_bytes(_KEY_BYTES)


def state_folder() -> Path:
    """Where this user's lasting files of the rig are (on Linux below ``XDG_STATE_HOME``, or ``~/.local/state``)."""
    return platformdirs.user_state_path("wican-rig", appauthor=False)


def _keep(file: Path, key: bytes) -> None:
    """Puts the key there whole, readable by its owner only; of several workers at once the first wins."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}-{os.getpid()}")
    fresh.touch(mode=0o600)
    try:
        fresh.write_bytes(key)
        with suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        fresh.unlink()
