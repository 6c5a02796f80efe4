"""The suite through the physical adapter, against a process that is known by its wires only."""

import json

from rig.device.web import WebApi
from rig.evidence.credentials import secrets_of

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


def test_a_run_on_a_physical_device_leaves_none_of_its_secrets_in_its_folder(stranger, bench_file, wican_rig, verdicts, tmp_path):
    """The stranger of release 4.50p prints its main configuration, passwords included, on its console at every boot."""
    device = stranger(options=("--profile", "4.50p"))
    secrets = secrets_of(WebApi(device.url).main_configuration(), None)
    path = bench_file(device, device={"kind": "physical", "profile": None})
    code, said = finished(wican_rig("run", "--bench", path, "--only", "console/unexpected-restarts", "--out", tmp_path / "run"), 90)
    assert code == 0, said
    assert "«redacted:" in (tmp_path / "run" / "evidence" / "console" / "test_console" / "serial.log").read_text()
    files = [file for file in (tmp_path / "run").rglob("*") if file.is_file()]
    assert [(file.name, secret) for file in files for secret in secrets if secret.encode() in file.read_bytes()] == []
    assert json.loads((tmp_path / "run" / "results.json").read_text())["subject"]["kind"] == "physical"
