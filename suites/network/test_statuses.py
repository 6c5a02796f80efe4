"""Which answers count as success: after one the context never comes again, after a failure it does."""

import json

import pytest

from rig.bench import Framing, Reply
from rig.marks import applies_only_if, control, verifies

SUCCESSES = {
    "created": Reply(status=201, framing=Framing.CHUNKED, body=b'{"ok":true}'),
    "accepted": Reply(status=202, body=b""),
    "no_content": Reply(status=204, body=b"", framing=Framing.NONE),
}


@pytest.fixture(scope="module")
def boot(bench):
    erring = bench.receiver()
    erring.script([Reply(status=status) for status in (404, 429, 500, 503)])
    closing = bench.receiver()
    closing.reply(Reply(framing=Framing.CLOSE, body=b'{"ok":true}'))
    receivers = {name: bench.receiver() for name in SUCCESSES}
    for name, receiver in receivers.items():
        receiver.reply(SUCCESSES[name])
    return bench.boot(
        plain=bench.destination(),
        erring=bench.destination(erring),
        closing=bench.destination(closing),
        **{name: bench.destination(receiver) for name, receiver in receivers.items()},
    )


def context_in(request):
    """Which of the blocks that go out once per boot the body has."""
    return sorted({"config", "status"} & json.loads(request.body).keys())


@control("network/error-status-is-retried", "network/success-statuses", "network/close-delimited-response")
def test_after_an_ordinary_success_the_context_does_not_come_again(boot):
    assert [context_in(request) for request in boot.plain.wait_for_requests(3)[1:]] == [[], []]


@verifies("network/error-status-is-retried")
def test_later_cycles_try_again_after_error_statuses(boot):
    """After 404, 429, 500 and 503 the destination tries again each time, and succeeds once the server does, without a reboot."""
    boot.erring.expect_successes(1, boot.erring.patience.within(6))
    assert [attempt.status for attempt in boot.erring.attempts[:5]] == [404, 429, 500, 503, 200]


@verifies("network/error-status-is-retried")
def test_error_statuses_count_as_failures(boot):
    """None of the four is taken for a success: the request after each still carries config and status."""
    boot.erring.wait_for_successes(1, boot.erring.patience.within(6))
    first, *later = [context_in(request) for request in boot.erring.requests[:5]]
    applies_only_if(first, "this device sends its context to another destination only")
    assert later == [first] * 4


@verifies("network/success-statuses")
@pytest.mark.parametrize("name", SUCCESSES)
def test_every_2xx_is_a_success(boot, name):
    """201 in chunks, 202 with an empty body and 204 without one are successes: the context does not come again."""
    assert [context_in(request) for request in boot[name].expect_requests(3)[1:]] == [[], []]


@verifies("network/close-delimited-response")
def test_an_answer_ended_by_closing_is_a_success(boot):
    """A 200 whose body ends with the connection is a success: the context does not come again."""
    assert [context_in(request) for request in boot.closing.expect_requests(3)[1:]] == [[], []]
