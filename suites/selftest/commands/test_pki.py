"""``wican-rig pki``: files that a device and a server take as they are."""

import ssl
import stat

import pytest
from cryptography import x509
from typer.testing import CliRunner

from rig.cli import application
from rig.errors import UsageError


def pki(*words):
    result = CliRunner().invoke(application(["pki"]), ["pki", *map(str, words)])
    if isinstance(result.exception, UsageError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_the_set_and_its_server_fit_together(tmp_path):
    said = pki(tmp_path / "set", "collector.example.com", "192.0.2.7", "--client", "my-wican")
    for name in ("ca.pem", "server.pem", "client.crt"):
        assert name in said
    ca = x509.load_pem_x509_certificate((tmp_path / "set" / "ca.pem").read_bytes())
    for name in ("server.pem", "client.crt"):
        x509.load_pem_x509_certificate((tmp_path / "set" / name).read_bytes()).verify_directly_issued_by(ca)
    for kind, chain, key in (
        (ssl.PROTOCOL_TLS_SERVER, "server.pem", "server.key"),
        (ssl.PROTOCOL_TLS_CLIENT, "client.crt", "client.key"),
    ):
        ssl.SSLContext(kind).load_cert_chain(tmp_path / "set" / chain, tmp_path / "set" / key)


def test_keys_are_their_owners_only(tmp_path):
    pki(tmp_path / "set", "collector.example.com", "--client", "my-wican")
    keys = sorted((tmp_path / "set").glob("*.key"))
    assert [path.name for path in keys] == ["ca.key", "client.key", "server.key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}


def test_the_authority_stays_so_that_an_uploaded_set_goes_on_working(tmp_path):
    pki(tmp_path / "set", "one.example.com")
    before = (tmp_path / "set" / "ca.pem").read_bytes()
    pki(tmp_path / "set", "other.example.com")
    assert (tmp_path / "set" / "ca.pem").read_bytes() == before
    server = x509.load_pem_x509_certificate((tmp_path / "set" / "server.pem").read_bytes())
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["other.example.com"]


def test_a_server_may_be_wrong_in_one_way(tmp_path):
    assert "a careful client refuses it" in pki(tmp_path / "set", "collector.example.com", "--wrong", "expired")
    server = x509.load_pem_x509_certificate((tmp_path / "set" / "server.pem").read_bytes())
    ca = x509.load_pem_x509_certificate((tmp_path / "set" / "ca.pem").read_bytes())
    server.verify_directly_issued_by(ca)
    assert server.not_valid_after_utc < ca.not_valid_after_utc
    assert "expired" in pki("--list").splitlines()


@pytest.mark.parametrize(
    ("words", "said"),
    [(["set"], "name a folder and"), ([], "name a folder and"), (["set", "h.example.com", "--wrong", "odd"], "there are other-ca")],
)
def test_what_makes_no_sense_is_refused(words, said):
    with pytest.raises(UsageError, match=said):
        pki(*words)


def test_a_folder_that_holds_something_else_is_not_written_over(tmp_path):
    (tmp_path / "ca.pem").write_text("something else")
    (tmp_path / "ca.key").write_text("something else")
    with pytest.raises(UsageError, match="PEM"):
        pki(tmp_path, "h.example.com")
    assert (tmp_path / "ca.pem").read_text() == "something else"
