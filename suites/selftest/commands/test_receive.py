"""``wican-rig receive``: what arrives is printed, and so is what is refused."""

import re
import ssl

import httpx
import pytest


def url_of(receiver):
    return re.search(r"https://\S+", receiver.wait_for("URL for the destination"))[0]


def client(folder, *, certificate=False):
    context = ssl.create_default_context(cafile=folder / "wican-receive" / "ca.pem")
    if certificate:
        context.load_cert_chain(folder / "wican-receive" / "client.crt", folder / "wican-receive" / "client.key")
    return httpx.Client(verify=context, trust_env=False)


def test_a_post_is_printed_whole_and_nothing_in_it_steers_the_terminal(start, tmp_path):
    receiver = start("receive", "--port", "0", "--count", "1", "--status", "202")
    url = url_of(receiver)
    with client(tmp_path) as posting:
        answer = posting.post(url + "ingest?a=b", json={"autopid_data": {"0C-EngineRPM": 1726.5, "note": "\x1b[2J"}})
    assert answer.status_code == 202
    code, said = receiver.end()
    assert code == 0
    assert "POST /ingest?a=b" in said
    assert "answered 202" in said
    assert '"0C-EngineRPM": 1726.5' in said
    assert "\x1b" not in said
    assert "1 requests, 1 connections, 0 of them failed" in said


def test_a_refused_handshake_is_printed_with_its_reason(start):
    receiver = start("receive", "--port", "0", "--seconds", "10")
    url = url_of(receiver)
    with httpx.Client(trust_env=False) as stranger, pytest.raises(httpx.ConnectError):
        stranger.get(url)
    assert "unknown_ca" in receiver.wait_for("no request").lower().replace(" ", "_")


def test_mutual_tls_wants_the_certificate_that_it_wrote(start, tmp_path):
    receiver = start("receive", "--port", "0", "--mutual", "--brief", "--count", "1")
    url = url_of(receiver)
    with client(tmp_path) as without, pytest.raises(httpx.HTTPError):
        without.post(url, content=b"x")
    with client(tmp_path, certificate=True) as posting:
        assert posting.post(url, content=b"x").status_code == 200
    code, said = receiver.end()
    assert code == 0
    assert "1 of them failed" in said


def test_the_authority_is_used_again(start, tmp_path):
    start("receive", "--port", "0", "--seconds", "0.1").end()
    before = (tmp_path / "wican-receive" / "ca.pem").read_bytes()
    start("receive", "--port", "0", "--seconds", "0.1").end()
    assert (tmp_path / "wican-receive" / "ca.pem").read_bytes() == before


def test_a_port_that_is_taken_is_said_with_3(start):
    first = start("receive", "--port", "0")
    port = url_of(first).rstrip("/").rpartition(":")[2]
    code, said = start("receive", "--port", port).end()
    assert code == 3
    assert "taken" in said
