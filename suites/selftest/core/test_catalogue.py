"""The catalogue is read whole, and what is wrong in it is named with file and key."""

from pathlib import Path

import pytest

from rig.errors import UsageError
from rig.requirements import Level, catalogue

GOOD = """
[[requirement]]
id = "auth/one"
section = "3.1"
level = "must"
observe = ["wire"]
text = "It holds."
"""


def catalogue_of(tmp_path: Path, text: str, area: str = "auth"):
    (tmp_path / area).mkdir()
    (tmp_path / area / "requirements.toml").write_text(text, encoding="utf-8")
    return catalogue(tmp_path)


def test_the_projects_catalogue_is_whole():
    found = catalogue()
    assert len(found) == 187
    assert {requirement.area for requirement in found.values()} >= {"auth", "boot", "cycle", "trust", "vehicle", "webpage"}


def test_a_requirement_is_read_as_written(tmp_path):
    (requirement,) = catalogue_of(tmp_path, GOOD).values()
    assert (requirement.id, requirement.level, requirement.feature) == ("auth/one", Level.MUST, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml", "not a list of"),
        (GOOD.replace('level = "must"', 'level = "perhaps"'), "level has to be"),
        (GOOD.replace('observe = ["wire"]', 'observe = ["smell"]'), "observe has to be"),
        (GOOD.replace('section = "3.1"', 'chapter = "3.1"'), "'chapter'"),
        (GOOD.replace('section = "3.1"\n', ""), "'section' is missing"),
        (GOOD + GOOD, "twice"),
        (GOOD.replace("auth/one", "boot/one"), "belongs into the folder boot"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, said):
    with pytest.raises(UsageError, match=r"auth/requirements.toml: ") as error:
        catalogue_of(tmp_path, text)
    assert said in str(error.value)
