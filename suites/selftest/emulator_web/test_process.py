import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from rig.emulator.cli import main


@contextlib.contextmanager
def emulator(folder, *arguments):
    command = [sys.executable, "-m", "rig.emulator", "--state-dir", str(folder), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def read(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()


def test_the_ready_line_comes_soon_and_is_true(tmp_path):
    begun = time.monotonic()
    with emulator(tmp_path) as process:
        ready = json.loads(process.stdout.readline())
        assert time.monotonic() - begun < 1.5
        assert ready.keys() == {"url", "serial", "pid"}
        assert ready["pid"] == process.pid
        assert Path(ready["serial"]).exists()
        assert json.loads(read(ready["url"] + "/check_status"))["hw_version"] == "WiCAN-OBD-PRO"


def test_a_power_cut_keeps_what_was_stored_and_the_port_can_be_asked_for_again(tmp_path):
    with emulator(tmp_path, "--boot-seconds", "0.1") as process:
        url = json.loads(process.stdout.readline())["url"]
        urllib.request.urlopen(url + "/store_auto_data", data=b'{"kept":1}', timeout=5).close()
        process.kill()
        process.wait()
    with emulator(tmp_path, "--boot-seconds", "0.1", "--http", url.removeprefix("http://")) as process:
        assert json.loads(process.stdout.readline())["url"] == url
        assert read(url + "/load_auto_pid") == b'{"kept":1}'
        assert json.loads(read(url + "/check_status"))["restart_boot_count"] == 1


def comes_to(reachable, url):
    """Whether it can be reached, or not, within three seconds."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        try:
            read(url + "/check_status")
            found = True
        except OSError:
            found = False
        if found == reachable:
            return True
    return False


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_to(tmp_path, name):
    with emulator(tmp_path, "--boot-seconds", "0.1") as process:
        process.stdout.readline()
        process.send_signal(name)
        assert process.wait(3) == 0
        assert process.stderr.read() == ""


def test_it_ends_with_the_process_that_wanted_it(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with emulator(tmp_path, "--boot-seconds", "0.1", "--parent-pid", str(parent.pid)) as process:
        process.stdout.readline()
        parent.kill()
        parent.wait()
        parent.stdin.close()
        assert process.wait(3) == 0


def test_wifi_goes_and_comes_by_signal(tmp_path):
    with emulator(tmp_path, "--boot-seconds", "0.1") as process:
        url = json.loads(process.stdout.readline())["url"]
        process.send_signal(signal.SIGUSR1)
        assert comes_to(False, url)
        process.send_signal(signal.SIGUSR2)
        assert comes_to(True, url)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--profile", "9.99p"), "no profile '9.99p'"),
        (("--defect", "none-such"), "no defect 'none-such'"),
        (("--feature", "none-such"), "no feature 'none-such'"),
        (("--resolve", "nonsense"), "no NAME=ADDR"),
        (("--http", "nonsense"), "no HOST:PORT"),
        (("--can-interface", "virtual", "--can-kwargs", "[]"), "no JSON object"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(tmp_path, capsys, arguments, said):
    with pytest.raises(SystemExit) as ended:
        main(["--state-dir", str(tmp_path), *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_taken_port_is_said(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(SystemExit):
        main(["--state-dir", str(tmp_path), "--http", f"127.0.0.1:{other.getsockname()[1]}"])
    assert "in use" in capsys.readouterr().err


def test_defects_are_listed_as_json_lines():
    done = subprocess.run([sys.executable, "-m", "rig.emulator", "--list-defects"], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        assert {"id", "summary"} <= json.loads(line).keys()
