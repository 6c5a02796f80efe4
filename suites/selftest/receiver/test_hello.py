"""A ClientHello is read for what it offers; nothing that a peer sends breaks the reader."""

import ssl
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.receiver.alerts import alert_of_reason, alert_of_record
from rig.receiver.hello import Incomplete, read_client_hello


def hello_of(**settings):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1", "x"])
    for name, value in settings.items():
        setattr(context, name, value)
    outgoing = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="receiver.test")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def in_records_of(size, stream):
    message = stream[5:]
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + len(piece).to_bytes(2, "big") + piece for piece in pieces)


STREAM = hello_of()


def test_it_says_what_openssl_offered():
    hello = read_client_hello(STREAM)
    assert (hello.record_version, hello.legacy_version) == (0x0301, 0x0303)
    assert hello.versions == (0x0304, 0x0303)
    assert 0x1301 in hello.cipher_suites  # TLS_AES_128_GCM_SHA256
    assert 29 in hello.groups  # x25519
    assert 0x0403 in hello.signature_algorithms  # ecdsa_secp256r1_sha256
    assert hello.server_name == "receiver.test"
    assert hello.alpn == ("http/1.1", "x")
    assert not hello.session_offered
    assert hello.random == STREAM[11:43]


def test_tls_1_2_alone_offers_no_versions_extension():
    hello = read_client_hello(hello_of(maximum_version=ssl.TLSVersion.TLSv1_2))
    assert (hello.versions, hello.legacy_version) == ((), 0x0303)


@pytest.mark.parametrize("size", [1, 3, 4, 100, 5000])
def test_it_may_come_in_several_records(size):
    assert read_client_hello(in_records_of(size, STREAM)) == read_client_hello(STREAM)


@pytest.mark.parametrize("length", range(0, len(STREAM), 7))
def test_a_part_of_it_is_incomplete(length):
    with pytest.raises(Incomplete):
        read_client_hello(STREAM[:length])


@given(st.binary(max_size=300), st.integers(9, len(STREAM)))
def test_nothing_breaks_the_reader(noise, keep):
    for stream in (noise, b"\x16\x03\x01" + noise, STREAM[:keep] + noise + STREAM[keep:]):
        with suppress(ValueError, Incomplete):
            read_client_hello(stream)


def test_another_message_is_no_hello():
    with pytest.raises(ValueError, match="no ClientHello"):
        read_client_hello(STREAM[:5] + b"\x02" + STREAM[6:])


@pytest.mark.parametrize(
    ("reason", "description"),
    [
        ("TLSV1_ALERT_UNKNOWN_CA", 48),
        ("SSLV3_ALERT_BAD_CERTIFICATE", 42),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", 45),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", 116),
        ("TLSV1_UNRECOGNIZED_NAME", 112),
        ("TLSV1_ALERT_USER_CANCELLED", 90),
    ],
)
def test_openssls_words_for_an_alert(reason, description):
    assert alert_of_reason(reason).description == description


@pytest.mark.parametrize("reason", [None, "NO_SHARED_CIPHER", "CERTIFICATE_VERIFY_FAILED", "UNEXPECTED_MESSAGE"])
def test_other_errors_are_no_alert(reason):
    assert alert_of_reason(reason) is None


def test_an_alert_in_the_clear():
    alert = alert_of_record(b"\x02\x30")
    assert (alert.level, alert.description, alert.name) == (2, 48, "unknown_ca")
    assert alert_of_record(b"\x01\xfe").name == "alert 254"
