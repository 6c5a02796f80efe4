"""Authorities issue what is valid unless told otherwise, and say what they are."""

import datetime
import hashlib
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from rig.errors import BenchError, UsageError
from rig.pki import Authority, Digest, KeyKind, Pki, self_signed

HOST = "receiver.bench.rig.test"


@pytest.fixture(scope="module")
def authority():
    return Authority.root("Rig Trusted Root")


def read(pem: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem)


def value(certificate: x509.Certificate, kind):
    return certificate.extensions.get_extension_for_class(kind).value


def test_a_leaf_is_valid_from_an_hour_ago_for_thirty_days(authority):
    certificate = read(authority.issue(HOST).certificate_pem)
    now = datetime.datetime.now(datetime.UTC)
    minute = datetime.timedelta(minutes=1)
    assert abs(now - certificate.not_valid_before_utc - datetime.timedelta(hours=1)) < minute
    assert abs(certificate.not_valid_after_utc - now - datetime.timedelta(days=30)) < minute


def test_a_leaf_serves_the_names_it_was_issued_for_and_nothing_else(authority):
    certificate = read(authority.issue(HOST, "127.0.0.1").certificate_pem)
    names = value(certificate, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == [HOST]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert list(value(certificate, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not value(certificate, x509.BasicConstraints).ca


def test_a_leaf_names_the_key_of_its_issuer(authority):
    own = value(read(authority.certificate_pem), x509.SubjectKeyIdentifier)
    assert value(read(authority.issue(HOST).certificate_pem), x509.AuthorityKeyIdentifier).key_identifier == own.digest


def test_a_leafs_key_is_its_own(authority):
    leaf = authority.issue(HOST)
    assert load_pem_private_key(leaf.key_pem, None).public_key() == read(leaf.certificate_pem).public_key()
    assert leaf.key_pem != authority.issue(HOST).key_pem


def test_the_key_of_another_does_not_fit(authority, tmp_path):
    leaf = authority.client("device").with_key_of(authority.client("other"))
    file = tmp_path / "mismatched.pem"
    file.write_bytes(leaf.key_pem + leaf.chain_pem)
    with pytest.raises(ssl.SSLError, match="KEY_VALUES_MISMATCH"):
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(file)


def test_a_clients_certificate_is_for_clients_only(authority):
    certificate = read(authority.client("device-1").certificate_pem)
    assert list(value(certificate, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert certificate.subject.rfc4514_string() == "CN=device-1"


def test_intermediates_are_sent_from_the_leaf_upwards_without_the_root(authority):
    upper = authority.intermediate("Upper")
    lower = upper.intermediate("Lower")
    leaf = lower.issue(HOST)
    assert leaf.chain_pem == leaf.certificate_pem + lower.certificate_pem + upper.certificate_pem
    assert leaf.without_intermediate().chain_pem == leaf.certificate_pem
    assert read(leaf.certificate_pem).issuer == read(lower.certificate_pem).subject
    assert authority.issue(HOST).chain_pem.count(b"BEGIN") == 1


def test_a_twin_differs_in_its_key_only(authority):
    one, other = read(authority.certificate_pem), read(authority.twin().certificate_pem)
    assert one.subject == other.subject
    assert list(one.extensions) == list(other.extensions)
    assert one.public_key() != other.public_key()
    assert authority.twin().fingerprint != authority.fingerprint


def test_a_self_signed_certificate_is_its_own_issuer():
    certificate = read(self_signed(HOST).certificate_pem)
    certificate.verify_directly_issued_by(certificate)
    assert not value(certificate, x509.BasicConstraints).ca


def test_the_fingerprint_is_that_of_the_certificate(authority):
    der = ssl.PEM_cert_to_DER_cert(authority.certificate_pem.decode())
    assert authority.fingerprint == hashlib.sha256(der).hexdigest()


def test_the_wire_form_of_a_leaf_is_its_der(authority):
    leaf = authority.client("device")
    assert leaf.certificate_der == ssl.PEM_cert_to_DER_cert(leaf.certificate_pem.decode())


def test_a_long_host_name_is_whole_in_the_alternative_names(authority):
    host = f"{'a' * 60}.bench.rig.test"
    names = value(read(authority.issue(host).certificate_pem), x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == [host]


def test_an_existing_authority_can_be_taken_over(authority):
    loaded = Authority.load("again", authority.certificate_pem, authority.key_pem)
    read(loaded.issue(HOST).certificate_pem).verify_directly_issued_by(read(authority.certificate_pem))


@pytest.mark.parametrize(
    ("certificate", "key", "message"),
    [(b"no PEM", None, "PEM"), (None, b"no PEM", "PEM"), (None, "other", "does not belong")],
)
def test_what_is_no_authority_is_refused_with_its_name(authority, certificate, key, message):
    key = Authority.root("other").key_pem if key == "other" else key
    with pytest.raises(UsageError, match=f"bench default CA: .*{message}"):
        Authority.load("bench default CA", certificate or authority.certificate_pem, key or authority.key_pem)


def test_an_encrypted_key_is_refused(authority):
    key = load_pem_private_key(authority.key_pem, None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    with pytest.raises(UsageError, match="not encrypted"):
        Authority.load("locked", authority.certificate_pem, key)


def test_a_deviation_that_does_not_exist_is_an_error(authority):
    with pytest.raises(TypeError, match="expiredd"):
        authority.issue(HOST, expiredd=True)


def test_a_weak_hash_needs_an_rsa_issuer(authority):
    with pytest.raises(TypeError, match="RSA key"):
        authority.issue(HOST, digest=Digest.MD5)
    weak = authority.intermediate("RSA", key=KeyKind.RSA_2048).issue(HOST, digest=Digest.MD5)
    assert read(weak.certificate_pem).signature_algorithm_oid.dotted_string == "1.2.840.113549.1.1.4"


def test_a_run_keeps_its_authorities_and_shares_them_with_no_other():
    pki = Pki()
    assert pki.trusted is pki.trusted
    assert pki.authority("third") is pki.authority("third")
    assert len({pki.trusted.fingerprint, pki.stranger.fingerprint, Pki().trusted.fingerprint}) == 3


def test_the_public_root_is_the_benchs(authority):
    assert Pki(authority).public is authority
    with pytest.raises(BenchError, match="default_ca"):
        _ = Pki().public
