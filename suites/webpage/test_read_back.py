"""Every field of section 3 entered in the page: one destination added, one changed; then read back after the restart."""

import json

import pytest

from rig.bench import DEFAULT_PARAMETERS, AutomateDocument, BenchError, Fields
from rig.marks import control, verifies

pytestmark = [pytest.mark.browser]
# RFC 6750, 2.1: every character of a b64token, at a length that tokens in use have
LONG_TOKEN = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/" * 5)[:299] + "="


@pytest.fixture(scope="module")
def servers(bench):
    """Where the two destinations lead to."""
    return {
        "changed": bench.destination(path="/old", bearer="the-old-token", query=(("old", "1"), ("env", "old")), cycle_ms=5000),
        "added": bench.destination(path="/ingest/v1/a-longer-path_with~some.signs"),
    }


@pytest.fixture(scope="module")
def wanted(bench, servers):
    """What is entered: every field of the first another than stored, every field of the second another than a new one has."""
    urls = {name: server.entry(bench.host).url for name, server in servers.items()}
    changed = Fields(url=f"{urls['changed']}er", cycle="60000", query=(("source", "wican_pro"),), cert_set="default", enabled=False)
    query = (("source", "wican_pro"), ("env", "prod"), ("unreserved-._~", "AZaz09-._~"))
    cert_set = servers["added"].needed_set.name
    return [changed, Fields(url=urls["added"], cycle="1000", auth="bearer", token=LONG_TOKEN, query=query, cert_set=cert_set)]


def opened(bench, page, servers):
    """The Automate tab with the first destination as it was."""
    bench.sets.provide([servers["added"].needed_set])
    first = servers["changed"].entry(bench.host)
    bench.store(AutomateDocument(parameters=DEFAULT_PARAMETERS, destinations=(first,)), "one destination")
    page.open()
    page.automate()
    return page


@pytest.fixture(scope="module")
def entered(bench, page_that, servers, wanted):
    """The restart after everything was entered and Submit Changes pressed."""
    with page_that(BenchError) as page:
        opened(bench, page, servers).destination(1).enter(wanted[0])
        page.add_destination().enter(wanted[1], backwards=True)
        return bench.submit(page.press_submit)


@verifies("webpage/every-field-reads-back")
@pytest.mark.parametrize(("number", "backwards"), [(1, False), (2, True)])
def test_every_field_can_be_set(bench, page, servers, wanted, number, backwards):
    """Each field of a stored and of a new destination takes what is entered, whatever is entered after it."""
    opened(bench, page, servers).add_destination()
    page.destination(number).enter(wanted[number - 1], backwards=backwards)
    assert page.destination(number).fields == wanted[number - 1]


@verifies("webpage/every-field-reads-back")
def test_after_submit_the_page_shows_what_was_entered(page, entered, wanted):
    """Opened again after the restart, the page shows both destinations as they were entered."""
    page.open()
    page.automate()
    assert [one.fields for one in page.destinations] == wanted


@verifies("webpage/every-field-reads-back")
@control("webpage/collapse-does-not-persist")
def test_after_submit_it_is_stored(bench, entered, wanted):
    """The stored document has both destinations as they were entered."""
    entries = json.loads(bench.device.web.automate_document())["destinations"]
    assert [Fields.of(entry) for entry in entries] == wanted
