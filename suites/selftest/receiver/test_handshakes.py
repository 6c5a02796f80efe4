"""Connections that never become a request: refused, stalled, broken off by either side, or no TLS at all."""

import socket
import ssl
from contextlib import suppress
from ssl import TLSVersion

import pytest

from rig.evidence.records import Direction
from rig.receiver import (
    Ending,
    Garbage,
    Limits,
    PlainHttp,
    Present,
    Reply,
    ResetAfterBytes,
    ResetAfterHandshake,
    ResetInHandshake,
    ResetOnAccept,
    ScriptedServerHello,
    ScriptedSsl3,
    ServerTls,
    SilentOnAccept,
    StallHandshake,
)


def hello_bytes(client):
    outgoing = ssl.MemoryBIO()
    tls = client.context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def shaken(tls):
    """One step of a handshake; whether it was the last."""
    with suppress(ssl.SSLWantReadError):
        tls.do_handshake()
        return True
    return False


# Refused by the device ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [TLSVersion.TLSv1_2, TLSVersion.TLSv1_3])
def test_a_certificate_that_is_refused_leaves_its_alert(make, authorities, client, closed, version):
    receiver = make(authorities.other)
    assert client.trial(receiver, maximum_version=version) == "CERTIFICATE_VERIFY_FAILED"
    (connection,) = closed(receiver)
    assert (connection.alert.name, connection.alert.description, connection.alert.level) == ("unknown_ca", 48, 2)
    assert connection.failure == "the device sent the alert unknown_ca in the handshake"
    assert (connection.refused, connection.no_agreement, connection.application_bytes) == (True, False, 0)
    assert connection.hello.server_name == "localhost"
    assert [attempt.ending for attempt in receiver.attempts] == [Ending.FAILURE]


def test_an_alert_under_encryption_is_recorded(receiver, client, closed):
    """A device that cannot make sense of what it gets after the handshake."""
    receiver.reply(Reply(delay_s=60))
    sock, incoming, outgoing = client.connect(receiver), ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    while not shaken(tls):
        sock.sendall(outgoing.read())
        incoming.write(sock.recv(65536))
    tls.write(client.request())
    incoming.write(b"\x17\x03\x03\x00\x40" + bytes(64))
    with pytest.raises(ssl.SSLError):
        tls.read(1)
    sock.sendall(outgoing.read())
    (connection,) = closed(receiver)
    assert connection.alert.name == "bad_record_mac"
    assert connection.failure == "the device sent the alert bad_record_mac before the answer"


def test_a_device_that_goes_away_in_the_handshake_has_refused_without_a_word(receiver, client, closed):
    sock = client.connect(receiver)
    sock.sendall(hello_bytes(client))
    sock.recv(65536)
    sock.shutdown(socket.SHUT_WR)
    (connection,) = closed(receiver)
    assert (connection.failure, connection.alert) == ("the device closed the connection in the handshake", None)
    assert connection.refused


def test_a_device_that_says_nothing_and_closes(receiver, client, closed):
    client.connect(receiver).close()
    (connection,) = closed(receiver)
    assert connection.failure == "the device closed the connection before it sent anything"
    assert (connection.hello_ns, connection.started_ns, connection.refused) == (None, connection.accepted_ns, True)


def test_a_device_that_closes_after_the_handshake_has_refused(receiver, client, closed):
    tls = client.tls(receiver)
    assert receiver.wait(lambda r: r.connections and r.connections[0].handshaken_ns, 5)
    client.hang_up(tls)
    (connection,) = closed(receiver)
    assert connection.failure == "the device closed the connection after the handshake, before any request"
    assert connection.refused


def test_the_certificate_can_be_changed_between_connections(make, authorities, client):
    receiver = make(authorities.other)
    port = receiver.port
    assert client.trial(receiver) == "CERTIFICATE_VERIFY_FAILED"
    receiver.present(authorities.leaf)
    assert client.trial(receiver) == b"HTTP/1.1 200"
    receiver.present(authorities.leaf, ServerTls(maximum=TLSVersion.TLSv1_2))
    assert client.trial(receiver) == b"HTTP/1.1 200"
    assert [connection.tls_version for connection in receiver.connections] == [None, "TLSv1.3", "TLSv1.2"]
    assert receiver.port == port


# Silence --------------------------------------------------------------------------------------------------------------


def test_a_script_presents_an_identity_to_one_connection(make, authorities, client):
    receiver = make(authorities.leaf)
    older = ServerTls(maximum=TLSVersion.TLSv1_2)
    receiver.connection_script([Present(authorities.leaf), Present(authorities.other, older, "other"), None])
    client.post(receiver)
    with pytest.raises(ssl.SSLCertVerificationError):
        client.tls(receiver)
    assert client.post(receiver).startswith(b"HTTP/1.1 200")
    assert receiver.wait(lambda r: all(connection.closed_ns for connection in r.connections), 5)
    assert [connection.act for connection in receiver.connections] == ["another identity", "other", None]
    assert [connection.refused for connection in receiver.connections] == [False, True, False]


def test_a_silent_client_silences_nobody(receiver, client):
    silent, begun = client.connect(receiver), client.connect(receiver)
    begun.sendall(b"\x16\x03")
    assert client.trial(receiver) == b"HTTP/1.1 200"
    assert [connection.closed_ns for connection in receiver.connections[:2]] == [None, None]
    assert receiver.attempts[0].ending is Ending.OPEN
    silent.close()


def test_a_silent_client_is_recorded_at_the_deadline(make, client, closed):
    receiver = make(limits=Limits(handshake_s=0.1))
    sock = client.connect(receiver)
    assert client.everything(sock) == b""
    sock.close()
    (connection,) = closed(receiver)
    assert (connection.closed_ns - connection.accepted_ns) / 1e9 < 0.9, "it is told of the end, and need not wait for it"
    assert connection.failure == "nothing came any more before it sent anything"
    assert (connection.aborted_by_peer, connection.refused) == (False, False)


def test_a_silent_receiver_hears_the_hello_and_the_end(receiver, client, closed):
    receiver.connection_script([SilentOnAccept(for_s=60)])
    sock = client.connect(receiver)
    sock.sendall(hello_bytes(client))
    assert receiver.wait(lambda r: r.connections and r.connections[0].hello, 5)
    sock.close()
    (connection,) = closed(receiver)
    assert (connection.act, connection.aborted_by_peer) == ("SilentOnAccept(for_s=60)", True)
    assert client.trial(receiver) == b"HTTP/1.1 200"


def test_a_silent_receiver_gives_up_in_its_time(receiver, client, closed):
    receiver.on_connection(SilentOnAccept(for_s=0.05))
    sock = client.connect(receiver)
    sock.sendall(hello_bytes(client))
    assert client.everything(sock) == b""
    sock.close()
    (connection,) = closed(receiver)
    assert connection.aborted_by_peer is False
    assert 0.05 <= (connection.closed_ns - connection.accepted_ns) / 1e9 < 1


def test_a_stalled_handshake_is_a_server_hello_and_no_more(receiver, client, closed):
    receiver.on_connection(StallHandshake(for_s=0.1))
    sock = client.connect(receiver)
    sock.sendall(hello_bytes(client))
    answer = client.everything(sock)
    sock.close()
    assert (answer[0], answer[5], len(answer)) == (22, 2, 5 + int.from_bytes(answer[3:5], "big"))
    (connection,) = closed(receiver)
    assert "gave up listening" in connection.failure
    assert not connection.aborted_by_peer


# Resets and nonsense --------------------------------------------------------------------------------------------------


def test_a_reset_on_acceptance(receiver, client, closed):
    receiver.on_connection(ResetOnAccept())
    assert client.is_reset(receiver)
    (connection,) = closed(receiver)
    assert connection.failure == "the receiver reset the connection, as it was told to"
    assert (connection.hello, connection.aborted_by_peer, receiver.attempts[0].ending) == (None, False, Ending.FAILURE)


def test_a_reset_in_place_of_an_answer_to_the_hello(receiver, client, closed):
    receiver.on_connection(ResetInHandshake())
    sock = client.connect(receiver)
    sock.sendall(hello_bytes(client))
    assert client.ending_of(sock) == "reset"
    (connection,) = closed(receiver)
    assert (connection.hello.server_name, connection.handshaken_ns, connection.aborted_by_peer) == ("localhost", None, False)


def test_a_reset_after_the_handshake(receiver, client, closed):
    receiver.on_connection(ResetAfterHandshake())
    assert client.ending_of(client.tls(receiver)) == "reset"
    (connection,) = closed(receiver)
    assert (connection.handshaken_ns is not None, connection.application_bytes) == (True, 0)


def test_a_reset_in_the_middle_of_a_request(receiver, client, closed):
    receiver.on_connection(ResetAfterBytes(10))
    tls = client.tls(receiver)
    tls.sendall(client.request()[:9])
    assert receiver.wait(lambda r: r.connections and r.connections[0].application_bytes == 9, 5)
    tls.sendall(client.request()[9:12])
    assert client.ending_of(tls) == "reset"
    (connection,) = closed(receiver)
    assert (connection.application_bytes, receiver.requests) == (12, [])


def test_garbage_in_place_of_a_server_hello(receiver, client, closed):
    receiver.on_connection(Garbage(b"\0\1\2", for_s=0.05))
    sock = client.connect(receiver)
    sock.sendall(hello_bytes(client))
    assert client.everything(sock) == b"\0\1\2"


# Versions, suites -----------------------------------------------------------------------------------------------------


def test_a_device_that_offers_nothing_the_server_has_has_refused(make, client, closed):
    receiver = make(tls=ServerTls(minimum=TLSVersion.TLSv1, maximum=TLSVersion.TLSv1_1))
    assert client.trial(receiver) == "TLSV1_ALERT_PROTOCOL_VERSION"
    (connection,) = closed(receiver)
    assert (connection.no_agreement, connection.refused, connection.aborted_by_peer) == (True, True, False)
    assert connection.failure == "the receiver broke off: unsupported protocol"


@pytest.mark.parametrize("suites", ["eNULL", "aNULL"])
def test_suites_without_encryption_or_authentication(make, client, closed, suites):
    """Refused by a device that does not offer them, used by one that does."""
    receiver = make(tls=ServerTls(maximum=TLSVersion.TLSv1_2, ciphers=suites))
    assert client.trial(receiver) == "SSLV3_ALERT_HANDSHAKE_FAILURE"
    assert closed(receiver)[0].no_agreement
    careless = client.context(check_hostname=False, verify_mode=ssl.CERT_NONE, maximum_version=TLSVersion.TLSv1_2)
    careless.set_ciphers(f"{suites}:@SECLEVEL=0")
    assert client.post(receiver, context=careless).startswith(b"HTTP/1.1 200")
    assert receiver.connections[1].cipher.startswith(("ECDHE-ECDSA-NULL", "AECDH"))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [TLSVersion.TLSv1, TLSVersion.TLSv1_1])
def test_old_versions_are_really_spoken(make, client, version):
    receiver = make(tls=ServerTls(minimum=version, maximum=version))
    careless = client.context(minimum_version=TLSVersion.TLSv1)
    careless.set_ciphers("DEFAULT:@SECLEVEL=0")
    assert client.post(receiver, context=careless).startswith(b"HTTP/1.1 200")
    assert receiver.connections[0].tls_version == {TLSVersion.TLSv1: "TLSv1", TLSVersion.TLSv1_1: "TLSv1.1"}[version]


@pytest.mark.parametrize("version", [TLSVersion.TLSv1, TLSVersion.TLSv1_1])
def test_an_alert_in_a_record_of_another_version_is_read(make, client, closed, version):
    receiver = make(tls=ServerTls(minimum=version, maximum=version))
    modern = client.context(maximum_version=TLSVersion.TLSv1_2)
    modern.set_ciphers("DEFAULT")  # suites that the old version has as well
    with pytest.raises(ssl.SSLError, match="UNSUPPORTED_PROTOCOL"):
        client.tls(receiver, modern)
    (connection,) = closed(receiver)
    assert (connection.alert.name, connection.refused) == ("protocol_version", True)


@pytest.mark.parametrize(
    ("act", "alert"),
    [
        (ScriptedSsl3(), "protocol_version"),
        (ScriptedServerHello(0x0302, 0xC009), "protocol_version"),
        (ScriptedServerHello(0x0303, 0x0002), "illegal_parameter"),  # TLS_RSA_WITH_NULL_SHA, which was not offered
    ],
)
def test_a_scripted_server_hello_is_refused_by_name(receiver, client, closed, act, alert):
    receiver.on_connection(act)
    assert client.trial(receiver, maximum_version=TLSVersion.TLSv1_2) in {"UNSUPPORTED_PROTOCOL", "WRONG_CIPHER_RETURNED"}
    (connection,) = closed(receiver)
    assert (connection.alert.name, connection.refused) == (alert, True)


def test_a_device_that_goes_on_after_a_scripted_hello_has_not_refused(receiver, client, closed):
    receiver.on_connection(ScriptedSsl3(for_s=0.05))
    sock = client.connect(receiver)
    sock.sendall(hello_bytes(client))
    flight = client.everything(sock)
    assert flight[:3] == b"\x16\x03\x00"
    sock.close()
    assert not closed(receiver)[0].refused


def test_a_session_taken_up_again_is_seen(make, client):
    receiver = make(tls=ServerTls(maximum=TLSVersion.TLSv1_2))
    context = client.context()
    first = client.tls(receiver, context)
    first.sendall(client.request())
    session = first.session
    again = client.stack.enter_context(context.wrap_socket(client.connect(receiver), server_hostname="localhost", session=session))
    again.sendall(client.request())
    assert receiver.wait(lambda r: len(r.requests) == 2, 5)
    assert [(each.hello.session_offered, each.resumed) for each in receiver.connections] == [(False, False), (True, True)]


# Plain text -----------------------------------------------------------------------------------------------------------


def test_plain_text_on_a_tls_port_is_kept_and_not_served(receiver, client, closed):
    sock = client.connect(receiver)
    sock.sendall(client.request(b'{"secret": 1}'))
    sock.shutdown(socket.SHUT_WR)
    (connection,) = closed(receiver)
    assert connection.plain_text == client.request(b'{"secret": 1}')
    assert (connection.failure, connection.refused) == ("no TLS: the device spoke plain text", False)
    assert (receiver.requests, connection.hello) == ([], None)


def test_a_plain_http_server_answers_plain_http(receiver, client, ended):
    receiver.on_connection(PlainHttp(Reply(202)))
    sock = client.connect(receiver)
    sock.sendall(client.request(b"plain"))
    assert client.everything(sock).startswith(b"HTTP/1.1 202")
    (request,) = receiver.requests
    assert (request.body, request.encrypted, ended(receiver)[0].status) == (b"plain", False, 202)
    assert receiver.connections[0].plain_text == client.request(b"plain")


def test_a_plain_http_server_that_gets_a_client_hello(receiver, client, closed):
    receiver.on_connection(PlainHttp())
    assert client.trial(receiver) == "WRONG_VERSION_NUMBER"
    (connection,) = closed(receiver)
    assert (connection.hello.server_name, connection.plain_text, connection.refused) == ("localhost", b"", True)


# What the capsule needs -----------------------------------------------------------------------------------------------


def test_every_byte_is_tapped_in_place_and_keys_are_the_connections_own(receiver, client, closed):
    for _ in range(2):
        client.post(receiver)
    client.stack.close()
    first, second = closed(receiver, 2)
    assert {line.split()[1] for line in first.key_log} == {first.hello.random.hex()}
    assert {line.split()[0] for line in first.key_log} >= {"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"}
    assert first.hello.random != second.hello.random
    assert len(second.key_log) == len(first.key_log)
    sent = b"".join(piece.data for piece in first.tapped if piece.direction is Direction.FROM_DEVICE)
    assert sent[:3] == b"\x16\x03\x01"
    assert first.hello.random in sent
    for direction in Direction:  # bytes of the two directions may cross
        stamps = [piece.stamp_ns for piece in first.tapped if piece.direction is direction]
        assert stamps == sorted(stamps)
    assert not first.tap_cut
