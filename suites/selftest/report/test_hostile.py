"""What a device sent is shown and never acts: not on the page, not on the eye, not on the reader of the files."""

import json
import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.report import render
from rig.report.bodies import differences, laid_out, parsed
from rig.report.results import Subject, TestResult
from rig.report.words import local_link, visible

ATTACKS = (
    "<script>alert(1)</script>",
    "</pre></details><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "</style><style>*{display:none}</style>",
    "</script>",
    "\u202egnp.exe",
    "\x00\x1b[2J",
    "\ud800",
    "javascript:alert(1)",
    "<!--",
    "]]>",
)
MIX = "".join(ATTACKS)


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs)))


def attacked(folder):
    where = "evidence/boot/test_context"
    row = {
        "receiver": MIX,
        "connection": 1,
        "number": 1,
        "started_s": 1.75e9 + 2,
        "method": MIX,
        "target": MIX,
        "version": MIX,
        "headers": [[MIX, MIX], ["Authorization", MIX]],
        "body": MIX,
        "status": 200,
        "ending": "success",
    }
    nested = '{"autopid_data": ' + '{"a":' * 3000 + "1" + "}" * 3000 + "}"
    rows = [
        row,
        row | {"body": nested},
        row | {"body": json.dumps({"status": {MIX: "x", "sta_pass": MIX}})},
        row | {"body": '{"ts": ' + "9" * 5000 + "}"},
        row | {"body": '{"x": NaN, "x": 1}'},
        "no object",
        17,
        {"headers": 3, "body": 4},
    ]
    hello = {"versions": [772, "x"], "cipher_suites": "y", "server_name": MIX, "alpn": [MIX, 3], "groups": None}
    connection = {
        "receiver": MIX,
        "number": 2,
        "started_s": 1.75e9,
        "hello": hello,
        "failure": MIX,
        "alert": {"name": MIX},
        "aborted_by_peer": True,
        "client_certificate": MIX,
        "plain_text": MIX,
        "tls_version": MIX,
        "cipher": MIX,
    }
    measurements = [
        {"requirement": MIX, "name": "shift", "unit": "ms", "values": [1e300, 5], "labels": {"trouble": MIX, "neighbour": MIX + "$x^$"}},
        {"requirement": MIX, "name": "cycle", "unit": "ms", "values": [1000], "labels": {"destination": MIX}},
        {
            "requirement": MIX,
            "name": "interval",
            "unit": MIX,
            "values": [1] * 9 + ["x", None],
            "labels": {"destination": MIX, "cycle_ms": 1},
        },
        {"requirement": MIX, "name": "posts", "unit": "", "values": [3], "labels": {"destination": MIX, "book": MIX, "count": MIX}},
        "no object",
        {"labels": 3},
    ]
    folder.evidence(
        where,
        exchanges_jsonl=rows,
        connections_jsonl=[connection],
        measurements_json=measurements,
        timeline_jsonl=[{"stamp_s": 1.75e9, "kind": MIX, "text": MIX}, {"stamp_s": "x"}],
        can_log=MIX,
        serial_log=f"(1750000000.5) {MIX}",
    )
    test = TestResult(
        f"suites/boot/test_context.py::test_{MIX}", "verifies", "fail", 1.0, MIX, MIX, [where, "../../etc", "javascript:alert(1)"]
    )
    folder.judge("boot/context-only-once", "fail", MIX, [test])
    folder.subject = Subject("physical", MIX, MIX, MIX, [MIX])
    return render(folder.write()).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def html(empty):
    return attacked(empty)


def test_nothing_that_was_sent_becomes_markup(html):
    found = Elements(html).found
    assert [tag for tag, _ in found].count("script") == 1
    assert [tag for tag, _ in found].count("style") == 1
    assert not {tag for tag, _ in found} & {"img", "iframe", "object"}
    assert [names for _, names in found if any(name.startswith("on") or name == "src" for name in names)] == []


def test_nothing_that_was_sent_is_hidden_from_the_eye(html):
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html) == []
    assert "\\u202egnp.exe" in html
    assert "\\x00\\x1b[2J" in html


def test_links_stay_inside_the_run(html):
    links = re.findall(r'href="([^"]*)"', html)
    assert [link for link in links if not link.startswith("#") and local_link(link) is None] == []


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "javascript:alert(1)", "\\\\host\\x", "C:\\x", "", "a\\..\\..\\x"])
def test_no_link_leads_out_of_the_run(path):
    assert local_link(path) is None


def test_a_link_is_quoted():
    assert local_link('evidence/a b/"x".log') == "evidence/a%20b/%22x%22.log"


@given(st.text())
def test_every_text_becomes_visible_and_can_be_written(text):
    shown = visible(text)
    shown.encode("utf-8")
    assert not {unicodedata.category(char) for char in shown.replace("\n", "").replace("\t", "")} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert visible(shown) == shown


@given(st.text(max_size=200))
def test_any_body_can_be_laid_out(text):
    assert isinstance(laid_out(text, 100), str)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(JSON)
def test_a_body_does_not_differ_from_itself(value):
    assert differences(value, value) == []


@pytest.mark.parametrize("body", ['{"a":1,"a":2}', "[1]", '{"a":' * 99 + "1" + "}" * 99, "{", '{"a":' + "9" * 5000 + "}x"])
def test_what_laying_out_would_hide_is_shown_as_it_came(body):
    assert parsed(body) is None
    assert laid_out(body, 10_000) == body


def test_numbers_are_shown_as_they_were_written():
    assert '"FUEL": 62.10' in laid_out('{"autopid_data":{"FUEL":62.10,"N":1e3}}', 1000)
