"""Without Playwright or a Chromium area webpage is not run, and says why."""

import json
import os
import subprocess
import sys

import pytest

from rig import browser


@pytest.mark.parametrize(
    ("playwright", "named", "installed", "there"),
    [
        (True, None, "/usr/bin/chromium", True),
        (True, "/opt/chrome", None, True),
        (True, "", "/usr/bin/chromium", False),
        (False, "/opt/chrome", "/usr/bin/chromium", False),
        (True, None, None, False),
    ],
)
def test_a_browser_is_there_if_both_are(monkeypatch, playwright, named, installed, there):
    monkeypatch.setattr(browser, "find_spec", lambda _: object() if playwright else None)
    monkeypatch.setattr(browser.shutil, "which", lambda name: installed if name == "chromium" else None)
    monkeypatch.setattr(browser, "_playwrights_own", lambda: False)
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    if named is not None:
        monkeypatch.setenv(browser.VARIABLE, named)
    assert browser.is_there() == there


def test_the_area_is_not_run_with_the_reason(tmp_path):
    command = [sys.executable, "-m", "rig", "run", "--only", "webpage/*", "-n", "1", "--out", str(tmp_path / "run")]
    done = subprocess.run(command, env=os.environ | {browser.VARIABLE: ""}, capture_output=True, text=True, check=False)
    rows = json.loads((tmp_path / "run" / "results.json").read_text())["requirements"]
    area = {row["id"]: (row["verdict"], row["reason"]) for row in rows if row["area"] == "webpage"}
    assert len(area) == 11
    assert set(area.values()) == {("not_run", "no browser")}
    assert done.returncode == 0, done.stdout
