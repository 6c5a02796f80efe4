"""A bench that labgrid shares, on loopback: reserved, acquired, judged and let go, also after a failure."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

LABGRID = os.environ.get("LABGRID_BIN", "")
ROOT = Path(__file__).parents[3]
HOST = "receiver.bench.rig.test"
pytestmark = pytest.mark.skipif(not LABGRID, reason="labgrid has an environment of its own: tox run -e labgrid")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Lab:
    """labgrid's coordinator with one exporter, and the emulator that it exports."""

    def __init__(self, folder, stack):
        self.folder, self.stack = folder, stack
        self.coordinator = f"127.0.0.1:{free_port()}"
        self.web, self.serial, self.bus = free_port(), free_port(), f"127.0.0.1:{free_port()}"
        self.environment = os.environ | {"LG_COORDINATOR": self.coordinator, "XDG_STATE_HOME": str(folder / "state")}

    def process(self, *words):
        log = self.stack.enter_context((self.folder / f"{Path(words[0]).name}.log").open("w"))
        started = subprocess.Popen([*map(str, words)], cwd=self.folder, env=self.environment, stdout=log, stderr=log)
        self.stack.callback(started.wait)
        self.stack.callback(started.kill)

    def client(self, *words):
        done = subprocess.run([f"{LABGRID}/labgrid-client", *words], env=self.environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def until(self, true):
        deadline = time.monotonic() + 30
        while not true():
            assert time.monotonic() < deadline, [path.read_text() for path in self.folder.glob("*.log")]
            time.sleep(0.1)

    def open(self):
        (self.folder / "exporter.yaml").write_text(
            "wican-1:\n"
            f"  NetworkSerialPort: {{host: 127.0.0.1, port: {self.serial}, protocol: raw}}\n"
            "  NetworkService: {address: 127.0.0.1, username: root}\n"
        )
        self.process(f"{LABGRID}/labgrid-coordinator", "-l", self.coordinator)
        self.until(lambda: self.client("resources")[0] == 0)
        self.process(f"{LABGRID}/labgrid-exporter", "-c", self.coordinator, "-n", "bench", "exporter.yaml")
        self.until(lambda: "wican-1" in self.client("resources")[1])
        for words in (["create"], ["add-match", "bench/wican-1/*"], ["set-tags", "board=wican"]):
            code, said = self.client("-p", "wican-1", *words)
            assert code == 0, said
        emulator = ["--state-dir", self.folder / "flash", "--http", f"127.0.0.1:{self.web}", "--serial-tcp", f"127.0.0.1:{self.serial}"]
        emulator += ["--can-interface", "rigbus", "--can-channel", self.bus, "--resolve", f"{HOST}=127.0.0.1", "--boot-seconds", "0.3"]
        self.process(sys.executable, "-m", "rig.emulator", *emulator)
        (self.folder / "template.toml").write_text(
            f'[device]\nurl = "http://127.0.0.1:{self.web}"\nkind = "emulated"\n'
            f'[can]\ninterface = "rigbus"\nchannel = "{self.bus}"\n[receiver]\nnames = ["{HOST}"]\n'
        )
        return self

    def shared(self, *command, tags=("board=wican",)):
        words = [f"{LABGRID}/python", str(ROOT / "tools" / "shared_bench.py"), "--template", "template.toml", *tags, "--", *command]
        done = subprocess.run(words, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=180)
        return done.returncode, done.stdout + done.stderr

    def is_free(self):
        _, place = self.client("-p", "wican-1", "show")
        _, reservations = self.client("reservations")
        return "acquired: None" in place and "allocated" not in reservations and "acquired" not in reservations


@pytest.fixture
def lab(tmp_path):
    with ExitStack() as stack:
        yield Lab(tmp_path, stack).open()


def test_a_shared_bench_is_judged_and_free_afterwards(lab):
    run = [sys.executable, "-m", "rig", "run", "--bench", "{bench}", "--only", "auth/bearer-header", "--out", str(lab.folder / "run")]
    code, said = lab.shared(*run)
    assert code == 0, said
    assert json.loads((lab.folder / "run" / "results.json").read_text())["run"]["exit_code"] == 0
    assert "app_init: App version" in (lab.folder / "run" / "evidence" / "auth" / "test_authorization" / "serial.log").read_text()
    assert lab.is_free()


def test_it_is_free_after_a_failure_and_held_meanwhile(lab):
    inside = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]) and 7)"
    code, said = lab.shared(sys.executable, "-c", inside, f"{LABGRID}/labgrid-client", "-p", "wican-1", "acquire")
    assert code == 7, said
    assert "already acquired" in said
    assert lab.is_free()


def test_a_bench_that_nobody_has_is_said_with_3(lab):
    lab.client("-p", "wican-1", "acquire")
    code, said = lab.shared("true", tags=("nonsense",))
    assert code == 3
    assert "labgrid-client reserve" in said
