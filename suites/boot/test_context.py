"""The context of the first success: six destinations whose servers succeed at once, later, after trouble of every kind, or slowly."""

import pytest

from rig.bench import Reply, ResetAfterBytes, ResetAfterHandshake, ResetOnAccept, SilentOnAccept, keep_books, polled
from rig.marks import control, verifies
from rig.oracle import context, posts

UNANSWERED = Reply(delay_s=60.0)
BROKEN = [ResetAfterHandshake(), ResetAfterBytes(1), SilentOnAccept(for_s=1.0)]


@pytest.fixture(scope="module")
def boot(bench, pki):
    """Up to three failures before a first success: shipped firmware backs off after more, by up to half a minute."""
    refusing, broken, distrusted, relapsing, slow = (bench.receiver() for _ in range(5))
    refusing.script([Reply(status=401), Reply(status=404)])
    slow.script([Reply(status=500), Reply(status=503)])
    slow.reply(Reply(delay_s=0.6 * bench.profile.time_limit_s))
    relapsing.script([UNANSWERED, Reply(), Reply(status=500), Reply(status=503), Reply(), Reply(status=401)])
    broken.connection_script(BROKEN)
    distrusted.connection_script([ResetOnAccept()])
    distrusted.present(pki.stranger.issue(bench.host))
    return bench.boot(
        plain=bench.destination(),
        refusing=bench.destination(refusing),
        broken=bench.destination(broken),
        distrusted=bench.destination(distrusted),
        relapsing=bench.destination(relapsing),
        slow=bench.destination(slow, cycle_ms=5000),
    )


@pytest.fixture(scope="module")
def rescued(bench, boot, pki):
    """A destination that was reset, then refused the certificate, then found a closed port, and has a good server in the end."""
    watched = boot.distrusted
    watched.wait_for_handshakes(4)
    bench.event("stimulus", "close the port of distrusted for two cycles, then open it with a good certificate")
    watched.receiver.pause()
    watched.receiver.present(pki.trusted.issue(bench.host))
    boot.plain.wait_for_requests(len(boot.plain.requests) + 2)
    watched.receiver.resume()
    watched.wait_for_successes(2, watched.patience.within(4))
    return watched


@pytest.fixture(scope="module")
def relapsed(bench, boot):
    """A destination that failed after its first success: by status, then by a closed port."""
    watched = boot.relapsing
    watched.wait_for_requests(6)
    bench.event("stimulus", "close the port of relapsing for two cycles")
    watched.receiver.pause()
    boot.plain.wait_for_requests(len(boot.plain.requests) + 2)
    watched.receiver.resume()
    watched.wait_for_successes(4, watched.patience.within(4))
    return watched


def story(watched, successes=1):
    """Every POST so far: whether it was a success, and its body."""
    watched.wait_for_successes(successes, watched.patience.within(successes + 5))
    return posts.story(watched.attempts)


@verifies("boot/first-success-carries-context")
def test_the_first_success_carries_all_three_blocks(boot):
    """The first successful POST has autopid_data, config and status, each an object."""
    assert context.first_success_without_context(story(boot.plain)) == []


@verifies("boot/first-success-carries-context")
@pytest.mark.parametrize("name", ["plain", "refusing", "slow"])
def test_telemetry_of_the_first_success_is_empty_only_before_the_first_poll(bench, boot, name):
    """Where the vehicle answered a poll a second before the first success, autopid_data holds a value."""
    story(boot[name])
    first = next(post for post in posts.read(boot[name].attempts) if post.success)
    asked = polled(bench.vehicle, ["22F190"], boot.gone_ns)["22F190"]
    assert first.body.parameters or first.started_ns < asked + 1_000_000_000


@verifies("boot/context-only-once")
def test_no_later_post_carries_context(boot):
    """After the first success neither config nor status comes again."""
    assert context.repeated(story(boot.plain, 6)) == []


@verifies("boot/context-only-once")
def test_a_slow_success_is_a_success(boot):
    """After an answer that took more than half of the time limit the context does not come again."""
    assert context.repeated(story(boot.slow, 2)) == []


@verifies("boot/context-only-once")
def test_failures_after_the_first_success_bring_no_context_back(relapsed):
    """After HTTP 500, 503 and 401 and a closed port, which follow the first success the context does not come again."""
    assert context.repeated(posts.story(relapsed.attempts)) == []


@verifies("boot/context-per-destination")
@pytest.mark.parametrize("name", ["plain", "refusing", "broken", "relapsing", "slow"])
def test_each_destination_gets_its_own_context(boot, name):
    """Each destination has the context in its own first success, whenever that is."""
    assert context.first_success_without_context(story(boot[name])) == []


@verifies("boot/context-per-destination")
def test_a_destination_that_succeeds_long_after_the_others_gets_its_own(boot, rescued):
    """The last to succeed, when the others have long been sending, has the context in its first success."""
    assert len(boot.plain.successes) > 4
    assert context.first_success_without_context(posts.story(rescued.attempts)) == []


@verifies("boot/context-again-until-success")
@pytest.mark.parametrize(("name", "failures"), [("refusing", [401, 404]), ("slow", [500, 503]), ("relapsing", [None])])
def test_context_comes_again_after_error_statuses_and_no_answer(boot, name, failures):
    """401, 404, 500, 503 and no answer are no success: each attempt up to the one that gets through carries everything."""
    told = story(boot[name])
    assert [attempt.status for attempt in boot[name].attempts[: len(failures)]] == failures
    assert [success for success, _ in told[: len(failures) + 1]] == [*(False for _ in failures), True]
    assert context.attempts_without_context(told) == []


@verifies("boot/context-again-until-success")
def test_context_comes_after_broken_connections(boot):
    """Resets at every stage and a silent server are no success: the attempt that gets through after them carries everything."""
    assert context.attempts_without_context(story(boot.broken)) == []


@verifies("boot/context-again-until-success")
def test_context_comes_after_a_tls_failure_and_a_closed_port(rescued):
    """A refused certificate and a refused connection are no success: once there is a good server, the context comes."""
    assert context.attempts_without_context(posts.story(rescued.attempts)) == []


@control("boot/context-only-once", "boot/context-per-destination", "boot/context-again-until-success")
def test_posts_go_on(boot):
    assert len(boot.plain.wait_for_successes(6)) == 6


@verifies("boot/context-only-once")
def test_up_to_the_end_no_destination_got_context_twice(bench, boot, rescued, relapsed):
    """In all POSTs of this boot, at all six destinations, nothing after a first success carries config or status."""
    keep_books(bench, boot, "boot/context-only-once")
    again = {watched.name: context.repeated(story(watched)) for watched in boot}
    assert {name: positions for name, positions in again.items() if positions} == {}


@verifies("boot/no-unasked-restart")
def test_none_of_this_made_the_device_restart(bench, boot, rescued, relapsed):
    """By uptime and boot count, or else by contexts that come again everywhere, no restart happened in the run up to here."""
    assert bench.look_for_unasked_restart() == []
    again = [watched.name for watched in boot if context.repeated(story(watched))]
    assert bench.tells_of_restarts or len(again) < len(boot.watched)
