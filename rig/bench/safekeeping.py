"""Nothing on a device is lost: its configuration is kept before the first change, put back, compared, and only then forgotten.

Certificate sets that are not the rig's are never touched, because their contents cannot be read back from a device.
"""

import json
from collections.abc import Callable

from rig.bench import backup as backups
from rig.bench.backup import Backup
from rig.bench.cert_sets import PREFIX
from rig.bench.restart import Allowance, restart, wait_until_ready
from rig.device import AutomateDocument, CarProfile, Device
from rig.device.settings import flaw_of_main_configuration
from rig.device.web import Answer, WebApi
from rig.errors import BenchError

_STORE_TRIES = 3
"""Release 4.40p takes a document only if it arrives in one piece; storing the same again does no harm."""


class Safekeeping:
    """What a device is owed. `secure` before the first change; `put_back` when all is over."""

    def __init__(self, device: Device, bench: str = "") -> None:
        self._device = device
        self._bench = bench
        self.backup: Backup | None = None
        self.given_back = False

    def secure(self) -> Backup:
        """Keeps the configuration, unless this has been done.

        Raises:
            BenchError: it cannot be read or kept, or an earlier run still owes this device its own.
        """
        if self.backup is None:
            taken = take(self._device.web, self._bench)
            backups.keep(taken)
            self.backup = taken
        return self.backup

    def put_back(self, allowance: Allowance) -> None:
        """Gives the device its own configuration back, and forgets the backup once it is found to be there.

        Raises:
            BenchError: that could not be done or shown; the backup stays.
        """
        if self.backup is None or self.given_back:
            return
        give_back(self._device, self.backup, allowance)
        backups.forget(self.backup.device_id)
        self.given_back = True


def take(web: WebApi, bench: str = "") -> Backup:
    """Reads everything that the rig might change.

    Raises:
        BenchError: it cannot be read, or the main configuration is one that a device would not boot with.
    """
    main = web.main_configuration_bytes()
    if flaw := flaw_of_main_configuration(json.loads(main)):
        raise BenchError(f"{web.url}/load_config: {flaw}; a device resets itself with that, so it is left alone")
    return Backup(
        device_id=str(web.status().get("device_id", "")),
        url=web.url,
        main=main,
        automate=web.automate_document(),
        car=web.car_profile(),
        sets={name: parts for name, parts in web.cert_sets().items() if not name.startswith(PREFIX)},
        bench=bench,
    )


def give_back(device: Device, backup: Backup, allowance: Allowance) -> None:
    """Takes the rig's certificate sets away, stores what the device had, reboots it and compares.

    Raises:
        BenchError: it is another device, it did not take something, or it does not hold afterwards what it had.
    """
    wait_until_ready(device, allowance)
    web = device.web
    found = str(web.status().get("device_id", ""))
    if found != backup.device_id:
        raise BenchError(f"{web.url} is device {found}, and the backup is that of {backup.device_id}; nothing was changed")
    for name in web.cert_sets():
        if name.startswith(PREFIX):
            web.delete_cert_set(name)
    _store(web.store_automate_document, _automate_of(backup), "the Automate document")
    _store(web.store_car_profile, _car_of(backup), "the car profile")
    if _same_json(web.main_configuration_bytes(), backup.main):
        restart(device, allowance, web.reboot)
    else:
        restart(device, allowance, lambda: _store(web.store_main_configuration_bytes, backup.main, "the main configuration"))
    if wrong := differences(web, backup):
        raise BenchError(f"{web.url}: after its configuration was put back, {'; '.join(wrong)}")


def differences(web: WebApi, backup: Backup) -> list[str]:
    """In what the device differs from its backup, in words."""
    wrong = []
    if not _same_json(web.main_configuration_bytes(), backup.main):
        wrong.append("the main configuration is another")
    if web.automate_document() != _automate_of(backup):
        wrong.append("the Automate document is another")
    if web.car_profile() != _car_of(backup):
        wrong.append("the car profile is another")
    sets = web.cert_sets()
    if left := sorted(name for name in sets if name.startswith(PREFIX)):
        wrong.append(f"certificate sets of the rig are left: {', '.join(left)}")
    if missing := sorted(name for name, parts in backup.sets.items() if sets.get(name) != parts):
        wrong.append(f"certificate sets of its owner have changed: {', '.join(missing)}")
    return wrong


def _automate_of(backup: Backup) -> bytes:
    """A device without document gets an empty one, as its page would store it: none at all cannot be stored."""
    return AutomateDocument().to_json() if backup.automate is None else backup.automate


def _car_of(backup: Backup) -> bytes:
    return CarProfile().to_json() if backup.car is None else backup.car


def _store(store: Callable[[bytes], Answer], data: bytes, what: str) -> None:
    answer = store(data)
    for _ in range(_STORE_TRIES - 1):
        if answer.ok:
            return
        answer = store(data)
    if not answer.ok:
        raise BenchError(f"the device does not take {what} back: {answer.status} {answer.text[:80]!r}")


def _same_json(one: bytes, other: bytes) -> bool:
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return one == other
