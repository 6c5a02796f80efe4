"""One server that answers at once, and then takes a second for each answer."""

import pytest

from rig.bench import Reply
from rig.marks import control, verifies
from rig.oracle import schedule
from rig.pace import chart, timing_of

ANSWER_S = 1.0


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(asked=bench.destination(cycle_ms=2000))


@pytest.fixture(scope="module")
def at_once(bench, boot):
    return timing_of(boot.asked)


@pytest.fixture(scope="module")
def slow(bench, boot, at_once):
    bench.event("stimulus", f"from now on every answer takes {ANSWER_S:g} s")
    boot.asked.receiver.reply(Reply(delay_s=ANSWER_S))
    last = boot.asked.attempts[-1]
    return timing_of(boot.asked, since_ns=last.started_ns)


@control("cycle/answer-time-does-not-add")
def test_every_late_answer_was_a_success(boot, slow):
    assert [attempt for attempt in boot.asked.attempts if attempt.ended_ns and not attempt.success] == []


@verifies("cycle/answer-time-does-not-add")
def test_the_answer_time_does_not_add_to_the_cycle(bench, boot, at_once, slow, observed):
    """At a cycle of 2 s the median is the same within tolerance, whether answers come at once or after a second."""
    chart(bench, "cycle/answer-time-does-not-add", "answered at once", at_once)
    chart(bench, "cycle/answer-time-does-not-add", "answered after 1 s", slow)
    observed(schedule.answer_time_adds(at_once, slow, bench.tolerance, bench.median_guard_ms(boot.ready_ns)).conclude())
