import shutil
import ssl
import subprocess

import pytest

from rig import clock
from rig.evidence.opened import plain_texts
from rig.evidence.records import Connection, Direction, TlsBytes

TSHARK = shutil.which("tshark")
needs_tshark = pytest.mark.skipif(TSHARK is None, reason="tshark, which would read the capsule as a user does, is not installed")
SECRET = "Tom@to Sauce"
BODY = b'{"autopid_data":{"SPEED":42}}'


def tshark(capsule, *arguments: str) -> list[str]:
    ran = subprocess.run([TSHARK, "-r", capsule, *arguments], capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout.splitlines()


@pytest.fixture
def told(scene, frame, exchanger):
    """A scenario in which the ECU answers, the device posts, and a verdict falls."""
    scenario = scene(SECRET)
    scenario.recorder.event("stimulus", "reboot")
    scenario.recorder.frame(clock.now_ns(), frame(0x7DF, "02010CAAAAAAAAAA"))
    scenario.recorder.frame(clock.now_ns(), frame(0x7E8, "04410C1AF8AAAAAA"))
    scenario.recorder.frame(clock.now_ns(), frame(0x18DAF110, "03410D32"))
    scenario.recorder.serial(clock.now_ns(), "I (123) autopid: posted")
    exchanger.post(BODY)
    scenario.recorder.event("verdict", "test_x: pass")
    return scenario


@needs_tshark
def test_wireshark_shows_the_ecus_answer_followed_by_the_decrypted_post(told, exchanger):
    told.close(exchanger)
    fields = ["-T", "fields", "-e", "_ws.col.Protocol", "-e", "_ws.col.Info"]
    rows = [row.split("\t") for row in tshark(told.capsule, *fields)]
    story = [name for protocol, _ in rows if (name := protocol.partition("/")[0]) in {"CAN", "HTTP", "Syslog"}]
    assert story == ["Syslog", "CAN", "CAN", "CAN", "Syslog", "HTTP", "HTTP", "Syslog", "Syslog"]
    assert rows[0][1] == "USER.NOTICE: stimulus: reboot"
    assert "0x7e8" in rows[2][1]
    assert "POST /ingest?src=wican HTTP/1.1" in "".join(info for _, info in rows)


@needs_tshark
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_wireshark_reads_the_body(version, scene, exchanger):
    scenario = scene()
    exchanger.post(BODY, version=version)
    scenario.close(exchanger)
    assert tshark(scenario.capsule, "-Y", "http.request", "-T", "fields", "-e", "json.value.number") == ["42"]


@needs_tshark
def test_wireshark_shows_what_the_rig_did_as_comments(told, exchanger):
    told.close(exchanger)
    comments = tshark(told.capsule, "-Y", "frame.comment", "-T", "fields", "-e", "frame.comment")
    assert comments[0] == "stimulus: reboot"
    assert comments[-2:] == ["verdict: test_x: pass", "note: receiver-1: 1 connections, 1 requests"]


@needs_tshark
def test_wireshark_finds_nothing_wrong_with_the_envelope(scene, exchanger):
    scenario = scene()
    exchanger.post(b"x" * 70_001)
    exchanger.post(BODY)
    scenario.close(exchanger)
    checked = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    wrong = "tcp.analysis.flags || tcp.checksum.status == 0 || ip.checksum.status == 0 || _ws.malformed"
    assert tshark(scenario.capsule, *checked, "-Y", wrong) == []
    assert tshark(scenario.capsule, "-Y", "http.request", "-T", "fields", "-e", "tcp.stream") == ["0", "1"]


@needs_tshark
def test_a_port_that_is_used_again_is_another_conversation(scene, exchanger):
    scenario = scene()
    for _ in range(2):
        exchanger.post(BODY).peer = ("127.0.0.1", 40000)
    scenario.close(exchanger)
    assert tshark(scenario.capsule, "-Y", "tcp.analysis.retransmission || tcp.analysis.out_of_order") == []
    assert tshark(scenario.capsule, "-Y", "http.request", "-T", "fields", "-e", "tcp.stream") == ["0", "1"]


@needs_tshark
def test_wireshark_does_not_open_a_connection_that_carried_a_secret(scene, exchanger):
    scenario = scene(SECRET)
    exchanger.post(b'{"status":{"x":"Tom@to Sauce"}}')
    exchanger.post(BODY)
    scenario.close(exchanger)
    assert tshark(scenario.capsule, "-Y", "http.request", "-T", "fields", "-e", "tcp.stream") == ["1"]
    said = tshark(scenario.capsule, "-Y", "tcp.flags.syn == 1 && tcp.stream == 0 && frame.comment", "-T", "fields", "-e", "frame.comment")
    assert said == ["receiver-1 connection 1; TLS keys left out: its plain text held a secret found on the device"]


@pytest.mark.parametrize("suite", ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"])
def test_the_rig_opens_tls_12(suite, scene, exchanger):
    scenario = scene()
    exchanger.post(BODY, version=ssl.TLSVersion.TLSv1_2, ciphers=suite)
    scenario.close(exchanger)
    (text,) = plain_texts(scenario.capsule.read_bytes())
    assert BODY + b"HTTP/1.1 200 OK" in text.data
    assert exchanger.connections[0].cipher == suite


def test_the_rig_opens_tls_13(scene, exchanger):
    scenario = scene()
    exchanger.post(b"x" * 70_001)
    exchanger.post(BODY)
    scenario.close(exchanger)
    first, second = plain_texts(scenario.capsule.read_bytes())
    assert b"x" * 70_001 + b"HTTP/1.1 200 OK" in first.data
    assert BODY in second.data


def test_what_cannot_be_opened_is_said(scene, exchanger):
    scenario = scene()
    exchanger.post(BODY, version=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE-ECDSA-AES128-SHA")
    connection = exchanger.post(BODY)
    connection.key_log = [line[:-2] + "00" for line in connection.key_log]
    scenario.close(exchanger)
    assert [text.unread for text in plain_texts(scenario.capsule.read_bytes())] == [
        "cipher suite 0xc009 is not read here",
        "a record does not open with the keys of its connection",
    ]


def test_a_connection_without_a_byte_is_a_connection_all_the_same(scene):
    scenario = scene()
    scenario.recorder.keep("receiver-1", [Connection("receiver-1", 1, ("::1", 40000), ("::1", 443), clock.now_ns())], [])
    scenario.close()
    (text,) = plain_texts(scenario.capsule.read_bytes())
    assert (text.ports, text.data) == ((40000, 443), b"")


def test_a_secret_in_plain_text_is_masked_where_two_pieces_meet(scene):
    scenario = scene(SECRET)
    plain = b"POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\nTom@to Sauce"
    pieces = [TlsBytes(clock.now_ns(), Direction.FROM_DEVICE, part) for part in (plain[:-6], plain[-6:])]
    connection = Connection("receiver-1", 1, ("127.0.0.1", 40000), ("127.0.0.1", 443), clock.now_ns(), tapped=pieces)
    scenario.recorder.keep("receiver-1", [connection], [])
    scenario.close()
    (text,) = plain_texts(scenario.capsule.read_bytes())
    assert text.data.startswith(plain[:-12])
    assert len(text.data) == len(plain)
    assert b"Tom" not in text.data


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x0a\x0d\x0d\x0a" + b"\xff" * 40])
def test_what_is_no_capsule_is_told_from_one(content):
    with pytest.raises(ValueError, match=r"no pcapng|does not fit"):
        list(plain_texts(content))
