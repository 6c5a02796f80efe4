"""Authorities and what they issue: good by default, wrong where the caller says so."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from rig.errors import UsageError
from rig.pki.certificate import CLIENT_AUTH, KeyKind, PrivateKey, Recipe, certificate_pem, make, private_key_pem

_END = b"-----END CERTIFICATE-----\n"


@dataclass(frozen=True)
class Leaf:
    """The identity of a server or client: its certificate, the intermediates sent along, and the private key, all PEM."""

    chain_pem: bytes
    key_pem: bytes
    names: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Leaf for {', '.join(self.names)}, {self.chain_pem.count(_END)} certificates>"

    @property
    def certificate_pem(self) -> bytes:
        """Its own certificate, without intermediates."""
        return self.chain_pem[: self.chain_pem.index(_END) + len(_END)]

    @property
    def certificate_der(self) -> bytes:
        """Its own certificate as it stands on the wire, to compare with what a peer presented."""
        return x509.load_pem_x509_certificate(self.certificate_pem).public_bytes(serialization.Encoding.DER)

    def without_intermediate(self) -> "Leaf":
        """The same identity that sends its own certificate only."""
        return Leaf(self.certificate_pem, self.key_pem, self.names)

    def with_key_of(self, other: "Leaf") -> "Leaf":
        """The same certificates with a key that does not belong to them."""
        return Leaf(self.chain_pem, other.key_pem, self.names)


class Authority:
    """A certificate authority: a root, or an intermediate below one."""

    def __init__(self, name: str, certificate: x509.Certificate, key: PrivateKey, sent_along: bytes = b"") -> None:
        """`sent_along` is what its leaves send beside their own certificate (PEM): every intermediate from here to the root."""
        self.name = name
        self._certificate = certificate
        self._key = key
        self._sent_along = sent_along

    def __repr__(self) -> str:
        return f"<Authority {self.name}, {self.fingerprint[:16]}>"

    @classmethod
    def root(cls, common_name: str) -> Self:
        """A fresh root of that name (ECDSA P-256)."""
        made = trustme.CA(organization_name="wican-rig", organization_unit_name=common_name)
        return cls.load(common_name, made.cert_pem.bytes(), made.private_key_pem.bytes())

    @classmethod
    def load(cls, name: str, cert_pem: bytes, key_pem: bytes) -> Self:
        """An authority that exists already, for example one that a device's default bundle trusts.

        Raises:
            UsageError: certificate or key is no PEM, or the key is encrypted, neither ECDSA nor RSA, or not the certificate's.
        """
        try:
            certificate = x509.load_pem_x509_certificate(cert_pem)
            key = serialization.load_pem_private_key(key_pem, password=None)
        except (ValueError, TypeError) as error:
            raise UsageError(f"{name}: certificate and key have to be PEM, the key not encrypted ({error})") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise UsageError(f"{name}: the key has to be ECDSA or RSA")
        if key.public_key() != certificate.public_key():
            raise UsageError(f"{name}: the key does not belong to the certificate")
        return cls(name, certificate, key)

    @property
    def certificate_pem(self) -> bytes:
        """Its certificate, which becomes the CA of a certificate set."""
        return certificate_pem(self._certificate)

    @property
    def key_pem(self) -> bytes:
        """Its private key."""
        return private_key_pem(self._key)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its certificate, in hex digits."""
        return self._certificate.fingerprint(hashes.SHA256()).hex()

    def issue(self, *hosts: str, **wrong: object) -> Leaf:
        """A server's identity for these DNS names or IP addresses; `wrong` are the fields of ``Recipe`` that deviate.

        An intermediate's leaf sends the intermediate along.

        Raises:
            TypeError: `wrong` names no field of ``Recipe``.
        """
        recipe = Recipe(names=hosts, **wrong)  # type: ignore[arg-type]
        return _leaf(recipe, lambda key: make(recipe, key, self._certificate, self._key), self._sent_along)

    def client(self, name: str, **wrong: object) -> Leaf:
        """The identity of a client (a device) of that name; `wrong` as for `issue`."""
        return self.issue(name, **{"usages": (CLIENT_AUTH,), **wrong})

    def intermediate(self, name: str, **wrong: object) -> "Authority":
        """An authority below this one; `wrong` are the fields of ``Recipe`` that deviate."""
        recipe = Recipe(**{"common_name": name, "authority": True, "certifies": True, **wrong})  # type: ignore[arg-type]
        key = recipe.key.make()
        certificate = make(recipe, key, self._certificate, self._key)
        return Authority(name, certificate, key, certificate_pem(certificate) + self._sent_along)

    def twin(self) -> "Authority":
        """A root that says the same as this certificate, key identifier included, and has another key."""
        now = datetime.datetime.now(datetime.UTC)
        key = KeyKind.EC_P256.make()
        builder = x509.CertificateBuilder(extensions=list(self._certificate.extensions))
        certificate = (
            builder.subject_name(self._certificate.subject)
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .sign(key, hashes.SHA256())
        )
        return Authority(f"twin of {self.name}", certificate, key)


def self_signed(*hosts: str, **wrong: object) -> Leaf:
    """A server's identity that nobody but itself vouches for; `wrong` are the fields of ``Recipe`` that deviate."""
    recipe = Recipe(names=hosts, **wrong)  # type: ignore[arg-type]
    return _leaf(recipe, lambda key: make(recipe, key, None, key), b"")


def _leaf(recipe: Recipe, certify: Callable[[PrivateKey], x509.Certificate], sent_along: bytes) -> Leaf:
    key = recipe.key.make()
    return Leaf(certificate_pem(certify(key)) + sent_along, private_key_pem(key), recipe.names)
