"""What the Automate page shows, and when Submit Changes can be pressed."""

import re

import pytest

from rig.marks import control, verifies

pytestmark = pytest.mark.browser
FIELDS = ("type", "cycle", "url", "auth", "cert_set")


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
