"""A destination deleted and another disabled on the page, and what is left after the restart that applies it."""

import json
from dataclasses import replace

import pytest

from rig.bench import DEFAULT_PARAMETERS, AutomateDocument, BenchError, Fields
from rig.marks import control, verifies

pytestmark = [pytest.mark.browser]
DELETED, TOGGLED = 1, 3


@pytest.fixture(scope="module")
def document(bench):
    """Three destinations with something in every field."""
    destinations = [
        bench.destination(path=f"/{name}", bearer=f"{name}-token", query=(("name", name), ("env", "prod")), cycle_ms=cycle_ms)
        for name, cycle_ms in {"deleted": 5000, "kept": 6000, "toggled": 7000}.items()
    ]
    bench.sets.provide([destinations[0].needed_set])
    return AutomateDocument(parameters=DEFAULT_PARAMETERS, destinations=tuple(one.entry(bench.host) for one in destinations))


def opened(bench, page, document):
    """The Automate tab with the three destinations."""
    bench.store(document, "three destinations")
    page.open()
    page.automate()
    return page


@pytest.fixture(scope="module")
def before(bench, page_that, document):
    """What the page shows of each destination before anything is changed."""
    with page_that(BenchError) as page:
        return [one.fields for one in opened(bench, page, document).destinations]


@pytest.fixture(scope="module")
def applied(bench, page_that, document, before):
    """The restart after the first destination was deleted and the last one disabled."""
    with page_that(BenchError) as page:
        opened(bench, page, document)
        page.destination(TOGGLED).tick(enabled=False)
        page.destination(DELETED).delete()
        return bench.submit(page.press_submit)


@pytest.fixture
def reopened(applied, page):
    """The Automate tab after the restart."""
    with page.lacking(BenchError):
        page.open()
        page.automate()
    return page


@verifies("webpage/delete-and-toggle")
def test_delete_removes_the_entry(bench, document, before, page):
    """Delete takes the destination off the page, and those after it move up."""
    opened(bench, page, document).destination(DELETED).delete()
    assert [one.fields for one in page.destinations] == before[1:]


@verifies("webpage/delete-and-toggle")
def test_unticking_loses_no_setting(bench, document, before, page):
    """With the tick of Enabled taken away every other field is as it was, and it can be ticked again."""
    toggled = opened(bench, page, document).destination(TOGGLED)
    toggled.tick(enabled=False)
    assert toggled.fields == replace(before[TOGGLED - 1], enabled=False)
    toggled.tick()
    assert toggled.fields == before[TOGGLED - 1]


@control("webpage/delete-and-toggle")
def test_all_three_were_there_before(document, before):
    assert [one.url for one in before] == [one.url for one in document.destinations]


@verifies("webpage/delete-and-toggle")
def test_after_submit_the_deleted_one_is_stored_nowhere(bench, document, applied):
    """The stored document names the other two destinations alone."""
    text = bench.device.web.automate_document()
    assert [entry["destination"] for entry in json.loads(text)["destinations"]] == [one.url for one in document.destinations[1:]]
    assert document.destinations[0].url.encode() not in text


@verifies("webpage/delete-and-toggle")
def test_after_submit_the_page_shows_the_others_alone(before, reopened):
    """Opened again, the page shows the other two, the one disabled with all its settings."""
    assert [one.fields for one in reopened.destinations] == [before[1], replace(before[2], enabled=False)]


@verifies("webpage/delete-and-toggle")
def test_after_submit_the_disabled_one_is_stored_as_it_was_shown(bench, before, applied):
    """The stored document has the disabled destination with its URL, cycle, auth, query and cert set."""
    entries = json.loads(bench.device.web.automate_document())["destinations"]
    assert Fields.of(entries[-1]) == replace(before[TOGGLED - 1], enabled=False)
