"""What becomes of a seeded defect, by the verdicts of the run that had it."""

from collections import Counter

import pytest

from rig.matrix import Catch, CaughtSeed, Qualification
from rig.qualification import Qualifier, Seed, Variant, outcome

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


@pytest.mark.parametrize(
    ("second", "counts"),
    [
        ({"seed": "fail", "variant": "pass"}, {"claimed": 1, "survived": 0, "false_alarms": 0}),
        ({"seed": "inconclusive", "variant": "inconclusive"}, {"claimed": 0, "survived": 1, "false_alarms": 1}),
    ],
)
def test_what_was_inconclusive_is_asked_once_more(monkeypatch, tmp_path, second, counts):
    asked = Counter()

    def verdicts(_, order):
        kind = "variant" if order.variants else "seed"
        asked[kind] += 1
        return {"auth/bearer-header": "inconclusive" if asked[kind] == 1 else second[kind]}

    monkeypatch.setattr(Qualifier, "_verdicts", verdicts)
    told = []
    matrix = Qualifier(tmp_path, 4).qualify([SEED], [Variant("odd", "harmless")], lambda *said: told.append(said))
    assert asked == {"seed": 2, "variant": 2}
    assert counts.items() <= matrix.counts.items()
    assert len(told) == 2


@pytest.mark.parametrize(
    ("verdict", "counts"),
    [("fail", {"claimed": 1, "false_alarms": 1}), ("pass", {"survived": 1}), ("error", {"crashed": 1}), ("not_run", {"not_run": 1})],
)
def test_any_other_verdict_stands(monkeypatch, tmp_path, verdict, counts):
    asked = []
    monkeypatch.setattr(Qualifier, "_verdicts", lambda _, order: asked.append(order) or {"auth/bearer-header": verdict})
    matrix = Qualifier(tmp_path, 4).qualify([SEED], [Variant("odd", "harmless")], lambda *_: None)
    assert len(asked) == 2
    assert counts.items() <= matrix.counts.items()
