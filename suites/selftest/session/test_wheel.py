"""What is installed carries suites and fixtures with it, and judges where no checkout is."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from rig.requirements import suites_folder

ROOT = suites_folder().parent
REQUIREMENTS = ("auth/bearer-header", "auth/none-sends-no-header", "query/none-no-question-mark")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_suites_and_fixtures_and_no_self_tests(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"rig/suites/auth/requirements.toml", "rig/suites/conformance.ini", "rig/fixtures/devices/document.toml"} <= set(names)
    assert [name for name in names if "selftest" in name] == []


def test_installed_elsewhere_it_judges(wheel, tmp_path):
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    run(environment / "bin" / "pip", "install", "--quiet", wheel, cwd=tmp_path)
    only = [word for name in REQUIREMENTS for word in ("--only", name)]
    said = run(environment / "bin" / "wican-rig", "run", "-n", "1", *only, cwd=tmp_path).stdout
    assert "3 pass" in said
    assert (tmp_path / "reports" / "latest" / "index.html").is_file()
