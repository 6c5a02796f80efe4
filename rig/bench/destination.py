"""What a scenario says about one destination: where it sends, and how it is set up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from rig.device import CertSet, DestinationEntry
from rig.device.settings import Json
from rig.pki import Authority
from rig.receiver import Receiver

DEFAULT = "default"
"""Name of the certificate set that is the firmware's own bundle."""


@dataclass(frozen=True)
class Destination:
    """A destination and the receiver it leads to; everything not said is the ordinary case.

    `cert_set` is an authority (its certificate becomes the CA of a set of its own), a whole set, the name of a set, or None to
    leave the key out; without it the set trusts the authority that issued the receiver's certificate. `extra` is merged into
    the JSON last, for what no ordinary client would store.
    """

    receiver: Receiver
    path: str = "/ingest"
    cycle_ms: Json = 1000
    bearer: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    cert_set: Authority | CertSet | str | None = DEFAULT
    enabled: bool | None = True
    url: str | None = None
    host: str | None = None
    type: str = "HTTPS"
    auth: Mapping[str, Json] | None = None
    extra: Mapping[str, Json] = field(default_factory=dict)

    def but(self, **changes: object) -> Self:
        """The same destination with these fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def cycle_s(self) -> float:
        """The cycle in seconds, where it is a number."""
        return float(self.cycle_ms) / 1000 if isinstance(self.cycle_ms, int | float) else 10.0

    @property
    def needed_set(self) -> CertSet | None:
        """The set that has to be on the device for this destination; None for the bundle or a set only named."""
        if isinstance(self.cert_set, Authority):
            return CertSet(set_name(self.cert_set), ca=self.cert_set.certificate_pem)
        return self.cert_set if isinstance(self.cert_set, CertSet) else None

    def entry(self, host: str) -> DestinationEntry:
        """What is stored on the device; `host` is the name under which the bench's receivers are reached."""
        cert_set = self.needed_set
        bearer: dict[str, Json] = {"type": "bearer", "bearer": self.bearer} if self.bearer is not None else {"type": "none"}
        return DestinationEntry(
            url=self.url or f"https://{self.host or host}:{self.receiver.port}{self.path}",
            cycle_ms=self.cycle_ms,
            type=self.type,
            auth=bearer if self.auth is None else self.auth,
            cert_set=cert_set.name if cert_set else self.cert_set,  # type: ignore[arg-type]
            enabled=self.enabled,
            query=self.query,
            extra=self.extra,
        )


def set_name(authority: Authority) -> str:
    """Name of the set that trusts `authority`: ``rig-`` and something stable, within the device's 24 characters."""
    return f"rig-{authority.fingerprint[:16]}"


def trusts(*authorities: Authority, name: str) -> CertSet:
    """A certificate set under a name of its own that trusts these authorities."""
    return CertSet(name, ca=b"".join(authority.certificate_pem for authority in authorities))


def hold_unused(destinations: Iterable[Destination]) -> None:
    """Has receivers that nothing came to yet reset whatever comes before the boot for which they were made.

    A device that applies what is stored at once would otherwise use up their scripts, and its first successes, in the old boot.
    """
    for destination in destinations:
        if not destination.receiver.connections:
            destination.receiver.hold()


def release(receivers: Iterable[Receiver]) -> None:
    """The device is gone: what comes from here on belongs to the new boot."""
    for receiver in receivers:
        receiver.release()
