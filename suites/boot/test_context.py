"""The context of the first success: six destinations whose servers succeed at once, later, after failures, or slowly."""

import json

import pytest

from rig.bench import Reply, ResetAfterHandshake, SilentOnAccept
from rig.marks import control, verifies
from rig.oracle import context


@pytest.fixture(scope="module")
def boot(bench, pki):
    failing = bench.receiver()
    failing.script([Reply(status=401), Reply(status=404), Reply(status=500), Reply(status=503)])
    broken = bench.receiver()
    broken.connection_script([ResetAfterHandshake(), SilentOnAccept(for_s=1.0)])
    distrusted = bench.receiver(pki.stranger.issue(bench.host))
    relapsing = bench.receiver()
    relapsing.script([Reply(), Reply(status=500), Reply(status=500)])
    slow = bench.receiver()
    slow.reply(Reply(delay_s=3.0))
    return bench.boot(
        plain=bench.destination(),
        failing=bench.destination(failing),
        broken=bench.destination(broken),
        distrusted=bench.destination(distrusted),
        relapsing=bench.destination(relapsing),
        slow=bench.destination(slow, cycle_ms=5000),
    )


def story(watched, count):
    """Each attempt that brought a body: whether it was a success, and the body."""
    watched.wait_for_successes(count)
    return [(attempt.success, json.loads(attempt.request.body)) for attempt in watched.attempts if attempt.request]


@verifies("boot/first-success-carries-context")
def test_the_first_success_carries_all_three_blocks(boot):
    """The first successful POST has autopid_data, config and status, each an object."""
    _, body = story(boot.plain, 1)[0]
    assert context.missing_blocks(body) == []


@verifies("boot/context-only-once")
def test_no_later_post_carries_context(boot):
    """After the first success neither config nor status comes again."""
    assert context.repeated(story(boot.plain, 5)) == []


@verifies("boot/context-only-once")
def test_a_failure_after_the_first_success_brings_no_context_back(boot):
    """After two HTTP 500 that follow the first success the context does not come again."""
    assert context.repeated(story(boot.relapsing, 3)) == []


@verifies("boot/context-only-once")
def test_a_slow_success_is_a_success(boot):
    """After an answer that took three seconds the context does not come again."""
    assert context.repeated(story(boot.slow, 2)) == []


@verifies("boot/context-per-destination")
def test_each_destination_gets_its_own_context(boot):
    """Each destination has the context in its own first success, whenever that is."""
    for watched in (boot.plain, boot.failing, boot.broken, boot.relapsing, boot.slow):
        assert context.first_success_without_context(story(watched, 1)) == [], watched.name


@verifies("boot/context-again-until-success")
def test_context_comes_again_after_error_statuses(boot):
    """401, 404, 500 and 503 are no success: the attempt that gets through after them carries everything again."""
    told = story(boot.failing, 1)
    assert [success for success, _ in told[:5]] == [False, False, False, False, True]
    assert [context.missing_blocks(body) for _, body in told[:5]] == [[]] * 5


@verifies("boot/context-again-until-success")
def test_context_comes_after_broken_connections(boot):
    """A reset and a silent server are no success: the attempt that gets through after them carries everything."""
    assert context.missing_blocks(story(boot.broken, 1)[0][1]) == []


@verifies("boot/context-again-until-success")
def test_context_comes_after_a_tls_failure(boot, pki, bench):
    """A refused certificate is no success: once the server has a good one, the context comes."""
    boot.distrusted.wait_for_handshakes(2)
    boot.distrusted.receiver.present(pki.trusted.issue(bench.host))
    assert context.missing_blocks(story(boot.distrusted, 1)[0][1]) == []


@control("boot/context-only-once", "boot/context-per-destination", "boot/context-again-until-success")
def test_posts_go_on(boot):
    assert len(boot.plain.wait_for_successes(5)) == 5
