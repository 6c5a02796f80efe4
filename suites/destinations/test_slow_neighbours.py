"""Two destinations whose servers answer at once, beside three whose servers answer late, stall in the handshake, or never answer."""

import pytest

from rig.bench import Reply, SilentOnAccept, StallHandshake
from rig.marks import control, verifies
from rig.oracle import schedule
from rig.pace import attempts_since, chart, timing_of

REQUIREMENT = "destinations/slow-one-does-not-delay-others"
NEIGHBOURS = ("ahead", "behind")
TROUBLES = ("answers late", "stalls in the handshake or never answers")


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(
        ahead=bench.destination(),
        late=bench.destination(cycle_ms=2000),
        stalled=bench.destination(cycle_ms=2000),
        unanswered=bench.destination(cycle_ms=2000),
        behind=bench.destination(),
    )


@pytest.fixture(scope="module")
def before(bench, boot):
    """Timing of the neighbours while all servers answer at once."""
    for watched in boot:
        watched.wait_for_successes(2)
    return {name: timing_of(boot[name]) for name in NEIGHBOURS}


@pytest.fixture(scope="module")
def late_ns(bench, boot, before):
    """From when on one server takes four fifths of the time limit for each answer."""
    bench.event("stimulus", "one server answers late")
    boot.late.receiver.reply(Reply(delay_s=0.8 * bench.profile.time_limit_s))
    return bench.now_ns()


@pytest.fixture(scope="module")
def stalled_ns(bench, boot, late_ns):
    """From when on, in place of that, one server stalls in the handshake and another one never answers."""
    attempts_since(boot.late, late_ns, 2)
    bench.event("stimulus", "one server stalls in the handshake, another one never answers; the late one answers at once")
    boot.late.receiver.reply(Reply())
    boot.stalled.receiver.on_connection(StallHandshake())
    boot.unanswered.receiver.on_connection(SilentOnAccept())
    return bench.now_ns()


@pytest.fixture(scope="module")
def over_ns(bench, boot, stalled_ns):
    """From when on all servers answer at once again."""
    attempts_since(boot.unanswered, stalled_ns, 2)
    bench.event("stimulus", "all servers are in order again")
    boot.stalled.receiver.on_connection(None)
    boot.unanswered.receiver.on_connection(None)
    return bench.now_ns()


def stays(bench, boot, before, since_ns, trouble, name):
    """Whether a neighbour's cycle stays, and by how much it shifts for the report's matrix."""
    during = timing_of(boot[name], since_ns=since_ns, owed=True, longest_ms=2 * before[name].median_ms)
    bench.measure(REQUIREMENT, "shift", "ms", [during.median_ms - before[name].median_ms], trouble=trouble, neighbour=name, cycle_ms=1000)
    chart(bench, REQUIREMENT, f"{name}, another {trouble}", during)
    guards_ms = bench.guard_ms(boot.ready_ns), bench.median_guard_ms(boot.ready_ns)
    return schedule.unshifted(before[name], during, bench.tolerance, *guards_ms).conclude()


@control(REQUIREMENT)
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_without_trouble_no_cycle_is_left_out(before, name):
    assert before[name].missed_slots == 0


@verifies(REQUIREMENT)
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_late_answer_elsewhere_shifts_no_cycle(bench, boot, before, late_ns, observed, name):
    """While another server answers late, a destination's median stays within tolerance and no turn is left out."""
    observed(stays(bench, boot, before, late_ns, TROUBLES[0], name))


@verifies(REQUIREMENT)
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_stalling_server_elsewhere_shifts_no_cycle(bench, boot, before, stalled_ns, observed, name):
    """While one server stalls in the handshake and another one never answers, the same."""
    observed(stays(bench, boot, before, stalled_ns, TROUBLES[1], name))


@control(REQUIREMENT)
def test_the_trouble_was_met(boot, over_ns):
    assert [attempt for attempt in boot.late.attempts if attempt.ended_ns and attempt.ended_ns - attempt.started_ns > 1e9]
    assert [connection for connection in boot.stalled.connections if connection.act]
    assert [connection for connection in boot.unanswered.connections if connection.act]


@verifies("cycle/no-burst-after-outage")
@pytest.mark.parametrize("name", ["stalled", "unanswered"])
def test_after_attempts_that_outlast_a_cycle_there_is_no_burst(bench, boot, over_ns, observed, name):
    """Attempts that last longer than a cycle are not made up for: never more than n + 1 attempts start in n cycles."""
    attempts_since(boot[name], over_ns, 2)
    starts = [attempt.started_ns for attempt in boot[name].attempts]
    observed(schedule.no_burst(starts, 2000, bench.tolerance, bench.guard_ms(boot.ready_ns)).conclude())
