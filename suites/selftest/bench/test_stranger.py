"""The suite through the physical adapter, against a process that is known by its wires only."""

import json

ONE = "auth/bearer-header"


def finished(process, within_s=40):
    said, _ = process.communicate(timeout=within_s)
    return process.returncode, said


def test_a_stranger_with_a_console_on_a_pty_is_judged_and_gets_its_own_back(stranger, bench_file, wican_rig, verdicts, tmp_path, state):
    device = stranger(boot_seconds=0.8)
    code, said = finished(wican_rig("run", "--bench", bench_file(device), "--only", ONE, "--out", tmp_path / "run"))
    assert code == 0, said
    assert {row["verdict"] for row in verdicts(tmp_path / "run").values()} == {"pass"}
    kept = json.loads((tmp_path / "run" / "device.json").read_text())
    assert kept["given_back"]
    assert list((state / "backups").iterdir()) == []
    assert "app_init: App version" in (tmp_path / "run" / "evidence" / "auth" / "test_authorization" / "serial.log").read_text()


def test_a_stranger_whose_can_is_slcan_over_tcp(stranger, bench_file, wican_rig, verdicts, tmp_path, free_port):
    slcan = f"127.0.0.1:{free_port()}"
    device = stranger(console="tcp", can=("slcan", f"socket://{slcan}"))
    path = bench_file(device, can={"slcan_listen": slcan})
    code, said = finished(wican_rig("run", "--bench", path, "--only", ONE, "--out", tmp_path / "run"))
    assert code == 0, said
    assert {row["verdict"] for row in verdicts(tmp_path / "run").values()} == {"pass"}
