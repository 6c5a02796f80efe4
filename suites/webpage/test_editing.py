"""What the Automate page makes of edits: none is stored by collapsing, some are refused; and which certificate sets it offers."""

import json
import re
from contextlib import suppress
from itertools import takewhile

import pytest

from rig.marks import control, verifies

pytestmark = pytest.mark.browser
TOO_MANY = 12
SAID = "refused, and all that the page says is {!r}"


def stored(bench):
    """The document as it is stored."""
    return json.loads(bench.device.web.automate_document())


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
    """A set of a CA, and one with a client's pair beside it, made under System, are offered as Cert Set once the page is opened again."""
    client = pki.trusted.client("page.test")
    made = {f"rig-page-{kind}-{pki.trusted.fingerprint[:8]}" for kind in ("ca", "pair")}
    ca, pair = sorted(made)
    automate.system()
    automate.add_cert_set(ca, ca=pki.trusted.certificate_pem)
    automate.add_cert_set(pair, ca=pki.trusted.certificate_pem, pair=(client.certificate_pem, client.key_pem))
    there = bench.device.web.cert_sets()
    assert (there.get(ca), there.get(pair)) == ({"ca"}, {"ca", "client_cert", "client_key"})
    automate.open()
    automate.automate()
    assert made <= automate.destination(1).unfold().cert_set.offers.keys()


@verifies("webpage/cert-sets-listed")
def test_a_set_made_elsewhere_is_offered(document, automate):
    """A set that another client uploaded is offered beside default."""
    named = document.destinations[0].cert_set
    assert {named, "default"} <= automate.destination(2).unfold().cert_set.offers.keys()
