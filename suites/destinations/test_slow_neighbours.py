"""Two destinations whose servers answer at once, beside three whose servers answer late, stall in the handshake, or never answer."""

import pytest

from rig.bench import Reply, SilentOnAccept, StallHandshake, attempts_since, timing_of
from rig.marks import control, verifies
from rig.oracle import schedule

pytestmark = pytest.mark.takes(45)
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
    return {name: timing_of(bench, boot[name], REQUIREMENT, phase="before") for name in NEIGHBOURS}


@pytest.fixture(scope="module")
def while_late(bench, boot, before):
    """The same while one server takes four fifths of the time limit for each answer, and that server's attempts."""
    bench.event("stimulus", "one server answers late")
    boot.late.receiver.reply(Reply(delay_s=0.8 * bench.profile.time_limit_s))
    timings = meanwhile(bench, boot, bench.now_ns(), TROUBLES[0])
    boot.late.receiver.reply(Reply())
    return timings


@pytest.fixture(scope="module")
def while_stalled(bench, boot, while_late):
    """The same while one server stalls in the handshake and another one never answers."""
    bench.event("stimulus", "one server stalls in the handshake, another one never answers")
    boot.stalled.receiver.on_connection(StallHandshake())
    boot.unanswered.receiver.on_connection(SilentOnAccept())
    timings = meanwhile(bench, boot, bench.now_ns(), TROUBLES[1])
    boot.stalled.receiver.on_connection(None)
    boot.unanswered.receiver.on_connection(None)
    return timings


def meanwhile(bench, boot, since_ns, trouble):
    return {name: timing_of(bench, boot[name], REQUIREMENT, since_ns=since_ns, phase=trouble) for name in NEIGHBOURS}


def stays(bench, boot, before, during, trouble, name):
    """Whether a neighbour's cycle stays, and by how much it shifts for the report's matrix."""
    shift_ms = during[name].median_ms - before[name].median_ms
    bench.measure(REQUIREMENT, "shift", "ms", [shift_ms], trouble=trouble, neighbour=name, cycle_ms=1000)
    return schedule.unshifted(before[name], during[name], bench.tolerance, bench.guard_ms(boot.ready_ns)).conclude()


@control(REQUIREMENT)
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_without_trouble_no_cycle_is_left_out(before, name):
    assert before[name].missed_slots == 0


@verifies(REQUIREMENT)
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_late_answer_elsewhere_shifts_no_cycle(bench, boot, before, while_late, observed, name):
    """While another server answers late, a destination's median stays within tolerance and no turn is left out."""
    observed(stays(bench, boot, before, while_late, TROUBLES[0], name))


@verifies(REQUIREMENT)
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_stalling_server_elsewhere_shifts_no_cycle(bench, boot, before, while_stalled, observed, name):
    """While one server stalls in the handshake and another one never answers, the same."""
    observed(stays(bench, boot, before, while_stalled, TROUBLES[1], name))


@control(REQUIREMENT)
def test_the_trouble_was_met(boot, while_stalled):
    assert [attempt for attempt in boot.late.attempts if attempt.ended_ns and attempt.ended_ns - attempt.started_ns > 1e9]
    assert [connection for connection in boot.stalled.connections if connection.act]
    assert [connection for connection in boot.unanswered.connections if connection.act]


@verifies("cycle/no-burst-after-outage")
@pytest.mark.parametrize("name", ["stalled", "unanswered"])
def test_after_attempts_that_outlast_a_cycle_there_is_no_burst(bench, boot, while_stalled, observed, name):
    """Attempts that last longer than a cycle are not made up for: never more than n + 1 attempts start in n cycles."""
    attempts_since(boot[name], bench.now_ns(), 2)
    starts = [attempt.started_ns for attempt in boot[name].attempts]
    observed(schedule.no_burst(starts, 2000, bench.tolerance, bench.guard_ms(boot.ready_ns)).conclude())
