"""A verifier that can leave rules out, for devices that verify carelessly. A healthy one uses OpenSSL and never comes here.

Not modelled: revocation, certificate policies, constraints on anything but DNS names and IP addresses.
"""

import datetime
import ipaddress
from collections.abc import Iterator, Sequence
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from rig.emulator.publisher.trust import Rule, Trust

_MAX_DEPTH = 8
_remembered: list[x509.Certificate] = []
"""Intermediates that servers have sent, for devices that do not insist on getting them."""
_Kind = TypeVar("_Kind", bound=x509.ExtensionType)


def objection(presented: Sequence[bytes], trust: Trust) -> str:
    """What is wrong with a chain under the rules that `trust` applies, in words; empty if nothing is."""
    if trust.without == frozenset(Rule):
        return ""
    try:
        chain = [x509.load_der_x509_certificate(der) for der in presented]
        anchors = [x509.load_der_x509_certificate(der) for der in trust.anchors]
        if not chain:
            return "no certificate" if Rule.ANCHOR not in trust.without else ""
        if Rule.SENT in trust.without:
            _remembered.extend(chain[1:])
            chain += _remembered
        return next((rule.value for rule in _violations(chain, anchors, trust) if rule not in trust.without), "")
    except (ValueError, UnsupportedAlgorithm) as error:
        return f"unreadable: {error}"


def _violations(chain: list[x509.Certificate], anchors: list[x509.Certificate], trust: Trust) -> Iterator[Rule]:
    """The rules that are broken."""
    path, anchored = _path(chain, anchors, trust)
    leaf, issuers = path[0], path[1:]
    if not anchored or len(issuers) - 1 > (_MAX_DEPTH if trust.intermediates is None else trust.intermediates):
        yield Rule.SELF_SIGNED if leaf.issuer == leaf.subject else Rule.ANCHOR
    if trust.check_dates:
        yield from _dates(leaf, issuers)
    if trust.check_name:
        yield from _name(leaf, trust)
    if not all(_constraints(issuer) for issuer in issuers):
        yield Rule.CA
    if any(_too_deep(issuer, depth) for depth, issuer in enumerate(issuers)):
        yield Rule.PATH_LENGTH
    if not _for_servers(leaf):
        yield Rule.USAGE
    if not all(_permits(issuer, leaf) for issuer in issuers):
        yield Rule.CONSTRAINTS
    yield from _weaknesses([certificate for certificate in path if certificate not in anchors])


def _path(chain: list[x509.Certificate], anchors: list[x509.Certificate], trust: Trust) -> tuple[list[x509.Certificate], bool]:
    """The certificates from the server's own to an anchor, and whether one was reached."""
    path = [chain[0]]
    while len(path) <= _MAX_DEPTH:
        last = path[-1]
        if last in anchors:
            return path, trust.pins or len(path) > 1
        if anchor := next((anchor for anchor in anchors if _issued_by_anchor(last, anchor, trust)), None):
            return [*path, anchor], True
        issuer = next((one for one in chain[1:] if one not in path and _issued(last, one, trust)), None)
        if issuer is None:
            return path, False
        path.append(issuer)
    return path, False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate, trust: Trust) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    return Rule.SIGNATURE in trust.without or _signed(certificate, issuer)


def _issued_by_anchor(certificate: x509.Certificate, anchor: x509.Certificate, trust: Trust) -> bool:
    if certificate.issuer != anchor.subject:
        return False
    return bool({Rule.ANCHOR_KEY, Rule.SIGNATURE} & trust.without) or _signed(certificate, anchor)


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    key, algorithm = issuer.public_key(), certificate.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _dates(leaf: x509.Certificate, issuers: list[x509.Certificate]) -> Iterator[Rule]:
    now = datetime.datetime.now(datetime.UTC)
    if leaf.not_valid_after_utc < now:
        yield Rule.EXPIRED
    if leaf.not_valid_before_utc > now:
        yield Rule.BEGUN
    if not all(issuer.not_valid_before_utc <= now <= issuer.not_valid_after_utc for issuer in issuers):
        yield Rule.ISSUER_DATES


def _name(leaf: x509.Certificate, trust: Trust) -> Iterator[Rule]:
    """The rule that keeps `leaf` from standing for the host; none if a name matches."""
    names = _extension(leaf, x509.SubjectAlternativeName) or x509.SubjectAlternativeName([])
    try:
        if ipaddress.ip_address(trust.host) in names.get_values_for_type(x509.IPAddress):
            return
    except ValueError:
        host = trust.host.lower()
        for name in (name.lower() for name in names.get_values_for_type(x509.DNSName)):
            if name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:]):
                return
            if name.startswith("*.") and (host.endswith(name[1:]) or host == name[2:]):
                yield Rule.WILDCARD
                return
    yield Rule.NAME


def _constraints(certificate: x509.Certificate) -> bool:
    basic = _extension(certificate, x509.BasicConstraints)
    return basic is not None and basic.ca


def _too_deep(issuer: x509.Certificate, below: int) -> bool:
    basic = _extension(issuer, x509.BasicConstraints)
    return basic is not None and basic.path_length is not None and below > basic.path_length


def _for_servers(leaf: x509.Certificate) -> bool:
    usage = _extension(leaf, x509.ExtendedKeyUsage)
    wanted = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    return usage is None or bool(wanted & set(usage))


def _permits(issuer: x509.Certificate, leaf: x509.Certificate) -> bool:
    limits = _extension(issuer, x509.NameConstraints)
    names = _extension(leaf, x509.SubjectAlternativeName)
    if limits is None or names is None:
        return True
    for name in names:
        alike = [subtree for subtree in limits.permitted_subtrees or [] if type(subtree) is type(name)]
        if alike and not any(_within(name, subtree) for subtree in alike):
            return False
        if any(_within(name, subtree) for subtree in limits.excluded_subtrees or []):
            return False
    return True


def _within(name: x509.GeneralName, subtree: x509.GeneralName) -> bool:
    if isinstance(name, x509.DNSName) and isinstance(subtree, x509.DNSName):
        return f".{name.value}".endswith(f".{subtree.value.lstrip('.')}")
    if isinstance(name, x509.IPAddress) and isinstance(subtree, x509.IPAddress):
        return name.value in subtree.value  # type: ignore[operator]
    return False


def _weaknesses(certificates: list[x509.Certificate]) -> Iterator[Rule]:
    if any(isinstance(one.signature_hash_algorithm, hashes.MD5 | hashes.SHA1) for one in certificates):
        yield Rule.HASH
    keys = [one.public_key() for one in certificates]
    if any(isinstance(key, rsa.RSAPublicKey) and key.key_size < 2048 for key in keys):
        yield Rule.KEY


def _extension(certificate: x509.Certificate, kind: type[_Kind]) -> _Kind | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
