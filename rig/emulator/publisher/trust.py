"""Which servers a destination believes: its anchors, what is checked, and the identity it shows."""

import contextlib
import re
import ssl
import tempfile
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Self

from rig.emulator.behaviour import Point
from rig.emulator.publisher.turn import Turn
from rig.emulator.publisher.url import Url

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL."""
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Rule(Enum):
    """What a chain has to satisfy; a healthy device applies all of them."""

    ANCHOR = "its issuer is an anchor"
    SENT = "the server sends every intermediate; none is remembered from elsewhere"
    ANCHOR_KEY = "the anchor's key signed it, not only the anchor's name stands in it"
    SIGNATURE = "every signature is good"
    SELF_SIGNED = "it is not merely signed by itself"
    EXPIRED = "the server's certificate has not ended"
    BEGUN = "the server's certificate has begun"
    ISSUER_DATES = "every intermediate is valid today"
    NAME = "it names the host"
    WILDCARD = "a wildcard stands for one label"
    CA = "every intermediate is a CA"
    PATH_LENGTH = "no CA issues deeper than its path length"
    USAGE = "it may be used by a server"
    CONSTRAINTS = "its names lie within its CA's constraints"
    HASH = "no signature by MD5 or SHA-1"
    KEY = "no RSA key under 2048 bits"


@dataclass(frozen=True)
class Trust:
    """How one server is verified.

    `anchors` are DER certificates, any of which ends a chain. `host` is looked for in the certificate, `sni` goes into the
    ClientHello. `identity` is a client certificate and its key, PEM. `without` names rules that are not applied; with any the
    emulator verifies by itself, after the handshake and before the request. `intermediates` limits how many a chain may have.
    Unless `pins` an anchor is not believed as a server itself.
    `unreadable` is set where a CA is there, but none that can be read.
    """

    anchors: tuple[bytes, ...]
    host: str
    sni: str | None
    identity: tuple[bytes, bytes] | None = None
    check_dates: bool = True
    check_name: bool = True
    oldest: str = "1.2"
    newest: str = "1.3"
    ciphers: str = "DEFAULT:@SECLEVEL=2"
    without: frozenset[Rule] = frozenset()
    intermediates: int | None = None
    unreadable: bool = False
    pins: bool = True

    def but_without(self, *rules: Rule) -> Self:
        """The same, these rules left out; the TLS library then takes keys and signatures of any strength."""
        return replace(self, without=self.without | {*rules}, ciphers="DEFAULT:@SECLEVEL=0")

    @property
    def by_openssl(self) -> bool:
        """Whether OpenSSL verifies the server during the handshake."""
        return not self.without and self.intermediates is None and self.pins and (self.sni == self.host or self._is_address)

    @property
    def _is_address(self) -> bool:
        return Url("https", self.host, 443, "/").is_address and self.sni is None

    @property
    def server_name(self) -> str | None:
        """What the TLS library is told: it puts a DNS name into SNI and looks for it in the certificate."""
        return self.host if self.by_openssl and self.check_name else self.sni


def trust_of(turn: Turn, url: Url) -> Trust:
    """How the server of this attempt is verified: by the destination's set, or the default bundle.

    A set that does not exist or has no CA trusts nothing, unless the device falls back to the bundle.
    """
    device, behaviour = turn.device, turn.device.behaviour
    name = turn.destination.cert_set or "default"
    chosen = device.active.cert_sets.get(name) if name != "default" else None
    if name == "default" or (behaviour.bundle_fallback and (chosen is None or chosen.ca is None)):
        anchors = certificates(device.default_bundle_pem or b"")
    else:
        anchors = certificates((chosen and chosen.ca) or b"")
    identity = (chosen.client_cert, chosen.client_key) if chosen and chosen.client_cert and chosen.client_key else None
    trust = Trust(
        anchors=anchors,
        host=url.host,
        sni=None if url.is_address else url.host,
        identity=identity,
        check_dates=behaviour.check_dates,
        check_name=behaviour.check_addresses or not url.is_address,
        newest=behaviour.newest_tls,
        unreadable=bool(chosen and chosen.ca is not None and not anchors),
    )
    altered: Trust = behaviour.pass_through(Point.TRUST, trust, turn)
    return altered


def trust_line(turn: Turn) -> tuple[str, str]:
    """Level and text of the console line that says which trust is used."""
    name = turn.destination.cert_set or "default"
    chosen = turn.device.active.cert_sets.get(name)
    if name == "default":
        return "I", "Using built-in certificate bundle for HTTPS"
    if chosen and chosen.ca is not None:
        return "I", f"Using CA cert from set '{name}' for HTTPS"
    instead = "using built-in bundle" if turn.device.behaviour.bundle_fallback else "trusting nothing"
    return "W", f"No CA cert in set '{name}', {instead} for HTTPS"


def certificates(pem: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM file as DER, in order; what does not decode is left out."""
    found = []
    for block in _PEM.findall(pem):
        with contextlib.suppress(ValueError, UnicodeDecodeError):
            found.append(ssl.PEM_cert_to_DER_cert(block.decode("ascii")))
    return tuple(found)


@lru_cache(maxsize=64)
def context_of(trust: Trust) -> ssl.SSLContext:
    """The TLS context of a trust; the same object for equal ones, so that sessions can be resumed where the device does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if trust.by_openssl else ssl.CERT_NONE
    context.check_hostname = trust.by_openssl and trust.check_name
    context.set_ciphers(trust.ciphers)
    context.minimum_version, context.maximum_version = _VERSIONS[trust.oldest], _VERSIONS[trust.newest]
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if not trust.check_dates:
        context.verify_flags |= NO_CHECK_TIME
    for anchor in trust.anchors:
        with contextlib.suppress(ssl.SSLError):
            context.load_verify_locations(cadata=anchor)
    if trust.identity:
        _load_identity(context, *trust.identity)
    return context


def _load_identity(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Loads a client certificate; a pair that does not fit or does not parse is left out, and no identity shown."""
    with tempfile.TemporaryDirectory(prefix="emulator-") as folder:
        files = Path(folder) / "certificate", Path(folder) / "key"
        for file, content in zip(files, (certificate, key), strict=True):
            file.touch(mode=0o600)
            file.write_bytes(content)
        with contextlib.suppress(ssl.SSLError, OSError):
            context.load_cert_chain(*files, password=lambda: b"")


