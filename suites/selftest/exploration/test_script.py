"""Scripts as files: readable, complete, and refused in a sentence where they cannot be played."""

import pytest
from hypothesis import given

from rig.errors import UsageError
from rig.exploration.plans import plans
from rig.exploration.plugin import seconds_of
from rig.exploration.script import Kept, in_words, lines_of, read_script
from rig.oracle.commands import Add, Edit, Restart, Server, Settings, Trouble, Watch


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("scripts") / "script.toml"


@given(script=plans(power=True, public=True))
def test_what_is_written_reads_back_the_same(file, script):
    Kept(script, "auth/bearer-header", 'expected "x"', "observed\n🚗").write(file)
    assert read_script(file) == script


def test_a_step_is_a_line_that_says_only_what_is_special():
    script = (
        Add("a", Settings(token=1, cycle_ms=2000), place=0),
        Edit("a", (("enabled", False),)),
        Server("a", trouble=Trouble.CLOSED),
        Restart(power=True),
        Watch(),
    )
    assert lines_of(script) == [
        '{ do = "add", destination = "a", place = 0, token = 1, cycle_ms = 2000 }',
        '{ do = "edit", destination = "a", enabled = false }',
        '{ do = "server", destination = "a", trouble = "closed" }',
        '{ do = "power-cut" }',
        '{ do = "watch" }',
    ]
    assert in_words(script[1:2]) == "edit destination=a enabled=false"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps = [", "no TOML"),
        ("steps = []", "a list of steps"),
        ('steps = [{ do = "dance" }]', "dance"),
        ('steps = [{ do = "edit", destination = "a", colour = 1 }]', "colour"),
        ('steps = [{ do = "edit", destination = "a", token = "one" }]', "token is no int"),
        ('steps = [{ do = "server", destination = "a", trouble = "tired" }]', "tired"),
        ('steps = [{ do = "upload", cert_set = "red" }]', "upload needs authority"),
        ('steps = [{ do = "add" }]', "add needs destination"),
        ('steps = [{ do = "watch", long = true }]', "long"),
    ],
)
def test_what_cannot_be_played_is_refused_in_a_sentence(file, text, said):
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        read_script(file)


def test_a_script_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_script(tmp_path / "no-such.toml")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("1h", 3600), ("45", 45), ("1.5m", 90)])
def test_lengths_of_time(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5m", "5 days", "2s"])
def test_what_is_no_length_of_time_is_refused(text):
    with pytest.raises(UsageError, match="--explore"):
        seconds_of(text)
