"""The command as a backend developer meets it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rig.commands.post import post
from rig.errors import UsageError
from rig.pki import Pki
from rig.receiver import Receiver


@pytest.fixture(scope="module")
def pki():
    return Pki(None)


@pytest.fixture
def receiver(pki):
    receiver = Receiver(pki.trusted.issue("localhost"))
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.fixture
def ca(pki, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_bytes(pki.trusted.certificate_pem)
    return file


def started(receiver, *more):
    """The command in a process group of its own, as a terminal has it."""
    words = [
        sys.executable,
        "-m",
        "rig",
        "emulate",
        "--to",
        f"https://localhost:{receiver.port}/ingest",
        "--cycle",
        "1000",
        *map(str, more),
    ]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0)


def test_count_ends_it_with_a_summary(receiver, ca):
    with started(receiver, "--ca", ca, "--count", 1) as process:
        said = process.stdout.read()
    assert process.returncode == 0, said
    assert "emulated WiCAN-PRO" in said
    assert "1 exchange in" in said
    assert "1 accepted, 0 failed" in said
    assert "the device counted 1 accepted, 0 failed" in said


def test_ctrl_c_ends_it_with_a_summary_and_leaves_no_process(receiver, ca):
    with started(receiver, "--ca", ca) as process:
        lines = iter(process.stdout.readline, "")
        next(line for line in lines if "200 OK" in line)
        children = [int(child) for child in children_of(process.pid)]
        os.killpg(process.pid, signal.SIGINT)
        said = "".join(lines)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert "1 accepted, 0 failed" in said
    assert children
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


def children_of(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "my.endpoint/ingest"], "has to be a URL"),
        (["--to", "ftp://my.endpoint/"], "has to be a URL"),
        (["--to", "https://:443/"], "has to be a URL"),
        (["--to", "https://host/", "--cycle", "999"], "1000 ms or more"),
        (["--to", "https://host/", "--bearer", "secret"], "comes from a file"),
        (["--to", "https://host/", "--bearer", "@/nowhere"], "cannot be read"),
        (["--to", "https://host/", "--bearer", "env:NOT_SET_ANYWHERE"], "holds no token"),
        (["--to", "https://host/", "--ca", "/dev/null"], "holds no PEM"),
        (["--to", "https://host/", "--vehicle", "spaceship"], "the vehicle cannot be read"),
        (["--to", "https://host/", "--profile", "9.99p"], "profile"),
    ],
)
def test_words_that_make_no_sense_are_the_users_fault(words, said):
    with pytest.raises(UsageError, match=said):
        post(words)


def test_a_certificate_needs_its_key(pki, ca, tmp_path):
    key = tmp_path / "key.pem"
    key.write_bytes(pki.trusted.client("device.test").key_pem)
    with pytest.raises(UsageError, match="belong together"):
        post(["--to", "https://host/", "--cert", str(ca)])
    with pytest.raises(UsageError, match="cannot be used together"):
        post(["--to", "https://host/", "--cert", str(ca), "--key", str(key)])


@pytest.mark.parametrize(("words", "said"), [([], "--state-dir"), ([], "emulate --to --help"), (["--to"], "--bearer")])
def test_help_shows_both_ways(words, said):
    command = [sys.executable, "-m", "rig", "emulate", *words, "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said in shown.stdout
