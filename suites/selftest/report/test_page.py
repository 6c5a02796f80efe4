"""The page: one file that needs nothing else, says the essential first, and whose links lead somewhere."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from rig.report import render
from rig.report.page import LARGEST
from rig.report.results import Subject, TestResult
from rig.requirements import catalogue


class Page(HTMLParser):
    """What a browser would make of a page: elements with their attributes, and the text outside style and script."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.source = text
        self.elements = []
        self.text = ""
        self._raw = []
        self.inside = {"style": "", "script": ""}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.text += " "
        if tag in self.inside:
            self._raw.append(tag)

    def handle_endtag(self, tag):
        if self._raw and self._raw[-1] == tag:
            self._raw.pop()

    def handle_data(self, data):
        if self._raw:
            self.inside[self._raw[-1]] += data
        else:
            self.text += data

    def values(self, attribute):
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]

    def first_screen(self):
        return re.sub(r"\s+", " ", self.text[: self.text.index("Each row is one promise")])


@pytest.fixture(scope="module")
def page(sample):
    return Page(render(sample.write()).read_text(encoding="utf-8"))


def test_it_needs_nothing_from_anywhere(page):
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"link", "img", "iframe", "object", "embed", "audio", "video", "base"}
    outside = [value for name in ("href", "src", "action", "srcset", "xlink:href") for value in page.values(name) if value]
    assert [value for value in outside if re.match(r"[a-z]+:|//", value, re.IGNORECASE)] == []
    assert "url(" not in page.inside["style"]
    assert "@import" not in page.inside["style"]


def test_the_policy_allows_its_own_style_and_script_only(page):
    (policy,) = [attributes["content"] for tag, attributes in page.elements if attributes.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.inside[name].encode()).digest()).decode()
        assert rules[f"{name}-src"] == f"'sha256-{digest}'"
    assert page.values("style") == []
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []


def test_every_id_is_there_once_and_every_inner_link_leads_to_one(page):
    ids = Counter(page.values("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    assert [href for href in page.values("href") if href.startswith("#") and href[1:] not in ids] == []
    used = [name for value in page.values("aria-labelledby") for name in value.split()]
    assert [name for name in used if name not in ids] == []


def test_links_to_evidence_lead_to_files(page, sample):
    links = [href for href in page.values("href") if not href.startswith("#")]
    assert any(link.endswith("capsule.pcapng") for link in links)
    assert [link for link in links if not (sample.path / link).is_file()] == []


def test_the_first_screen_says_the_essential(page):
    said = page.first_screen()
    for words in (
        "1 requirement failed.", "aabbccddeeff", "v4.50p", "emulated", "a pass here proves the rig, never a device",
        "0.18 ms", "unknown not qualified here: wican-rig qualify", "boot/context-only-once", "slow repeated config and status",
        "network/broken-connections", "console/no-secrets", "1 known deviation of profile document",
    ):  # fmt: skip
        assert words in said


def test_counts_stand_on_the_first_screen(page, sample):
    counts = Counter(requirement.verdict for requirement in sample.results().requirements)
    assert f"{counts['pass']} ✓ pass" in page.first_screen()
    assert f"{counts['not_run']} ○ not run" in page.first_screen()


def test_a_physical_subject_is_not_called_emulated(folder):
    folder.subject = Subject("physical", "aabbccddeeff", "v4.50p", "4.50p", [])
    said = Page(render(folder.write()).read_text(encoding="utf-8")).text
    assert "proves the rig" not in said
    assert "Physical subject." in said


@pytest.mark.parametrize(
    ("verdict", "headline"),
    [
        ("fail", "1 requirement failed."),
        ("error", "Nothing failed, but 1 requirement stayed without an answer."),
        ("known_deviation", "Nothing failed beyond 1 known deviation."),
        ("pass", "All 1 requirements that were judged passed."),
        ("not_run", "No requirement was judged."),
    ],
)
def test_the_headline_is_honest(folder, verdict, headline):
    folder.judge("auth/bearer-header", verdict, "because")
    assert headline in Page(render(folder.write()).read_text(encoding="utf-8")).text


def test_an_interrupted_run_says_so(folder):
    folder.run = replace(folder.run, complete=False, exit_code=130)
    folder.judge("auth/bearer-header", "pass")
    assert "The run was interrupted" in Page(render(folder.write()).read_text(encoding="utf-8")).first_screen()


def test_the_kill_score_is_shown_where_it_is_known(folder):
    folder.run = replace(folder.run, qualification={"counts": {"claimed": 57, "other": 2, "survived": 1, "crashed": 0}})
    assert (
        "59 of 60 seeded defects caught, 57 of them blamed on the right requirement"
        in Page(render(folder.write()).read_text(encoding="utf-8")).first_screen()
    )


def test_stale_deviations_are_named(folder):
    folder.run = replace(folder.run, stale=["auth/bearer-header"])
    folder.judge("auth/bearer-header", "pass")
    assert (
        "Stale: listed as known deviations, and they passed: auth/bearer-header."
        in Page(render(folder.write()).read_text(encoding="utf-8")).first_screen()
    )


def test_every_requirement_has_a_row_to_filter_and_open(page):
    rows = [attributes for tag, attributes in page.elements if tag == "details" and attributes.get("class") == "case"]
    assert len(rows) == len(catalogue())
    assert all({"data-area", "data-level", "data-verdict"} <= row.keys() for row in rows)


def test_without_a_script_all_rows_are_there_and_the_filter_is_not(page):
    assert [attributes for tag, attributes in page.elements if tag == "form" and "hidden" not in attributes] == []


def test_how_to_run_it_again(page):
    assert "wican-rig run --profile document --seed 4711" in page.text


def test_all_parts_are_there(page):
    assert {"top", "requirements", "document", "cadence", "interference", "privacy", "books", "hello", "run"} <= set(page.values("id"))


def test_a_huge_run_stays_small_enough(folder):
    padding = "x" * 60_000
    where = "evidence/auth/test_authorization"
    rows = [
        {"receiver": f"receiver-{number % 6}", "connection": number, "number": number, "started_s": 1.75e9 + number, "method": "POST",
         "target": "/" + padding, "headers": [["X-Padding", padding]], "body": padding, "status": 500, "ending": "failure"}
        for number in range(40)
    ]  # fmt: skip
    folder.evidence(where, exchanges_jsonl=rows, timeline_jsonl=[])
    for name in catalogue():
        from_test = [("verifies", f"suites/auth/test_authorization.py::test_{name}")]
        folder.judge(name, "fail", padding, [_result(test, role, where, padding) for role, test in from_test])
    html = render(folder.write()).read_bytes()
    assert len(html) <= LARGEST


def _result(test, role, where, padding):
    return TestResult(test, role, "fail", 1.0, padding[:2000], padding[:2000], [where])


def test_a_run_without_evidence_is_reported_all_the_same(folder):
    folder.judge("auth/bearer-header", "fail", "why", [_result("suites/auth/test_a.py::test_b", "verifies", "evidence/auth/test_a", "x")])
    assert "1 requirement failed." in Page(render(folder.write()).read_text(encoding="utf-8")).text


def test_rendering_twice_gives_the_same(sample):
    folder = sample.write()
    assert render(folder).read_bytes() == render(folder).read_bytes()
