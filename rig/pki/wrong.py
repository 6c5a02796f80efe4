"""Servers that a careful device refuses: each identity is wrong in exactly one way and has a twin that is right.

A case is asked for by its name. Both identities end in the same authority, so that one certificate set serves wrong and twin.
"""

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from rig.errors import BenchError
from rig.pki.authority import Authority, Leaf, self_signed
from rig.pki.certificate import CLIENT_AUTH, Digest, KeyKind

Pair = tuple[Leaf, Leaf]
OTHER_HOST = "elsewhere.rig.test"
_DAY = timedelta(days=1)
_EXPIRED: dict[str, object] = {"begins": -10 * _DAY, "ends": -2 * _DAY}


@dataclass(frozen=True)
class Case:
    """A wrong identity and its twin, the CA that a set holds (PEM), and the requirement that wants the wrong one refused.

    `weak` is set where a TLS library on its ordinary security level would not even load the identity: OpenSSL has to be told
    ``SECLEVEL=0`` before it serves it.
    """

    name: str
    requirement: str
    wrong: Leaf
    twin: Leaf
    ca_pem: bytes
    weak: bool = False


def case(name: str, authority: Authority, host: str) -> Case:
    """The case of that name for a server called `host`, below `authority`.

    Raises:
        KeyError: there is no such case.
        BenchError: the case needs a DNS name of three labels or more, or an IP address, and `host` is none.
    """
    requirement, pair = _CASES[name]
    wrong, twin = pair(authority, host)
    return Case(name, requirement, wrong, twin, authority.certificate_pem, weak=requirement == _WEAK)


def cases(authority: Authority, host: str) -> dict[str, Case]:
    """Every case that makes sense for `host`, by name; those that need more labels than it has are left out."""
    by_address = _is_address(host)
    fitting = [name for name in _CASES if name not in (_NEED_NAME if by_address else _NEED_ADDRESS)]
    made: dict[str, Case] = {}
    for name in fitting:
        with suppress(BenchError):
            made[name] = case(name, authority, host)
    return made


def names() -> tuple[str, ...]:
    """Names of all cases."""
    return tuple(_CASES)


def names_of(requirement: str) -> tuple[str, ...]:
    """Names of the cases that belong to a requirement."""
    return tuple(name for name, (id_, _) in _CASES.items() if id_ == requirement)


def requirements() -> dict[str, str]:
    """The requirement that each case belongs to, by the name of the case."""
    return {name: id_ for name, (id_, _) in _CASES.items()}


def _issued(wrong: dict[str, object], right: dict[str, object] | None = None) -> Callable[[Authority, str], Pair]:
    """A leaf that deviates in these fields; `right` is said by its twin."""
    return lambda authority, host: (authority.issue(host, **wrong), authority.issue(host, **(right or {})))


def _through(wrong: dict[str, object], right: dict[str, object] | None = None) -> Callable[[Authority, str], Pair]:
    """A good leaf of an intermediate that deviates in these fields; `right` is said by the intermediate of both."""
    right = right or {}

    def pair(authority: Authority, host: str) -> Pair:
        return (
            authority.intermediate("Rig Intermediate", **{**right, **wrong}).issue(host),
            authority.intermediate("Rig Intermediate", **right).issue(host),
        )

    return pair


def _other_ca(authority: Authority, host: str) -> Pair:
    return Authority.root("Rig Other Root").issue(host), authority.issue(host)


def _same_name(authority: Authority, host: str) -> Pair:
    return authority.twin().issue(host), authority.issue(host)


def _self_signed(authority: Authority, host: str) -> Pair:
    return self_signed(host), authority.issue(host)


def _other_host(authority: Authority, host: str) -> Pair:
    return authority.issue(OTHER_HOST), authority.issue(host)


def _too_deep(authority: Authority, host: str) -> Pair:
    parent = _parent(host)
    return authority.issue(f"*.{_parent(parent)}"), authority.issue(f"*.{parent}")


def _bare_domain(authority: Authority, host: str) -> Pair:
    return authority.issue(f"*.{host}"), authority.issue(f"*.{_parent(host)}")


def _address_missing(authority: Authority, host: str) -> Pair:
    if not _is_address(host):
        raise BenchError(f"this case needs an IP address, not {host}")
    return authority.issue(OTHER_HOST), authority.issue(host)


def _not_sent(authority: Authority, host: str) -> Pair:
    leaf = authority.intermediate("Rig Intermediate").issue(host)
    return leaf.without_intermediate(), leaf


def _too_long(authority: Authority, host: str) -> Pair:
    def leaf(path_length: int) -> Leaf:
        upper = authority.intermediate("Rig Upper Intermediate", path_length=path_length)
        return upper.intermediate("Rig Lower Intermediate").issue(host)

    return leaf(0), leaf(1)


def _constrained(authority: Authority, host: str) -> Pair:
    return _through({"permitted_names": ("allowed.rig.test",)}, {"permitted_names": (_parent(host),)})(authority, host)


def _weak_hash(digest: Digest) -> Callable[[Authority, str], Pair]:
    def pair(authority: Authority, host: str) -> Pair:
        issuer = authority.intermediate("Rig RSA Intermediate", key=KeyKind.RSA_2048)
        return issuer.issue(host, digest=digest), issuer.issue(host)

    return pair


def _weak_hash_above(digest: Digest) -> Callable[[Authority, str], Pair]:
    def pair(authority: Authority, host: str) -> Pair:
        return _through({"digest": digest})(authority.intermediate("Rig RSA Intermediate", key=KeyKind.RSA_2048), host)

    return pair


def _parent(host: str) -> str:
    """The domain above a host; a wildcard in its place has to keep two labels, or no library would match it at all."""
    parent = host.partition(".")[2]
    if _is_address(host) or "." not in parent:
        raise BenchError(f"this case needs a DNS name of more labels than {host} has")
    return parent


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


_WEAK = "trust/weak-crypto-refused"
_CASES: dict[str, tuple[str, Callable[[Authority, str], Pair]]] = {
    "other-ca": ("trust/custom-refuses-other-ca", _other_ca),
    "same-name-other-key": ("trust/same-name-other-key-refused", _same_name),
    "self-signed": ("trust/self-signed-refused", _self_signed),
    "expired": ("trust/expired-refused", _issued(_EXPIRED)),
    "not-yet-valid": ("trust/not-yet-valid-refused", _issued({"begins": 2 * _DAY})),
    "other-host": ("trust/other-host-refused", _other_host),
    "ip-address-missing": ("trust/ip-address-host", _address_missing),
    "wildcard-too-deep": ("trust/wildcard-one-label", _too_deep),
    "wildcard-bare-domain": ("trust/wildcard-one-label", _bare_domain),
    "intermediate-not-sent": ("trust/intermediate-must-be-sent", _not_sent),
    "intermediate-no-ca": ("trust/intermediate-must-be-ca", _through({"authority": False})),
    "path-too-long": ("trust/intermediate-must-be-ca", _too_long),
    "intermediate-expired": ("trust/expired-intermediate-refused", _through(_EXPIRED)),
    "client-usage-only": ("trust/server-auth-usage", _issued({"usages": (CLIENT_AUTH,)})),
    "name-constraint-violated": ("trust/name-constraints", _constrained),
    "md5": (_WEAK, _weak_hash(Digest.MD5)),
    "sha1": (_WEAK, _weak_hash(Digest.SHA1)),
    "md5-intermediate": (_WEAK, _weak_hash_above(Digest.MD5)),
    "sha1-intermediate": (_WEAK, _weak_hash_above(Digest.SHA1)),
    "rsa-1024": (_WEAK, _issued({"key": KeyKind.RSA_1024}, {"key": KeyKind.RSA_2048})),
    "rsa-1024-intermediate": (_WEAK, _through({"key": KeyKind.RSA_1024}, {"key": KeyKind.RSA_2048})),
    "broken-signature": ("trust/broken-signature-refused", _issued({"broken_signature": True})),
    "broken-intermediate-signature": ("trust/broken-signature-refused", _through({"broken_signature": True})),
}
_NEED_NAME = {"other-host", "wildcard-too-deep", "wildcard-bare-domain", "name-constraint-violated"}
_NEED_ADDRESS = {"ip-address-missing"}
