"""The report in a browser: whole at every width, without a complaint, without a request, and it filters."""

import pytest

from rig.report import render
from rig.report.results import RequirementResult, Results, Run, Subject, TestResult
from rig.requirements import catalogue

FAILED = "boot/context-only-once"
ANCHOR = "r-boot-context-only-once"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The page of a small made-up run: everything passes but one requirement."""
    folder = tmp_path_factory.mktemp("run")
    seen = "assert ['config'] == []: </script><b>config came again</b> " + "a-very-long-word" * 30
    rows = []
    for one in catalogue().values():
        verdict = "fail" if one.id == FAILED else "pass"
        test = TestResult("suites/boot/test_context.py::test_it", "verifies", verdict, 0.4, one.text, seen if verdict == "fail" else "", [])
        rows.append(
            RequirementResult(one.id, one.area, one.section, one.level.value, verdict, seen if verdict == "fail" else "", one.text, [test])
        )
    run = Run(
        id="20250615-150640", started=1.75e9, seconds=58.4, seed=4711, workers=10, boots=41, clock_error_ms=0.2, exit_code=1, complete=True
    )
    Results(Subject("emulated", "aabbccddeeff", "v4.50p", "document", []), run, rows).write(folder / "results.json")
    render(folder)
    return f"file://{folder / 'index.html'}"


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_is_whole_at_every_width(window, report, too_wide, width):
    with window(width) as tab:
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(report)
        assert too_wide(tab) == 0
        tab.locator(f"details.case:has-text('{FAILED}')").first.evaluate("(node) => { node.open = true; }")
        assert too_wide(tab) == 0
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_it_filters_by_verdict_and_words(window, report):
    with window() as tab:
        tab.goto(report)
        shown = tab.locator("details.case:visible")
        assert shown.count() == len(catalogue())
        tab.locator("#filter [name=verdict]").select_option("fail")
        assert shown.count() == 1
        tab.locator("#filter [name=verdict]").select_option("")
        tab.locator("#filter [name=words]").fill("webpage/")
        assert shown.count() == len([name for name in catalogue() if name.startswith("webpage/")])


def test_a_link_opens_the_case_it_names(window, report):
    with window() as tab:
        tab.goto(f"{report}#{ANCHOR}")
        assert tab.locator(f"#{ANCHOR}").get_attribute("open") is not None
