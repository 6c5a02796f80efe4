"""Each wrong identity is refused by OpenSSL for its own reason, and its twin is accepted."""

import ssl

import pytest

from rig.errors import BenchError
from rig.pki import Authority, Leaf
from rig.pki.wrong import Case, case, cases, names_of
from rig.requirements import catalogue

HOST = "receiver.bench.rig.test"
ADDRESS = "127.0.0.1"

# verify codes of OpenSSL 3 (x509_vfy.h), and 64 for an address that is not in the certificate
REASONS = {
    "other-ca": {20},
    "same-name-other-key": {7},
    "self-signed": {18},
    "expired": {10},
    "not-yet-valid": {9},
    "other-host": {62},
    "ip-address-missing": {64},
    "wildcard-too-deep": {62},
    "wildcard-bare-domain": {62},
    "intermediate-not-sent": {20},
    "intermediate-no-ca": {79},
    "path-too-long": {25},
    "intermediate-expired": {10},
    "client-usage-only": {26},
    "name-constraint-violated": {47},
    "md5": {68},
    "sha1": {68},
    "md5-intermediate": {68},
    "sha1-intermediate": {68},
    "rsa-1024": {66},
    "rsa-1024-intermediate": {67},
    "broken-signature": {7},
    "broken-intermediate-signature": {7},
}


@pytest.fixture(scope="module")
def authority():
    return Authority.root("Rig Trusted Root")


@pytest.fixture(scope="module")
def every_case(authority):
    return cases(authority, HOST) | {name: found for name, found in cases(authority, ADDRESS).items() if name == "ip-address-missing"}


def careful() -> ssl.SSLContext:
    """A client that verifies. Python 3.13 is strict by itself; what is wrong here is wrong for others, too."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return client


def strict() -> ssl.SSLContext:
    client = careful()
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    return client


def blind_to_names() -> ssl.SSLContext:
    client = careful()
    client.check_hostname = False
    return client


def blind_to_dates() -> ssl.SSLContext:
    client = careful()
    client.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
    return client


def blind_to_weakness() -> ssl.SSLContext:
    client = careful()
    client.set_ciphers("DEFAULT:@SECLEVEL=0")
    return client


def verify_code(identity: Leaf, ca_pem: bytes, host: str, tmp_path, *, weak: bool = False, client=None) -> int:
    """0 if a client that trusts `ca_pem` shakes hands with `identity`, or else the reason why not."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if weak:
        server.set_ciphers("DEFAULT:@SECLEVEL=0")
    file = tmp_path / "identity.pem"
    file.write_bytes(identity.key_pem + identity.chain_pem)
    server.load_cert_chain(file)
    client = client or careful()
    client.load_verify_locations(cadata=ca_pem.decode())
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server, server_hostname=host), server.wrap_bio(to_server, to_client, server_side=True)]
    for _ in range(3):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_code
    assert ends[0].version()
    return 0


def host_of(found: Case) -> str:
    return ADDRESS if found.name == "ip-address-missing" else HOST


def test_every_case_has_its_reason(every_case):
    assert every_case.keys() == REASONS.keys()


@pytest.mark.parametrize("name", REASONS)
def test_the_wrong_one_is_refused_for_its_own_reason(every_case, name, tmp_path):
    found = every_case[name]
    assert verify_code(found.wrong, found.ca_pem, host_of(found), tmp_path, weak=found.weak) in REASONS[name]


@pytest.mark.parametrize("name", REASONS)
def test_its_twin_is_accepted(every_case, name, tmp_path):
    found = every_case[name]
    assert verify_code(found.twin, found.ca_pem, host_of(found), tmp_path, client=strict()) == 0


@pytest.mark.parametrize(
    ("blind", "names"),
    [
        (blind_to_names, ["other-host", "wildcard-too-deep", "wildcard-bare-domain", "ip-address-missing"]),
        (blind_to_dates, ["expired", "not-yet-valid", "intermediate-expired"]),
        (blind_to_weakness, names_of("trust/weak-crypto-refused")),
    ],
)
def test_the_wrong_one_is_wrong_in_no_other_way(every_case, blind, names, tmp_path):
    for name in names:
        found = every_case[name]
        assert verify_code(found.wrong, found.ca_pem, host_of(found), tmp_path, weak=found.weak, client=blind()) == 0, name


@pytest.mark.parametrize("name", names_of("trust/weak-crypto-refused"))
def test_weak_ones_need_a_server_that_is_told_so(every_case, name, tmp_path):
    found = every_case[name]
    assert found.weak
    with pytest.raises(ssl.SSLError, match=r"too weak|too small"):
        verify_code(found.wrong, found.ca_pem, HOST, tmp_path)


def test_every_case_names_a_requirement_that_finds_it_again(every_case):
    for name, found in every_case.items():
        assert found.requirement in catalogue()
        assert name in names_of(found.requirement)


def test_every_requirement_on_certificates_has_a_case(every_case):
    asked = {
        "custom-refuses-other-ca", "same-name-other-key-refused", "self-signed-refused", "expired-refused", "not-yet-valid-refused",
        "other-host-refused", "ip-address-host", "wildcard-one-label", "intermediate-must-be-sent", "intermediate-must-be-ca",
        "expired-intermediate-refused", "server-auth-usage", "name-constraints", "weak-crypto-refused", "broken-signature-refused",
    }  # fmt: skip
    assert {found.requirement for found in every_case.values()} == {f"trust/{slug}" for slug in asked}


@pytest.mark.parametrize(
    ("name", "host"), [("wildcard-too-deep", "rig.test"), ("name-constraint-violated", ADDRESS), ("ip-address-missing", HOST)]
)
def test_a_host_that_a_case_cannot_be_made_for_is_the_benchs_fault(authority, name, host):
    with pytest.raises(BenchError, match=r"this case needs"):
        case(name, authority, host)
