"""One certificate at a time: what it says is a recipe whose defaults are valid; the caller states the deviation.

trustme makes the roots (``rig.pki.authority``). Leaves and intermediates are made here with cryptography, because trustme fixes
what has to be wrong in some of them: extended key usage, CA flag, path length, name constraints, hash and key size.
"""

import datetime
import ipaddress
from dataclasses import dataclass
from enum import Enum

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH

_RSA_WITH = bytes.fromhex("06092a864886f70d0101")  # RFC 8017, A.2.4: pkcs-1, less the last arc, which names the hash


class KeyKind(Enum):
    """Kind and size of a key pair."""

    EC_P256 = "ECDSA P-256"
    RSA_2048 = "RSA-2048"
    RSA_1024 = "RSA-1024"

    def make(self) -> PrivateKey:
        """A fresh key."""
        if self is KeyKind.EC_P256:
            return ec.generate_private_key(ec.SECP256R1())
        return rsa.generate_private_key(65537, 2048 if self is KeyKind.RSA_2048 else 1024)


class Digest(Enum):
    """Hash under a signature; the value is the last arc of its PKCS #1 signature algorithm."""

    SHA256 = 11
    SHA1 = 5
    MD5 = 4

    @property
    def algorithm(self) -> hashes.HashAlgorithm:
        """The hash itself."""
        return {Digest.SHA256: hashes.SHA256(), Digest.SHA1: hashes.SHA1(), Digest.MD5: hashes.MD5()}[self]  # noqa: S303 (cases need them)


@dataclass(frozen=True)
class Recipe:
    """What a certificate says. The defaults make a good server certificate from an hour ago for 30 days.

    `names` are DNS names or IP addresses; the first is the subject, too, unless `common_name` says another. `begins` and `ends`
    count from now. `permitted_names` are name constraints (of an authority). `digest` other than SHA-256 needs an issuer with an
    RSA key.
    """

    names: tuple[str, ...] = ()
    common_name: str | None = None
    begins: datetime.timedelta = datetime.timedelta(hours=-1)
    ends: datetime.timedelta = datetime.timedelta(days=30)
    usages: tuple[x509.ObjectIdentifier, ...] = (SERVER_AUTH,)
    key: KeyKind = KeyKind.EC_P256
    authority: bool = False
    certifies: bool = False
    path_length: int | None = None
    permitted_names: tuple[str, ...] = ()
    digest: Digest = Digest.SHA256
    broken_signature: bool = False

    @property
    def subject(self) -> x509.Name:
        """The subject's distinguished name; a common name has 64 characters at the most (RFC 5280, A.1)."""
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, (self.common_name or self.names[0])[:64])])


def make(recipe: Recipe, key: PrivateKey, issuer: x509.Certificate | None, issuer_key: PrivateKey) -> x509.Certificate:
    """The certificate of `recipe` for `key`, signed by `issuer_key`; without `issuer` it is its own issuer."""
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(recipe.subject)
        .issuer_name(issuer.subject if issuer else recipe.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + recipe.begins)
        .not_valid_after(now + recipe.ends)
    )
    for extension, critical in _extensions(recipe, key):
        builder = builder.add_extension(extension, critical)
    builder = builder.add_extension(_authority_key_identifier(issuer, issuer_key), False)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    if recipe.digest is not Digest.SHA256:
        certificate = _signed_with(recipe.digest, certificate, issuer_key)
    return _with_broken_signature(certificate) if recipe.broken_signature else certificate


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """The certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def private_key_pem(key: PrivateKey) -> bytes:
    """The key as PEM (PKCS #8, not encrypted)."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _extensions(recipe: Recipe, key: PrivateKey) -> list[tuple[x509.ExtensionType, bool]]:
    """Extensions with their criticality, as RFC 5280, 4.2 has them."""
    certifies = recipe.authority or recipe.certifies
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=recipe.authority, path_length=recipe.path_length), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (_key_usage(certifies=certifies, enciphers=isinstance(key, rsa.RSAPrivateKey) and not certifies), True),
    ]
    if recipe.names:
        extensions.append((x509.SubjectAlternativeName([_general_name(name) for name in recipe.names]), False))
    if recipe.usages and not certifies:
        extensions.append((x509.ExtendedKeyUsage(recipe.usages), False))
    if recipe.permitted_names:
        permitted = [_general_name(name) for name in recipe.permitted_names]
        extensions.append((x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), True))
    return extensions


def _key_usage(*, certifies: bool, enciphers: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=certifies,
        crl_sign=certifies,
        key_encipherment=enciphers,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_key_identifier(issuer: x509.Certificate | None, issuer_key: PrivateKey) -> x509.AuthorityKeyIdentifier:
    """What the issuer's certificate calls its key, so that the two match whatever that is."""
    if issuer is not None:
        for extension in issuer.extensions:
            if isinstance(extension.value, x509.SubjectKeyIdentifier):
                return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(extension.value)
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _signed_with(digest: Digest, certificate: x509.Certificate, issuer_key: PrivateKey) -> x509.Certificate:
    """The same certificate signed with a hash that cryptography no longer signs certificates with.

    The name of the signature algorithm stands in the signed part and beside it; the RSA names differ in their last byte only,
    so nothing changes its length.
    """
    if not isinstance(issuer_key, rsa.RSAPrivateKey):
        raise TypeError(f"{digest.name} needs an issuer with an RSA key: no other signature algorithm names it")
    before, after = (_RSA_WITH + bytes([kind.value]) for kind in (Digest.SHA256, digest))
    signed = certificate.tbs_certificate_bytes.replace(before, after, 1)
    signature = issuer_key.sign(signed, padding.PKCS1v15(), digest.algorithm)
    der = certificate.public_bytes(serialization.Encoding.DER).replace(certificate.tbs_certificate_bytes, signed)
    return x509.load_der_x509_certificate(der.replace(before, after)[: -len(signature)] + signature)


def _with_broken_signature(certificate: x509.Certificate) -> x509.Certificate:
    """The same certificate with one bit of its signature the other way; it still parses."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    return x509.load_der_x509_certificate(der[:-1] + bytes([der[-1] ^ 1]))
