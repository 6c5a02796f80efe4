"""The page about benches says what the code does."""

import re
from pathlib import Path

import pytest

from rig.bench import read_bench_file
from rig.bench.checkup import CHECKS

PAGE = Path(__file__).parents[3] / "docs" / "bench.md"


def test_every_line_of_the_doctor_is_explained_in_its_order():
    explained = re.findall(r"^\| ([a-z-]+( back)?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    names = [name for name, _ in explained if name in {check.name for check in CHECKS}]
    assert names == [check.name for check in CHECKS]


def test_the_bench_file_on_the_page_can_be_read(tmp_path):
    block = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    path = tmp_path / "my-bench.toml"
    path.write_text("\n".join(line.strip() for line in block.splitlines()), encoding="utf-8")
    assert read_bench_file(path).listen == "0.0.0.0"


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text(encoding="utf-8")))
def test_what_it_links_to_is_there(link):
    assert (PAGE.parent / link).exists()
