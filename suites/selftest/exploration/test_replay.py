"""A script played on the emulator, as a user would play it."""

import subprocess
import sys

import pytest

from rig.exploration.script import Kept, read_script
from rig.oracle.commands import Add, Edit, Restart, Upload
from rig.report.results import Results

BROKEN = "destinations/disabled-attempts-nothing"
TWO_OFF = (
    Upload("red", "trusted"),
    *(Add(letter) for letter in "abc"),
    Restart(power=True),
    *(Edit(letter, (("enabled", False),)) for letter in "ab"),
    Edit("c", (("token", 1),)),
    Restart(),
)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replay")
    Kept(TWO_OFF).write(folder / "two-off.toml")
    words = ["run", "--replay", "two-off.toml", "--defect", "last-of-two-stays-on", "--no-report", "--out", "out", "--seed", "5"]
    command = [sys.executable, "-m", "rig", *words]
    return folder, subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_the_promise_fails_and_no_other(done):
    folder, run = done
    assert run.returncode == 1, run.stdout
    rows = {row.id: row for row in Results.read(folder / "out").requirements}
    assert [name for name, row in rows.items() if row.verdict in {"fail", "error", "inconclusive"}] == [BROKEN]
    assert rows["grouping/enabled-sends"].verdict == "pass"
    assert rows["auth/changed-token"].verdict == "not_run"
    assert "--replay two-off.toml" in " ".join(Results.read(folder / "out").run.command)


def test_script_and_evidence_are_where_the_verdict_says(done):
    folder, _ = done
    (row,) = [row for row in Results.read(folder / "out").requirements if row.id == BROKEN]
    evidence, script = row.tests[0].evidence
    assert read_script(folder / "out" / script) == TWO_OFF
    assert (folder / "out" / evidence / "capsule.pcapng").stat().st_size > 1000


def test_the_terminal_says_what_broke_and_how(done):
    _, run = done
    assert "expected no connection of b, observed" in run.stdout
    assert '{ do = "edit", destination = "b", enabled = false }' in run.stdout
    assert "out/evidence/explore/lane-1-sequence-1/destinations-disabled-attempts-nothing.toml" in run.stdout
