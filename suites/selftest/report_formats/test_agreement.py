"""The three formats say the same."""

import json
import re
from collections import Counter
from xml.etree import ElementTree

import pytest

from rig.report.junit import junit_xml
from rig.report.summary import EXIT_WORDS, summary_markdown
from rig.tally import INTERRUPTED
from rig.verdict import Verdict

SKIPPED = (Verdict.KNOWN_DEVIATION, Verdict.NOT_APPLICABLE, Verdict.NOT_RUN)


def unescaped(markdown: str) -> str:
    return re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), markdown)


def test_junit_has_every_requirement_with_its_level_and_verdict(results):
    plain = json.loads(results().to_json())
    cases = ElementTree.fromstring(junit_xml(results())).findall("testsuite/testcase")
    said = [{entry.get("name"): entry.get("value") for entry in case.findall("properties/property")} for case in cases]
    expected = [
        {"requirement": entry["id"], "level": entry["level"], "section": entry["section"], "verdict": entry["verdict"]}
        for entry in sorted(plain["requirements"], key=lambda entry: entry["area"])
    ]
    assert said == expected
    assert [case.get("name") for case in cases] == [entry["requirement"] for entry in expected]


def test_the_counts_of_junit_are_those_of_the_run(results):
    top = ElementTree.fromstring(junit_xml(results()))
    counts = Counter(requirement.verdict for requirement in results().requirements)
    expected = {
        "tests": sum(counts.values()),
        "failures": counts["fail"],
        "errors": counts["error"] + counts["inconclusive"],
        "skipped": sum(counts[verdict.value] for verdict in SKIPPED),
    }
    assert {name: int(top.get(name)) for name in expected} == expected
    assert {name: sum(int(suite.get(name)) for suite in top) for name in expected} == expected
    for name, tag in {"failures": "failure", "errors": "error", "skipped": "skipped"}.items():
        assert len(top.findall(f".//{tag}")) == expected[name]


def test_junit_names_run_and_subject(results):
    suite = ElementTree.fromstring(junit_xml(results()))[0]
    said = {entry.get("name"): entry.get("value") for entry in suite.findall("properties/property")}
    assert said == {
        "subject": "emulated", "device_id": "aabbccddeeff", "firmware": "v4.50p", "profile": "document", "run": "20260102-030405",
        "seed": "7", "exit_code": "1", "complete": "true",
    }  # fmt: skip


def test_the_counts_of_the_summary_are_those_of_the_run(results):
    counts = Counter(requirement.verdict for requirement in results().requirements)
    rows = re.findall(r"^\| \S+ ([a-z ]+) \| (\d+) \|", summary_markdown(results()), re.MULTILINE)
    assert {words.replace(" ", "_"): int(count) for words, count in rows} == counts


def test_the_summary_names_what_needs_attention_and_why(results):
    text = unescaped(summary_markdown(results()))
    for requirement in results().requirements:
        named = f"<code>{requirement.id}</code>" in text
        assert named == (requirement.verdict in {"fail", "error", "inconclusive", "known_deviation"})
        assert (f"| {requirement.reason} |" in text) == named


def test_the_summary_says_what_a_pass_is_worth(results):
    assert "this proves the rig, never a device" in summary_markdown(results(kind="emulated"))
    assert "never a device" not in summary_markdown(results(kind="physical"))


@pytest.mark.parametrize("exit_code", [0, 1, 2, 3, 4, INTERRUPTED])
def test_the_summary_has_words_for_every_exit_code(exit_code, results):
    assert f"Exit code {exit_code}: {EXIT_WORDS[exit_code]}." in summary_markdown(results(exit_code=exit_code))


def test_the_summary_names_stale_deviations(results):
    assert "- `auth/x`" in unescaped(summary_markdown(results(stale=["auth/x"])))


def test_what_a_device_says_stays_text_in_junit(results, requirement, hostile):
    said = requirement("trust/x", Verdict.FAIL, reason=hostile)
    top = ElementTree.fromstring(junit_xml(results(said)))
    text = top.find(".//failure").text
    assert "<script>alert(1)</script>" in text
    assert "nul \\u{0} esc \\u{1b}[0m" in text
    assert top.find(".//script") is None


def test_what_a_device_says_stays_text_in_the_summary(results, requirement, hostile):
    said = requirement("trust/x", Verdict.FAIL, reason=hostile)
    markdown = summary_markdown(results(said))
    assert "<script" not in markdown
    (row,) = [line for line in markdown.splitlines() if "trust/x" in line]
    assert row.count("|") == 5
    assert "\u202e" not in markdown
    assert "\x1b" not in markdown
    markdown.encode()


def test_the_summary_fits_where_ci_shows_it(results, requirement):
    many = [requirement(f"trust/n{number}", Verdict.FAIL, reason="x" * 100_000) for number in range(2000)]
    assert len(summary_markdown(results(*many)).encode()) < 1 << 20
    assert summary_markdown(results(*many)).count("<code>") == 300
    assert "and 1700 more" in summary_markdown(results(*many))
