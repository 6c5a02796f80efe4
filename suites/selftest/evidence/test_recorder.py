import json

import can
import pytest

from rig import clock
from rig.evidence import recorder
from rig.evidence.records import Alert, ClientHello, Connection, Direction, TlsBytes


def test_a_scenario_without_events_still_has_its_files(scene):
    scenario = scene()
    scenario.close()
    assert sorted(path.name for path in scenario.folder.iterdir()) == [
        "can.log", "capsule.pcapng", "connections.jsonl", "exchanges.jsonl", "measurements.json", "serial.log", "timeline.jsonl",
    ]  # fmt: skip


def test_the_frame_log_is_read_back_by_python_can(scene, frame):
    scenario = scene()
    sent = [
        frame(0x7DF, "02010C"),
        frame(0x18DAF110, "04410C1AF8AAAAAA"),
        can.Message(arbitration_id=0x123, is_remote_frame=True, dlc=4, is_extended_id=False),
        frame(0x124, "00" * 64, is_fd=True, bitrate_switch=True),
    ]
    stamps = [clock.now_ns() + number for number in range(len(sent))]
    for stamp_ns, message in zip(stamps, sent, strict=True):
        scenario.recorder.frame(stamp_ns, message)
    scenario.close()
    with can.LogReader(scenario.folder / "can.log") as reader:
        read = list(reader)
    assert [message.arbitration_id for message in read] == [0x7DF, 0x18DAF110, 0x123, 0x124]
    assert [bytes(message.data) for message in read] == [bytes(message.data) for message in sent]
    assert [message.is_extended_id for message in read] == [False, True, False, False]
    assert (read[2].is_remote_frame, read[2].dlc, read[3].is_fd, read[3].bitrate_switch) == (True, 4, True, True)
    assert read[0].timestamp == pytest.approx(clock.to_wall_s(stamps[0]), abs=2e-6)


def test_an_exchange_is_a_line_with_everything_in_it(scene, exchanger):
    scenario = scene()
    exchanger.post(b'{"autopid_data":{"SPEED":42}}')
    scenario.close(exchanger)
    (row,) = scenario.rows("exchanges.jsonl")
    request = exchanger.requests[0]
    assert row["body"] == '{"autopid_data":{"SPEED":42}}'
    assert row["headers"] == [["Host", "receiver.test"], ["Content-Type", "application/json"], ["Content-Length", "29"]]
    assert row["head"].encode() == request.head
    assert (row["status"], row["ending"], row["connection"], row["number"]) == (200, "success", 1, 1)
    assert row["started_s"] == pytest.approx(clock.to_wall_s(request.started_ns))


def test_bodies_that_are_no_text_are_shown_all_the_same(scene, exchanger):
    scenario = scene()
    exchanger.post(b'{"a":"\xff\x00\xed\xa0\x80"}')
    scenario.close(exchanger)
    (row,) = scenario.rows("exchanges.jsonl")
    assert row["body"] == '{"a":"\\xff\x00\\xed\\xa0\\x80"}'
    assert row["body_size"] == 13


def test_a_large_body_is_cut_and_its_size_is_told(scene, exchanger):
    scenario = scene()
    exchanger.post(b"x" * 300_000)
    scenario.close(exchanger)
    (row,) = scenario.rows("exchanges.jsonl")
    assert (row["body_size"], row["body_cut"], len(row["body"])) == (300_000, True, 256 << 10)


def test_a_refused_handshake_is_a_line_with_its_reason(scene):
    scenario = scene()
    now = clock.now_ns()
    hello = ClientHello(0x0301, 0x0303, versions=(0x0304,), cipher_suites=(0x1301,), server_name="receiver.test")
    connection = Connection(
        "receiver-1", 3, ("192.0.2.7", 51000), ("192.0.2.1", 443), now, now, None, now, hello, aborted_by_peer=True,
        alert=Alert(2, 48, "unknown_ca"), failure="TLSV1_ALERT_UNKNOWN_CA", client_certificate=b"no certificate",
    )  # fmt: skip
    scenario.recorder.keep("receiver-1", [connection], [])
    scenario.close()
    (row,) = scenario.rows("connections.jsonl")
    assert row["alert"] == {"level": 2, "description": 48, "name": "unknown_ca"}
    assert (row["refused"], row["failure"], row["peer"]) == (True, "TLSV1_ALERT_UNKNOWN_CA", "192.0.2.7:51000")
    assert row["hello"]["cipher_suites"] == [0x1301]
    assert row["client_certificate"].startswith("unreadable certificate (sha256 ")


def test_secrets_reach_no_file_by_any_way(scene, exchanger, tmp_path):
    secret = "Tom@to Sauce"
    scenario = scene(secret)
    scenario.recorder.event("note", f"stored {secret}")
    scenario.recorder.serial(clock.now_ns(), f"I (1) wifi: connecting with {secret}")
    scenario.recorder.measure(f"a/{secret}", secret, secret, [secret], label=secret)
    exchanger.post(json.dumps({"status": {"x": secret}}).encode())
    exchanger.post(b"{}", extra=secret.encode())
    plain = b"POST /?k=Tom%40to+Sauce HTTP/1.1\r\nX: Tom@to Sauce\r\n\r\n"
    pieces = [TlsBytes(clock.now_ns(), Direction.FROM_DEVICE, part) for part in (plain[:50], plain[50:])]
    connection = Connection("receiver-1", 9, ("127.0.0.1", 1), ("127.0.0.1", 2), clock.now_ns(), plain_text=plain, tapped=pieces)
    connection.failure = f"plain text: {secret}"
    scenario.recorder.keep("receiver-1", [connection], [])
    scenario.close(exchanger)
    for file in scenario.folder.iterdir():
        content = file.read_bytes()
        assert secret.encode() not in content, file.name
        assert b"Tom%40to" not in content, file.name


def test_the_timeline_has_what_was_done_in_order(scene):
    scenario = scene()
    scenario.recorder.event("stimulus", "reboot")
    scenario.recorder.event("verdict", "test_x: pass")
    scenario.close()
    rows = scenario.rows("timeline.jsonl")
    assert [(row["kind"], row["text"]) for row in rows] == [("stimulus", "reboot"), ("verdict", "test_x: pass")]
    assert rows[0]["stamp_s"] <= rows[1]["stamp_s"]


def test_measurements_are_json_whatever_was_measured(scene):
    scenario = scene()
    scenario.recorder.measure("cycle/median", "interval", "ms", [1000.5, float("nan"), None, "late"], destination="fast", cycle_ms=1000)
    scenario.recorder.measure("x/y", "count", "1", 3)
    scenario.close()
    first, second = json.loads(scenario.text("measurements.json"))
    assert first["values"] == [1000.5, None, None, "late"]
    assert first["labels"] == {"destination": "fast", "cycle_ms": 1000}
    assert second["values"] == [3]


def test_console_lines_are_safe_to_look_at(scene):
    scenario = scene()
    scenario.recorder.serial(clock.now_ns(), "evil \x1b]0;title\x07 line\nsecond \udc80")
    scenario.close()
    assert scenario.text("serial.log").endswith(") evil \\x1b]0;title\\x07 line\\nsecond \\udc80\n")


def test_memory_is_bounded_and_the_timeline_says_what_is_missing(scene, frame, monkeypatch):
    monkeypatch.setattr(recorder, "_MOST_FRAMES", 3)
    scenario = scene()
    for number in range(5):
        scenario.recorder.frame(clock.now_ns(), frame(0x100 + number, "00"))
    scenario.close()
    assert [line.split()[2] for line in scenario.text("can.log").splitlines()] == ["102#00", "103#00", "104#00"]
    assert "the first 2 CAN frames of this scenario were not kept" in scenario.text("timeline.jsonl")


def test_endless_lines_are_cut(scene):
    scenario = scene()
    scenario.recorder.serial(clock.now_ns(), "x" * 1_000_000)
    scenario.close()
    assert len(scenario.text("serial.log")) < 2100
