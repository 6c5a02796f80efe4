"""Stored without a reboot: a destination disabled and enabled again, then one added; then the reboot that applies it."""

from dataclasses import replace

import pytest

from rig.marks import control, verifies
from rig.oracle import context, posts


@pytest.fixture(scope="module")
def late(bench):
    """A destination that is not there at first."""
    return bench.destination()


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(toggled=bench.destination(), steady=bench.destination())


def document(bench, boot, *destinations):
    """The document of the boot with other destinations."""
    return replace(boot.document, destinations=tuple(destination.entry(bench.host) for destination in destinations))


@pytest.fixture(scope="module")
def disabled_ns(bench, boot):
    """Both destinations have had their context and gone on; then one is stored as disabled."""
    boot.toggled.wait_for_successes(3)
    boot.steady.wait_for_successes(3)
    off = boot.toggled.destination.but(enabled=False)
    return bench.store(document(bench, boot, off, boot.steady.destination), "toggled disabled")


@pytest.fixture(scope="module")
def enabled_ns(bench, boot, disabled_ns):
    """Three cycles of the neighbour later it is stored as enabled again."""
    boot.steady.wait_for_requests_since(disabled_ns, 3)
    return bench.store(boot.document, "toggled enabled again")


@pytest.fixture(scope="module")
def added_ns(bench, boot, enabled_ns, late):
    """Once both have gone on, a third destination is stored beside them."""
    boot.toggled.wait_for_requests_since(enabled_ns, 4)
    return bench.store(document(bench, boot, boot.toggled.destination, boot.steady.destination, late), "a third destination")


@pytest.fixture(scope="module")
def applied(bench, boot, added_ns, late):
    """The reboot that applies the third destination where the device needs one."""
    boot.steady.wait_for_requests_since(added_ns, 4)
    destinations = {"toggled": boot.toggled.destination, "steady": boot.steady.destination, "late": late}
    return bench.start(document(bench, boot, *destinations.values()), destinations)


@control("boot/re-enable-does-not-resend", "boot/late-destination-gets-context")
def test_the_context_came_once_before(boot, disabled_ns):
    before = [post for post in posts.read(boot.toggled.attempts) if post.started_ns < disabled_ns]
    assert [sorted({"config", "status"} & post.body.data.keys()) for post in before[:2]] == [["config", "status"], []]


@verifies("boot/re-enable-does-not-resend")
def test_re_enabling_does_not_resend(boot, enabled_ns, observed):
    """Stored as enabled again, the destination sends no config and no status before the next boot."""
    later = boot.toggled.wait_for_requests_since(enabled_ns, 4)
    pause_s = (later[0].started_ns - enabled_ns) / 1e9
    observed(f"{len(boot.toggled.requests)} requests in all, the next one {pause_s:.1f} s after it was enabled again")
    assert context.repeated(posts.story(boot.toggled.attempts)) == []


@verifies("boot/re-enable-does-not-resend")
def test_storing_does_not_resend_to_others(boot, added_ns):
    """Three documents stored without a reboot make no other destination send its context again."""
    boot.steady.wait_for_requests_since(added_ns, 4)
    assert context.repeated(posts.story(boot.steady.attempts)) == []


@verifies("boot/late-destination-gets-context")
def test_a_late_destination_gets_its_context_in_the_next_boot(applied):
    """In the boot after it was added its first success carries all three blocks."""
    applied.late.expect_successes(1)
    assert context.first_success_without_context(posts.story(applied.late.attempts)) == []


@verifies("boot/late-destination-gets-context")
def test_a_late_destination_gets_its_context_where_it_is_served_at_once(applied, late, observed):
    """Where the device serves it before the reboot, its first success there carries all three blocks, too."""
    early = [attempt for attempt in late.receiver.attempts if attempt.started_ns < applied.gone_ns]
    observed(f"{len(early)} attempts before the reboot")
    successes = [post for post in posts.read(late.receiver.attempts) if post.success and post.started_ns < applied.gone_ns]
    assert [context.missing_blocks(post.body.data) for post in successes[:1]] == [[]] * len(successes[:1])
