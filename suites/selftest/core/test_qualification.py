"""What becomes of a seeded defect, by the verdicts of the run that had it."""

import pytest

from rig.matrix import Catch, CaughtSeed, Qualification
from rig.qualification import Seed, outcome

SEED = Seed("token-lost", "loses the token", ("auth/bearer-header", "auth/changed-token"))


@pytest.mark.parametrize(
    ("verdicts", "failed", "became"),
    [
        ({"auth/bearer-header": "fail"}, ("auth/bearer-header",), Catch.CLAIMED),
        ({"auth/bearer-header": "pass", "auth/changed-token": "fail"}, ("auth/changed-token",), Catch.OTHER),
        ({"auth/bearer-header": "pass"}, (), Catch.SURVIVED),
        ({"auth/bearer-header": "inconclusive"}, (), Catch.SURVIVED),
        ({"auth/bearer-header": "not_run"}, (), None),
        ({"auth/bearer-header": "not_run", "auth/changed-token": "fail"}, ("auth/changed-token",), Catch.OTHER),
        ({"auth/bearer-header": "error"}, (), Catch.CRASHED),
        (None, (), Catch.CRASHED),
    ],
)
def test_a_defect_is_claimed_by_the_requirement_that_it_breaks(verdicts, failed, became):
    assert outcome(SEED, verdicts, failed) is became


def test_what_exploring_does_not_find_survives():
    seed = Seed("rare", "shows after many steps", ("auth/bearer-header",), explore=True)
    assert outcome(seed, {"auth/bearer-header": "not_run"}, ()) is Catch.SURVIVED


@pytest.mark.parametrize(("became", "good"), [("claimed", True), ("survived", False), ("crashed", False)])
def test_a_matrix_is_good_where_nothing_got_by(became, good):
    assert Qualification("hash", thorough=False, defects=(CaughtSeed("x", "auth/basic", became, ()),)).good is good


def test_an_excuse_lets_a_defect_survive():
    caught = CaughtSeed("x", "auth/basic", "survived", (), excuse="nothing on any wire tells it")
    assert Qualification("hash", thorough=False, defects=(caught,)).good
