"""A judgement passes, fails, or says that the rig cannot tell."""

import pytest

from rig.errors import BenchError
from rig.oracle.judgement import Judgement, at_least, at_most, either, every
from rig.verdict import Verdict

PASS = Judgement(Verdict.PASS, "good", "as good", {"a": 1})
FAIL = Judgement(Verdict.FAIL, "better", "bad", {"b": 2})
UNSURE = Judgement(Verdict.INCONCLUSIVE, "clear", "close")


def limited(value, guard=10.0):
    return at_most(value, 100.0, guard, expected="at most 100", observed=str(value)).verdict


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (0, Verdict.PASS),
        (90, Verdict.PASS),
        (90.1, Verdict.INCONCLUSIVE),
        (100, Verdict.INCONCLUSIVE),
        (110, Verdict.INCONCLUSIVE),
        (110.1, Verdict.FAIL),
    ],
)
def test_within_the_guard_band_nobody_can_tell(value, verdict):
    assert limited(value) is verdict


def test_without_an_error_of_its_own_the_limit_itself_passes():
    assert limited(100, guard=0) is Verdict.PASS
    assert limited(100.001, guard=0) is Verdict.FAIL


@pytest.mark.parametrize(("value", "verdict"), [(110, Verdict.PASS), (100, Verdict.INCONCLUSIVE), (89.9, Verdict.FAIL)])
def test_a_lower_limit_is_guarded_the_same_way(value, verdict):
    judged = at_least(value, 100.0, 10.0, expected="at least 100", observed=str(value))
    assert judged.verdict is verdict
    assert judged.numbers == {"value": value, "limit": 100.0, "guard": 10.0}


def test_the_conclusion_blames_who_is_to_blame():
    assert PASS.conclude() == "as good"
    with pytest.raises(AssertionError, match="expected better, observed bad"):
        FAIL.conclude()
    with pytest.raises(BenchError, match=r"expected clear, observed close; .* own error"):
        UNSURE.conclude()


@pytest.mark.parametrize(
    ("parts", "verdict", "observed"),
    [
        ([PASS, PASS], Verdict.PASS, "as good; as good"),
        ([PASS, FAIL, UNSURE], Verdict.FAIL, "bad"),
        ([PASS, UNSURE], Verdict.INCONCLUSIVE, "close"),
    ],
)
def test_of_several_all_have_to_hold(parts, verdict, observed):
    judged = every(parts)
    assert (judged.verdict, judged.observed) == (verdict, observed)


@pytest.mark.parametrize(
    ("parts", "verdict", "observed"),
    [
        ([FAIL, PASS], Verdict.PASS, "as good"),
        ([FAIL, UNSURE], Verdict.INCONCLUSIVE, "close"),
        ([FAIL, FAIL], Verdict.FAIL, "bad, bad"),
    ],
)
def test_of_alternatives_one_is_enough(parts, verdict, observed):
    judged = either(parts)
    assert (judged.verdict, judged.observed) == (verdict, observed)


def test_numbers_of_every_part_are_kept():
    assert every([PASS, FAIL]).numbers == {"a": 1, "b": 2}
    assert PASS.with_numbers(c=3).numbers == {"a": 1, "c": 3}
