"""Device profiles: what they declare, and errors that name file and key."""

import pytest

from rig.errors import UsageError
from rig.profile import DeviceProfile, read_profile
from rig.requirements import catalogue, fixtures_folder

DEVIATION = """
[[deviation]]
requirement = "cycle/minimum"
tests = ["cycle/test_minimum.py::*"]
basis = "source"
reason = "no minimum is enforced"
"""


def profile_of(tmp_path, text) -> DeviceProfile:
    (tmp_path / "some.toml").write_text(text, encoding="utf-8")
    return read_profile("some", tmp_path)


def test_every_profile_of_the_project_names_requirements_and_tests_that_exist():
    known = catalogue()
    features = {requirement.feature for requirement in known.values()}
    for file in sorted((fixtures_folder() / "devices").glob("*.toml")):
        profile = read_profile(file.stem)
        assert profile.features <= features, file
        assert {deviation.requirement for deviation in profile.deviations} <= known.keys(), file


def test_a_deviation_covers_the_tests_it_names(tmp_path):
    (deviation,) = profile_of(tmp_path, DEVIATION).deviations
    assert deviation.covers("cycle/test_minimum.py::test_x")
    assert not deviation.covers("cycle/test_other.py::test_x")


@pytest.mark.parametrize(
    ("cycle_s", "gap_s"),
    [(1.0, 10.0), (20.0, 40.0)],
)
def test_the_longest_gap_grows_with_the_cycle(tmp_path, cycle_s, gap_s):
    assert profile_of(tmp_path, "longest_gap_s = 10\nlongest_gap_cycles = 2").longest_gap_s(cycle_s) == gap_s


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 1", "'colour'"),
        ("time_limit_s = -1", "time_limit_s"),
        ('features = "console"', "features has to be a list"),
        (DEVIATION.replace("source", "hearsay"), "basis has to be"),
        (f'{DEVIATION}\nsometimes = "often"', "sometimes has to be true or false"),
        (DEVIATION.replace('reason = "no minimum is enforced"\n', ""), "'reason' is missing"),
        (DEVIATION.replace('["cycle/test_minimum.py::*"]', "[]"), "at least one test"),
        ("= nothing", "no TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, said):
    with pytest.raises(UsageError, match=r"some\.toml: ") as error:
        profile_of(tmp_path, text)
    assert said in str(error.value)


def test_an_unknown_profile_says_which_there_are():
    with pytest.raises(UsageError, match=r"profiles are .*document"):
        read_profile("5.00p")
