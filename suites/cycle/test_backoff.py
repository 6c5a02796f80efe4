"""A server that fails for long: what the device makes of its cycle, and how it comes back to it. A measurement only."""

from itertools import pairwise

import pytest

from rig.bench import Reply
from rig.marks import verifies

pytestmark = [pytest.mark.slow]
FAILURES, FAILING_S = 40, 110
STRETCHED = 1.5


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(failing=bench.destination())


@pytest.fixture(scope="module")
def failed(bench, boot):
    """Every attempt up to the end of a long failure."""
    boot.failing.wait_for_successes(4)
    bench.event("stimulus", "from now on every answer is 500")
    boot.failing.receiver.reply(Reply(status=500))
    boot.failing.receiver.wait(lambda _: len(boot.failing.attempts) >= FAILURES, FAILING_S)
    return boot.failing.attempts


@pytest.fixture(scope="module")
def recovered(bench, boot, failed):
    """Every attempt after it, up to four successes."""
    bench.event("stimulus", "answers are 200 again")
    boot.failing.receiver.reply(Reply())
    have = len(boot.failing.successes)
    boot.failing.receiver.wait(lambda _: len(boot.failing.successes) >= have + 4, FAILING_S)
    return boot.failing.attempts[len(failed) :]


def gaps_s(attempts):
    return [(later.started_ns - sooner.started_ns) / 1e9 for sooner, later in pairwise(attempts)]


@verifies("cycle/backoff")
def test_backoff_is_reported(bench, boot, failed, recovered, observed):
    """When the pauses between failures grow, in which steps, up to what, and how many cycles after the failure they end."""
    served = [attempt for attempt in failed if attempt.success]
    usual_s = max(gaps_s(served))
    failing = gaps_s([served[-1], *failed[len(served) :]])
    after = gaps_s([failed[-1], *recovered])
    bench.measure("cycle/backoff", "gaps", "s", failing, phase="failing")
    bench.measure("cycle/backoff", "gaps", "s", after, phase="recovered")
    steps = sorted({round(gap, 1) for gap in failing if gap > STRETCHED * usual_s})
    before = next((count for count, gap in enumerate(failing) if gap > STRETCHED * usual_s), len(failing))
    observed(f"usually {usual_s:.1f} s; after {before} failures pauses of {steps or 'no other length'} s, {max(failing):.1f} s at the most")
    observed(f"afterwards {', '.join(f'{gap:.1f}' for gap in after)} s")
