"""Receivers that ask for a client certificate: what they insist on, keep, and say."""

import ssl
from ssl import TLSVersion

import pytest
import trustme

from rig.receiver import ServerTls


@pytest.fixture(scope="module")
def clients():
    return trustme.CA()


@pytest.mark.parametrize("version", [TLSVersion.TLSv1_2, TLSVersion.TLSv1_3])
def test_a_client_certificate_is_asked_for_verified_and_kept(make, client, clients, version):
    receiver = make(tls=ServerTls(client_ca=clients.cert_pem.bytes(), require_client_certificate=True))
    context = client.context(maximum_version=version)
    issued = clients.issue_cert("device@rig.test")
    issued.configure_cert(context)
    assert client.post(receiver, context=context).startswith(b"HTTP/1.1 200")
    assert receiver.connections[0].client_certificate == ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())


@pytest.mark.parametrize("version", [TLSVersion.TLSv1_2, TLSVersion.TLSv1_3])
def test_a_missing_client_certificate_ends_it_and_the_device_learns_why(make, client, clients, closed, version):
    receiver = make(tls=ServerTls(client_ca=clients.cert_pem.bytes(), require_client_certificate=True))
    learned = client.trial(receiver, maximum_version=version)
    assert learned in {"TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_HANDSHAKE_FAILURE"}
    (connection,) = closed(receiver)
    assert connection.failure == "the receiver broke off: peer did not return a certificate"
    assert (connection.aborted_by_peer, connection.no_agreement, receiver.requests) == (False, False, [])


def test_a_client_certificate_that_is_asked_for_only(make, client, clients):
    receiver = make(tls=ServerTls(client_ca=clients.cert_pem.bytes()))
    assert client.trial(receiver) == b"HTTP/1.1 200"
    assert receiver.connections[0].client_certificate is None


def test_a_wrong_client_certificate_is_refused(make, authorities, client, clients, closed):
    receiver = make(tls=ServerTls(client_ca=clients.cert_pem.bytes()))
    context = client.context(maximum_version=TLSVersion.TLSv1_2)
    authorities.stranger.issue_cert("device@rig.test").configure_cert(context)
    with pytest.raises(ssl.SSLError):
        client.post(receiver, context=context)
    assert closed(receiver)[0].failure == "the receiver broke off: certificate verify failed"
