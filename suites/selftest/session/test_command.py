"""``wican-rig run`` as a user meets it: exit codes, clear sentences, and nothing left behind."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rig.report.results import Results


def rig(*arguments: str, cwd: Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rig", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--bench", "no-such.toml"], "no-such.toml"),
        (["--profile", "9.99p"], "profiles are"),
        (["--only", "auth/no-such"], "--only auth/no-such"),
        (["--bench", "x.toml", "--defect", "y"], "for the emulator"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_exit_code_2(tmp_path, arguments, said):
    done = rig("run", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not (tmp_path / "reports").exists()


def test_an_emulator_that_does_not_start_is_inconclusive_and_exit_code_3(tmp_path):
    done = rig("run", "--only", "auth/bearer-header", "-n", "1", "--defect", "no-such-defect", cwd=tmp_path)
    assert done.returncode == 3
    assert "the emulator does not start" in done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_the_list_names_requirements_tests_and_features(tmp_path):
    done = rig("run", "--list", cwd=tmp_path)
    assert done.returncode == 0
    assert re.search(r"auth/bearer-header +\(must\)\n +suites/auth/test_authorization\.py::", done.stdout)
    assert re.search(r"auth/basic +\(should\) +needs auth_basic", done.stdout)


def test_a_run_is_repeatable_by_its_seed_and_leaves_no_process(tmp_path):
    done = rig("run", "--only", "query/none-no-question-mark", "-n", "1", "--seed", "11", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    results = Results.read(tmp_path / "reports" / "latest")
    assert results.run.seed == 11
    assert [row.id for row in results.requirements if row.verdict == "pass"] == ["query/none-no-question-mark"]
    assert emulators_below(tmp_path) == []


def test_ctrl_c_leaves_a_report_of_what_was_judged_and_no_process(tmp_path):
    arguments = ["run", "--only", "query/*", "--only", "grouping/*", "-n", "2"]
    run = subprocess.Popen(
        [sys.executable, "-m", "rig", *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with run, run.stdout:
        said = ""
        while "[2/" not in said:
            said = run.stdout.readline()
            assert said, "the run ended before it judged anything"
        os.killpg(run.pid, signal.SIGINT)
        rest = run.stdout.read()
    assert run.returncode == 130, rest
    results = Results.read(tmp_path / "reports" / "latest")
    assert not results.run.complete
    assert "pass" in {row.verdict for row in results.requirements}
    assert emulators_below(tmp_path) == []


def emulators_below(folder: Path) -> list[str]:
    """Processes of emulators that were started from this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"rig.emulator" in words and (process / "cwd").resolve() == folder.resolve():
                found.append(process.name)
        except OSError:
            continue
    return found
