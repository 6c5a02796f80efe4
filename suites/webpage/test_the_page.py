"""What the Automate page shows and refuses; two destinations are stored, and nothing of what is done here is to be."""

import json
import re
from contextlib import suppress
from itertools import takewhile

import pytest

from rig.bench import DEFAULT_PARAMETERS, AutomateDocument
from rig.marks import control, verifies

pytestmark = pytest.mark.browser
FIELDS = ("type", "cycle", "url", "auth", "cert_set")
TOO_MANY = 12
SAID = "refused, and all that the page says is {!r}"


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
    page.open()
    page.automate()
    return page


def stored(bench):
    """The document as it is stored."""
    return json.loads(bench.device.web.automate_document())


@verifies("webpage/grouping-selector")
def test_grouping_is_shown_with_its_two_choices(automate):
    """The Automate page shows Grouping, with the choices Disable and Enable, Enable being chosen as it is stored."""
    assert automate.grouping.visible, "the selector is not shown"
    assert sorted(label.casefold() for label in automate.grouping.offers.values()) == ["disable", "enable"]
    assert automate.grouping.value == "enable"


@verifies("webpage/destination-fields")
def test_a_destination_has_every_field(automate):
    """A new destination of type HTTPS POST shows Cycle, URL, Auth, Query Params, Cert Set, Enabled and Delete."""
    added = automate.add_destination()
    added.type.choose("HTTPS POST")
    added.unfold()
    assert [name for name in FIELDS if not getattr(added, name).visible] == []
    assert added.can_be_deleted
    added.tick(enabled=False)
    added.tick()
    key, value = added.add_parameter()
    assert key.visible
    assert value.visible


@verifies("webpage/destination-fields")
def test_auth_offers_none_and_bearer_token(automate):
    """Auth offers None and Bearer Token, and asks for the token once Bearer Token is chosen."""
    added = automate.add_destination()
    added.type.choose("HTTPS POST")
    offered = " ".join(added.auth.offers.values()).casefold()
    assert re.search(r"\bnone\b", offered)
    assert re.search(r"\bbearer\b", offered)
    added.auth.choose("bearer")
    assert added.token.visible


@verifies("webpage/destination-fields")
def test_cert_set_offers_default(automate):
    """Cert Set offers at least default."""
    added = automate.add_destination()
    added.type.choose("HTTPS POST")
    assert "default" in added.cert_set.offers


@verifies("webpage/submit-disabled-until-change")
def test_submit_is_disabled_on_a_page_just_opened(automate):
    """Submit Changes is disabled while nothing is changed."""
    assert not automate.can_submit, "Submit Changes can be pressed on a page just opened"


@verifies("webpage/submit-disabled-until-change")
def test_looking_around_is_no_change(automate):
    """Going to other tabs, unfolding a destination and collapsing it do not enable Submit Changes."""
    automate.system()
    automate.automate()
    first = automate.destination(1)
    first.unfold()
    first.collapse()
    assert not automate.can_submit, "Submit Changes can be pressed, and nothing was changed"


@control("webpage/submit-disabled-until-change")
def test_a_change_enables_submit(automate):
    automate.destination(1).tick(enabled=False)
    assert automate.can_submit


def add(page):
    page.add_destination()


def edit(page):
    page.destination(2).unfold()
    page.destination(2).cycle.enter("9000")


def delete(page):
    page.destination(2).delete()


@verifies("webpage/submit-disabled-until-change")
@pytest.mark.parametrize("change", [add, edit, delete])
def test_every_kind_of_change_enables_submit(automate, change):
    """After a destination was added, edited or deleted, Submit Changes can be pressed."""
    change(automate)
    assert automate.can_submit


@verifies("webpage/collapse-does-not-persist")
def test_collapsing_stores_nothing(bench, document, automate):
    """What was edited and then collapsed is not stored, and is gone when the page is opened again."""
    first = automate.destination(1)
    first.unfold()
    first.cycle.enter("8000")
    first.collapse()
    written = automate.writes
    automate.open()
    automate.automate()
    assert bench.device.web.automate_document() == document.to_json(), f"the page sent {written}"
    assert written == []
    assert automate.destination(1).fields.cycle == "5000"


@verifies("webpage/maximum-destinations")
def test_no_more_than_the_page_says_can_be_added(automate):
    """The page says how many destinations it takes; at that number no further one can be added."""
    for _ in takewhile(lambda _: automate.can_add, range(TOO_MANY)):
        automate.press_add()
    taken = automate.count
    assert taken < TOO_MANY, f"{taken} destinations were added, and still one more can be"
    assert re.search(rf"max\w*\D{{0,30}}\b{taken}\b|\b{taken}\b(?: destinations)?,? \(?max", automate.hints, re.IGNORECASE), (
        f"{taken} is not said: {automate.hints}"
    )


@control("webpage/maximum-destinations")
def test_one_more_can_be_added(automate):
    assert automate.can_add
    automate.add_destination()
    assert automate.count == 3


@verifies("webpage/bad-cycle-and-url-refused")
@pytest.mark.parametrize(("number", "typed"), [(1, "1"), (2, "999")])
def test_a_short_cycle_does_not_take_effect(bench, automate, number, typed):
    """A cycle from 1 to 999 is refused with a message about it, or visibly corrected."""
    cycle = automate.destination(number).unfold().cycle
    cycle.enter(typed)
    shown = cycle.value
    with suppress(automate.Refused):
        bench.submit(automate.press_submit)
    assert str(stored(bench)["destinations"][number - 1]["cycle"]) != typed, f"a cycle of {typed} was taken"
    assert shown != typed or re.search("cycle|1000", automate.notification, re.IGNORECASE), SAID.format(automate.notification)


@verifies("webpage/bad-cycle-and-url-refused")
@pytest.mark.parametrize(("number", "scheme"), [(1, ""), (2, "http://")])
def test_a_url_without_https_does_not_take_effect(bench, automate, number, scheme):
    """For an HTTPS destination a URL with http:// or without scheme is refused with a message about it, or visibly corrected."""
    url = automate.destination(number).unfold().url
    typed = url.value.replace("https://", scheme)
    url.enter(typed)
    shown = url.value
    with suppress(automate.Refused):
        bench.submit(automate.press_submit)
    assert stored(bench)["destinations"][number - 1]["destination"] != typed, f"{typed} was taken"
    assert shown != typed or re.search("url|https://", automate.notification, re.IGNORECASE), SAID.format(automate.notification)


@verifies("webpage/cert-sets-listed")
def test_sets_made_on_the_system_tab_are_offered(bench, pki, document, automate):
    """A set of a CA and one of a client's pair, made under System, are offered as Cert Set once the page is opened again."""
    client = pki.trusted.client("page.test")
    made = {f"rig-page-{kind}-{pki.trusted.fingerprint[:8]}" for kind in ("ca", "pair")}
    ca, pair = sorted(made)
    automate.system()
    automate.add_cert_set(ca, ca=pki.trusted.certificate_pem)
    automate.add_cert_set(pair, pair=(client.certificate_pem, client.key_pem))
    there = bench.device.web.cert_sets()
    assert (there.get(ca), there.get(pair)) == ({"ca"}, {"client_cert", "client_key"})
    automate.open()
    automate.automate()
    assert made <= automate.destination(1).unfold().cert_set.offers.keys()


@verifies("webpage/cert-sets-listed")
def test_a_set_made_elsewhere_is_offered(document, automate):
    """A set that another client uploaded is offered beside default."""
    named = document.destinations[0].cert_set
    assert {named, "default"} <= automate.destination(2).unfold().cert_set.offers.keys()
