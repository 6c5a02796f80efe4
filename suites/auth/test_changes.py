"""Auth settings changed: what was stored before must not be sent after the reboot that applies the change."""

import pytest

from rig.marks import control, verifies

OLD = "the-old-token-0123456789"
NEW = "the-new-token-9876543210"


@pytest.fixture(scope="module")
def before(bench):
    boot = bench.boot(
        dropped=bench.destination(bearer=OLD),
        forgotten=bench.destination(bearer=OLD),
        changed=bench.destination(bearer=OLD),
    )
    assert all(watched.wait_for_requests(1) for watched in boot)
    return boot


@pytest.fixture(scope="module")
def after(bench, before):
    """The page leaves the old token beside an auth of none; a client may as well clear it."""
    none = {"auth": {"type": "none"}, "bearer": None}
    return bench.boot(
        dropped=before.dropped.destination.but(**none, extra={"api_token": OLD}),
        forgotten=before.forgotten.destination.but(**none, extra={"api_token": ""}),
        changed=before.changed.destination.but(bearer=NEW),
    )


@control("auth/none-after-bearer", "auth/changed-token")
def test_the_old_token_was_sent_before(before):
    assert [watched.requests[0].header("Authorization") for watched in before] == [[f"Bearer {OLD}"]] * 3


@verifies("auth/none-after-bearer")
@pytest.mark.parametrize("name", ["dropped", "forgotten"])
def test_none_after_bearer_sends_no_header(after, name):
    """No request has an Authorization header, whether or not the old token is still stored beside the new setting."""
    assert [request.header("Authorization") for request in after[name].wait_for_requests(3)] == [[]] * 3


@verifies("auth/none-after-bearer")
@pytest.mark.parametrize("name", ["dropped", "forgotten"])
def test_after_none_the_old_token_is_in_no_head(after, name):
    """The old token is in no other header and in no target either."""
    assert not [request for request in after[name].wait_for_requests(3) if OLD.encode() in request.head]


@verifies("auth/changed-token")
def test_a_changed_token_takes_effect(after):
    """Every request carries the new token."""
    assert [request.header("Authorization") for request in after.changed.wait_for_requests(3)] == [[f"Bearer {NEW}"]] * 3


@verifies("auth/changed-token")
def test_the_old_token_never_comes_again(after):
    """The old token is in no head of any request of the boot."""
    after.changed.wait_for_requests(4)
    assert not [request for request in after.changed.requests if OLD.encode() in request.head]
