"""From outcomes to verdicts and the exit code (design, decision 3)."""

from dataclasses import replace

import pytest

from rig.errors import BenchError
from rig.marks import NotApplicable
from rig.outcome import Outcome, in_words, verdict_of
from rig.profile import Deviation, DeviceProfile
from rig.requirements import Level, Requirement
from rig.tally import Asked, exit_code, judge, stale_deviations
from rig.verdict import Verdict, weightiest

REQUIREMENT = Requirement("cycle/minimum", "10", Level.MUST, ("wire",), "It holds.")
FEATURED = Requirement("cycle/event", "3", Level.MUST, ("wire",), "It holds.", feature="event_mode")
ASKED = Asked(frozenset({REQUIREMENT.id, FEATURED.id}), frozenset({REQUIREMENT.id, FEATURED.id}), frozenset())
PLAIN = DeviceProfile("document")
LISTED = DeviceProfile("old", deviations=(Deviation(REQUIREMENT.id, ("cycle/test_x.py::test_a",), "source", "none enforced"),))


def outcome(verdict, name="test_a", controls=False):
    ids = (REQUIREMENT.id,)
    return Outcome(f"suites/cycle/test_x.py::{name}", () if controls else ids, ids if controls else (), verdict, observed="seen")


def verdict(*outcomes, profile=PLAIN):
    return judge(REQUIREMENT, outcomes, ASKED, profile).verdict


def test_precedence_is_that_of_the_design():
    order = ["fail", "error", "inconclusive", "known_deviation", "pass", "not_applicable", "not_run"]
    assert [verdict.value for verdict in Verdict] == order
    assert weightiest([Verdict.PASS, Verdict.INCONCLUSIVE]) is Verdict.INCONCLUSIVE
    assert weightiest([]) is Verdict.NOT_RUN


def test_a_failed_control_makes_its_negatives_inconclusive():
    for own in (Verdict.PASS, Verdict.FAIL):
        assert verdict(outcome(own), outcome(Verdict.FAIL, "control", controls=True)) is Verdict.INCONCLUSIVE


def test_a_control_that_passes_changes_nothing():
    assert verdict(outcome(Verdict.FAIL), outcome(Verdict.PASS, "control", controls=True)) is Verdict.FAIL


def test_a_listed_failure_is_a_known_deviation_and_another_test_is_not():
    assert verdict(outcome(Verdict.FAIL), profile=LISTED) is Verdict.KNOWN_DEVIATION
    assert verdict(outcome(Verdict.FAIL, "test_b"), profile=LISTED) is Verdict.FAIL


def test_a_deviation_that_no_longer_shows_is_stale():
    judged = judge(REQUIREMENT, [outcome(Verdict.PASS)], ASKED, LISTED)
    assert stale_deviations({REQUIREMENT.id: judged}, LISTED) == [REQUIREMENT.id]


def test_a_deviation_that_shows_sometimes_is_not_stale_when_it_does_not():
    sometimes = replace(LISTED, deviations=(replace(LISTED.deviations[0], sometimes=True),))
    judged = judge(REQUIREMENT, [outcome(Verdict.PASS)], ASKED, sometimes)
    assert judged.verdict is Verdict.PASS
    assert stale_deviations({REQUIREMENT.id: judged}, sometimes) == []


def test_what_was_not_asked_says_why():
    assert judge(FEATURED, [], ASKED, PLAIN).reason == "device or bench does not declare event_mode"
    assert judge(REQUIREMENT, [], ASKED, PLAIN).reason == "the run ended before"
    assert judge(REQUIREMENT, [], Asked(ASKED.covered, frozenset(), frozenset()), PLAIN).reason == "not selected"
    assert judge(REQUIREMENT, [], Asked(frozenset(), frozenset(), frozenset()), PLAIN).reason == "no test yet"


@pytest.mark.parametrize(
    ("verdicts", "stale", "require_all", "code"),
    [
        ([Verdict.PASS, Verdict.NOT_RUN, Verdict.NOT_APPLICABLE, Verdict.KNOWN_DEVIATION], False, False, 0),
        ([Verdict.FAIL, Verdict.ERROR], True, False, 1),
        ([Verdict.ERROR], True, False, 3),
        ([Verdict.INCONCLUSIVE], False, False, 3),
        ([Verdict.PASS], True, False, 4),
        ([Verdict.NOT_RUN], False, True, 3),
    ],
)
def test_the_exit_code_is_the_first_that_applies(verdicts, stale, require_all, code):
    judged = [judge(REQUIREMENT, [outcome(v)], ASKED, LISTED if v is Verdict.KNOWN_DEVIATION else PLAIN) for v in verdicts]
    judged = [
        result if result.verdict is v else judge(REQUIREMENT, [outcome(Verdict.FAIL)], ASKED, LISTED)
        for result, v in zip(judged, verdicts, strict=True)
    ]
    assert exit_code(judged, stale=stale, require_all=require_all) == code


@pytest.mark.parametrize(
    ("error", "when", "expected"),
    [
        (None, "call", Verdict.PASS),
        (AssertionError("no"), "call", Verdict.FAIL),
        (AssertionError("no"), "setup", Verdict.ERROR),
        (BenchError("no"), "setup", Verdict.INCONCLUSIVE),
        (ValueError("no"), "call", Verdict.ERROR),
        (NotApplicable("no"), "setup", Verdict.NOT_APPLICABLE),
        (pytest.skip.Exception("no"), "setup", Verdict.NOT_RUN),
    ],
)
def test_whose_fault_it_is(error, when, expected):
    assert verdict_of(error, when) is expected


def test_what_was_observed_is_said_in_words():
    assert in_words(ValueError("bad"), ["noted"]) == "noted; ValueError: bad"
    assert in_words(AssertionError("bad"), []) == "bad"
