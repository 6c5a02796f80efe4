"""Backups of a device's own configuration, in the user's state directory: whole files, readable by nobody else.

They hold passwords, so they are never part of a run's folder; what stands there are fingerprints.
"""

import base64
import json
import os
import platform
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rig.errors import BenchError
from rig.evidence.fingerprint import marked, state_folder, users_key

SCHEMA = 1
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True)
class Backup:
    """What was on a device before the rig changed anything; a document is None where the device had none.

    `sets` are the certificate sets that are not the rig's, with their parts: they cannot be read back, so they are only compared.
    `process` and `host` say who made it, `taken` when (s since 1970), `bench` by which file.
    """

    device_id: str
    url: str
    main: bytes
    automate: bytes | None
    car: bytes | None
    sets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    bench: str = ""
    taken: float = field(default_factory=time.time)
    process: int = field(default_factory=os.getpid)
    host: str = field(default_factory=platform.node)

    def __repr__(self) -> str:
        return f"<Backup of {self.device_id}, taken {self.taken_text}>"

    @property
    def taken_text(self) -> str:
        """When it was made, for a reader."""
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.taken))

    @property
    def owner_is_alive(self) -> bool:
        """Whether the process that made it still runs on this machine (another one that has its number counts, too)."""
        if self.host != platform.node() or self.process == os.getpid():
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True

    def fingerprints(self) -> dict[str, str | None]:
        """A mark for each document, by which nobody can guess what is in it."""
        documents = {"main": self.main, "automate": self.automate, "car": self.car}
        key = users_key()
        return {name: marked(data.decode(errors="replace"), key) if data is not None else None for name, data in documents.items()}


def folder() -> Path:
    """Where backups are kept."""
    return state_folder() / "backups"


def keep(backup: Backup) -> Path:
    """Writes a backup, unless there is one of this device already.

    Raises:
        BenchError: there is one, it cannot be written, or the device's id is no file name.
    """
    file = _file(backup.device_id)
    fresh = file.with_name(f".{file.name}-{os.getpid()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(json.dumps(_to_plain(backup), indent=1).encode())
            stream.flush()
            os.fsync(stream.fileno())
        os.link(fresh, file)
    except FileExistsError as error:
        raise BenchError(waiting(read(backup.device_id) or backup)) from error
    except OSError as error:
        raise BenchError(f"the device's configuration cannot be backed up to {file} ({error.strerror}), so nothing is changed") from error
    finally:
        with suppress(OSError):
            fresh.unlink()
    return file


def read(device_id: str) -> Backup | None:
    """The backup of that device; None if there is none.

    Raises:
        BenchError: the file is unreadable.
    """
    file = _file(device_id)
    try:
        return _from_plain(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BenchError(f"{file}: this backup cannot be read ({error})") from error


def forget(device_id: str) -> None:
    """Deletes the backup of that device."""
    _file(device_id).unlink(missing_ok=True)


def waiting_devices() -> list[str]:
    """Ids of the devices that have a backup."""
    return sorted(path.stem for path in folder().glob("*.json"))


def waiting(backup: Backup) -> str:
    """What to say where a backup is in the way of a new one."""
    if backup.owner_is_alive:
        return f"another run (process {backup.process}, since {backup.taken_text}) is using device {backup.device_id}; let it end first"
    return (
        f"a run of {backup.taken_text} ended without giving device {backup.device_id} its configuration back;"
        " `wican-rig restore` does that, `wican-rig restore --discard` forgets it"
    )


def _file(device_id: str) -> Path:
    if not _ID.fullmatch(device_id):
        raise BenchError(f"the device calls itself {device_id[:40]!r}, which is no device id")
    return folder() / f"{device_id}.json"


def _to_plain(backup: Backup) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "device_id": backup.device_id,
        "url": backup.url,
        "bench": backup.bench,
        "taken": backup.taken,
        "process": backup.process,
        "host": backup.host,
        "main": _coded(backup.main),
        "automate": _coded(backup.automate),
        "car": _coded(backup.car),
        "sets": {name: sorted(parts) for name, parts in backup.sets.items()},
    }


def _from_plain(plain: dict[str, object]) -> Backup:
    if plain["schema"] != SCHEMA:
        raise ValueError(f"schema {plain['schema']}, this release reads {SCHEMA}")
    main, sets = _decoded(plain["main"]), plain["sets"]
    if main is None or not isinstance(sets, dict):
        raise ValueError("it has no main configuration")
    return Backup(
        device_id=str(plain["device_id"]),
        url=str(plain["url"]),
        main=main,
        automate=_decoded(plain["automate"]),
        car=_decoded(plain["car"]),
        sets={str(name): frozenset(parts) for name, parts in sets.items()},
        bench=str(plain["bench"]),
        taken=float(str(plain["taken"])),
        process=int(str(plain["process"])),
        host=str(plain["host"]),
    )


def _coded(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _decoded(text: object) -> bytes | None:
    return None if text is None else base64.b64decode(str(text), validate=True)
