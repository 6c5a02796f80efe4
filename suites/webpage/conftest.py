"""The Automate page with two destinations on it, for scenarios that store nothing of what they do there."""

import pytest

from rig.bench import DEFAULT_PARAMETERS, AutomateDocument, BenchError


@pytest.fixture(scope="module")
def document(bench):
    """What the page finds: two destinations of different kinds."""
    first = bench.destination(bearer="first-token", query=(("source", "wican_pro"),), cycle_ms=5000)
    second = bench.destination(path="/second", cert_set="default", cycle_ms=7000)
    bench.sets.provide([first.needed_set])
    return AutomateDocument(parameters=DEFAULT_PARAMETERS, destinations=(first.entry(bench.host), second.entry(bench.host)))


@pytest.fixture
def automate(bench, document, page):
    """The Automate tab of the page, just opened."""
    bench.store(document, "two destinations")
    with page.lacking(BenchError):
        page.open()
        page.automate()
    return page
