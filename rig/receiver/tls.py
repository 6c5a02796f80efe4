"""How a receiver presents itself in TLS: its identity, its versions and suites, what it asks of the client."""

import ssl
import tempfile
import threading
import warnings
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from ssl import TLSVersion
from typing import Protocol

from rig.errors import UsageError


class Identity(Protocol):
    """A certificate chain, leaf first, and the key of the leaf, as PEM."""

    @property
    def chain_pem(self) -> bytes:
        """Leaf first."""
        ...

    @property
    def key_pem(self) -> bytes:
        """The leaf's private key."""
        ...


@dataclass(frozen=True)
class ServerTls:
    """What the server offers. Everything not said is an ordinary server of today.

    `ciphers` is an OpenSSL list for TLS 1.2 and below ("eNULL" and "aNULL" for suites without encryption or authentication,
    with `maximum` TLS 1.2). With `client_ca` (PEM) the server asks for a client certificate, with `require_client_certificate`
    it insists. `security_level` is OpenSSL's; 0 by default, so that weak certificates and old versions can be shown at all: it
    is the device that has to refuse them.
    """

    minimum: TLSVersion = TLSVersion.TLSv1_2
    maximum: TLSVersion = TLSVersion.TLSv1_3
    ciphers: str | None = None
    client_ca: bytes | None = None
    require_client_certificate: bool = False
    security_level: int | None = None


class Presentation:
    """An identity under these settings, ready for connections; new ones get it, old ones keep theirs."""

    def __init__(self, identity: Identity, tls: ServerTls, folder: Path) -> None:
        self.tls = tls
        self.chain_pem = identity.chain_pem
        self.context = _context(tls)
        _load(self.context, identity, folder)
        self._key_log = _KeyLog(folder)
        self.context.keylog_filename = str(self._key_log.path)

    def keys_of(self, client_random: bytes) -> list[str]:
        """NSS key-log lines of the connection whose ClientHello carried `client_random`; to be asked once."""
        return self._key_log.take(client_random)


class _KeyLog:
    """OpenSSL writes one file per context; its lines carry the client random, which tells connections apart."""

    def __init__(self, folder: Path) -> None:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="keys-", delete=False) as file:
            self.path = Path(file.name)
        self._lock = threading.Lock()
        self._read = 0
        self._lines: defaultdict[str, list[str]] = defaultdict(list)

    def take(self, client_random: bytes) -> list[str]:
        with self._lock:
            with suppress(FileNotFoundError), self.path.open("rb") as file:  # gone once the receiver is stopped
                file.seek(self._read)
                whole, newline, _ = file.read().rpartition(b"\n")
                self._read += len(whole) + len(newline)
                for line in whole.decode("ascii").splitlines():
                    if not line.startswith("#"):
                        self._lines[line.split(" ")[1]].append(line)
            return self._lines.pop(client_random.hex(), [])


def _context(tls: ServerTls) -> ssl.SSLContext:
    if tls.require_client_certificate and tls.client_ca is None:
        raise UsageError("require_client_certificate needs client_ca: without it no client certificate could verify")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(f"{tls.ciphers or 'DEFAULT'}:@SECLEVEL={tls.security_level or 0}")
    with warnings.catch_warnings():
        if tls.minimum < TLSVersion.TLSv1_2:
            warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is asked for
        context.minimum_version, context.maximum_version = tls.minimum, tls.maximum
    if tls.client_ca is not None:
        context.load_verify_locations(cadata=tls.client_ca.decode("ascii"))
        context.verify_mode = ssl.CERT_REQUIRED if tls.require_client_certificate else ssl.CERT_OPTIONAL
    return context


def _load(context: ssl.SSLContext, identity: Identity, folder: Path) -> None:
    """The ssl module takes certificates from files only."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".pem") as file:
        file.write(identity.chain_pem + b"\n" + identity.key_pem)
        file.flush()
        try:
            context.load_cert_chain(file.name)
        except ssl.SSLError as error:
            raise UsageError(f"the receiver cannot present this identity: {error.reason or error}") from error
