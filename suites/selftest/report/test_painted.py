"""The painted document: what a sentence may be called, and that it never claims more than was judged."""

import pytest

from rig.report.document import Document, Passage, Sentence, Unjudged
from rig.report.painted import Status, painted
from rig.report.results import RequirementResult


def status(*verdicts, missing=False):
    results = {
        f"a/{place}": RequirementResult(f"a/{place}", "a", "1", level, verdict, "", "")
        for place, (verdict, level) in enumerate(item if isinstance(item, tuple) else (item, "must") for item in verdicts)
    }
    names = (*results, "a/missing") if missing else tuple(results)
    sentence = Sentence(1, "1", "g", Passage("00000000", 1), names)
    (section,) = painted(Document("1", {"1": "One"}, (sentence,)), results)
    return section.sentences[0]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["pass", "pass"], Status.PROVEN),
        (["pass", "not_applicable"], Status.PROVEN),
        (["pass", ("pass", "info")], Status.PROVEN),
        (["pass", ("not_run", "info")], Status.PROVEN),
        (["pass", "not_run"], Status.PARTLY_PROVEN),
        (["pass", "inconclusive"], Status.PARTLY_PROVEN),
        (["pass", "error"], Status.PARTLY_PROVEN),
        (["pass", "fail"], Status.CONTRADICTED),
        (["known_deviation", "fail"], Status.CONTRADICTED),
        (["pass", "known_deviation"], Status.KNOWN_DEVIATION),
        (["not_run", "not_applicable"], Status.NOT_TESTED),
        (["inconclusive"], Status.NOT_TESTED),
        ([("pass", "info")], Status.MEASURED),
        ([("pass", "info"), "not_run"], Status.MEASURED),
        ([("fail", "info")], Status.CONTRADICTED),
        ([], Status.NOT_TESTED),
    ],
)
def test_the_status_follows_from_the_verdicts(verdicts, expected):
    assert status(*verdicts).status is expected


def test_a_requirement_that_the_results_do_not_have_proves_nothing():
    assert status("pass", missing=True).status is Status.PARTLY_PROVEN


def test_a_part_says_how_much():
    assert status("pass", "not_run", "not_run").share == "1 of 3"
    assert status("pass").share == ""


@pytest.mark.parametrize("why", Unjudged)
def test_sentences_that_nobody_judges_say_why(why):
    sentence = Sentence(1, "1", "g", Passage("00000000", 1), unjudged=why, reason="because")
    (section,) = painted(Document("1", {"1": "One"}, (sentence,)), {})
    assert section.sentences[0].status.name == why.name
