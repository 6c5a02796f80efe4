"""The certificate sets that scenarios need on the device; sets that are not the rig's own are never touched."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from rig.device import CertSet, Device
from rig.device.web import Answer
from rig.errors import BenchError

MAX_SETS = 10
"""Certificate sets that a device lists and loads (4.40p, 4.50p)."""
PREFIX = "rig-"
"""How the names of the rig's own sets begin."""


@dataclass(frozen=True)
class Trial:
    """What became of a set under a strange name.

    The answer, the names that the list gained, those of them that could not be deleted again, and whether the other sets stayed.
    """

    answer: Answer
    gained: frozenset[str]
    lasting: frozenset[str]
    unchanged: bool


class CertSets:
    """Keeps in mind what was uploaded, so that no boot is preceded by more uploads and deletions than it needs."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._known: dict[str, CertSet] = {}
        self._offered: set[str] = set()
        self._made: set[str] = set()

    def begin(self) -> None:
        """A new scenario: what the last one offered may go."""
        self._offered.clear()

    def provide(self, needed: Iterable[CertSet]) -> None:
        """Has these sets on the device, uploading what is missing or different; other sets of the rig make room.

        Raises:
            BenchError: the device refuses one, or has no room.
        """
        wanted = {cert_set.name: cert_set for cert_set in needed}
        listed = self._device.web.cert_sets()
        spare = [name for name in listed if self._is_ours(name) and name not in wanted and name not in self._offered]
        for name in spare:
            self.forget(name)
        others = len(listed) - len(spare) - len(wanted.keys() & listed.keys())
        if others + len(wanted) > MAX_SETS:
            raise BenchError(f"{len(wanted)} certificate sets are needed and {others} of the device's {MAX_SETS} are in use; delete some")
        for name, cert_set in wanted.items():
            if name in listed and self._known.get(name) == cert_set:
                continue
            if name in listed:
                self.forget(name)
            answer = self._device.web.upload_cert_set(cert_set)
            if not answer.ok:
                raise BenchError(f"the device refused certificate set {name}: {answer.status} {answer.text[:80]!r}")
            self._known[name] = cert_set

    def offer(self, cert_set: CertSet) -> Answer:
        """Uploads a set that the device may refuse, over one of its name if there is one; it stays until the scenario is over.

        A destination names it by its name.

        Raises:
            BenchError: somebody else has a set of that name on the device.
        """
        name = cert_set.name
        if not self._is_ours(name) and name in self._device.web.cert_sets():
            raise BenchError(f"the device has a certificate set {name!r} that is not the rig's; it is not touched")
        self._known.pop(name, None)
        self._offered.add(name)
        self._made.add(name)
        return self._device.web.upload_cert_set(cert_set)

    def try_name(self, name: str, ca: bytes) -> "Trial":
        """Uploads a set under a name that the device should refuse, sees what that did to the list, and takes it away again."""
        before = self._device.web.cert_sets()
        answer = self._device.web.upload_cert_set(CertSet(name, ca=ca), quote(name, safe=""))
        after = self._device.web.cert_sets()
        gained = after.keys() - before.keys()
        for made in gained:
            self._device.web.delete_cert_set(quote(made, safe=""))
        kept = {name: parts for name, parts in after.items() if name not in gained}
        lasting = gained & self._device.web.cert_sets().keys() if gained else frozenset()
        return Trial(answer, frozenset(gained), frozenset(lasting), unchanged=kept == before)

    def forget(self, name: str) -> Answer:
        """Deletes a set of the rig's own from the device.

        Raises:
            BenchError: it is not the rig's.
        """
        if not self._is_ours(name):
            raise BenchError(f"the certificate set {name!r} is not the rig's; it is not touched")
        self._known.pop(name, None)
        self._offered.discard(name)
        self._made.discard(name)
        return self._device.web.delete_cert_set(name)

    def _is_ours(self, name: str) -> bool:
        return name.startswith(PREFIX) or name in self._made
