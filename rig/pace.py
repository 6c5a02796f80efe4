"""How fast a destination sends: waiting for as many intervals as a judgement needs, and keeping them for the report."""

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from rig.bench.bench import Bench
from rig.bench.watched import Watched
from rig.errors import BenchError
from rig.oracle.judgement import Judgement
from rig.oracle.schedule import Timing, minimum_gap, needed_intervals
from rig.receiver import Attempt

USABLE_S = 45.0
"""Within this (s) two attempts have come where a device has replaced a cycle that cannot be by a usable one."""


def attempts_since(watched: Watched, since_ns: int, count: int, *, owed: bool = False) -> list[Attempt]:
    """Every attempt that began after a moment (ns), once there are `count` of them.

    Raises:
        BenchError: there are fewer in the time that so many should take, so that the question is not reached.
        AssertionError: the same, where the device owes them.
    """

    def later() -> list[Attempt]:
        return [attempt for attempt in watched.attempts if attempt.started_ns > since_ns]

    within_s = watched.patience.within(count)
    watched.announce(f"{watched.name}: {count} attempts, for up to {within_s:.0f} s")
    if not watched.receiver.wait(lambda _: len(later()) >= count, within_s):
        missing = AssertionError if owed else BenchError
        raise missing(f"expected {count} further attempts at {watched.name} within {within_s:.0f} s, observed {len(later())}")
    return later()


def timing_of(
    watched: Watched, *, intervals: int | None = None, since_ns: int = 0, owed: bool = False, longest_ms: float = math.inf
) -> Timing:
    """Timing of a destination since a moment (ns), over at least `intervals`, by default as many as a median needs.

    An interval above `longest_ms` settles the question and ends the wait before that.

    Raises:
        BenchError: it sends less often.
        AssertionError: the same, where the device owes so many.
    """
    cycle_ms = 1000 * watched.destination.cycle_s
    wanted = (intervals or needed_intervals(cycle_ms)) + 1
    for count in range(2 if longest_ms < math.inf else wanted, wanted + 1):
        timing = Timing.of_attempts(attempts_since(watched, since_ns, count, owed=owed), cycle_ms)
        if max(timing.intervals_ms) > longest_ms:
            break
    return timing


def chart(bench: Bench, requirement: str, name: str, timing: Timing) -> None:
    """Keeps a destination's intervals for the report's chart, under the name that it shall have there."""
    labels = {"destination": name, "cycle_ms": timing.cycle_ms, "guard_ms": bench.median_guard_ms()}
    bench.measure(requirement, "interval", "ms", timing.intervals_ms, **labels)


def closest_gap(bench: Bench, watched: Watched) -> Judgement:
    """Whether any two attempts of a destination start closer than the shortest cycle that is promised, less tolerance.

    A rig that was late at the second of two starts has measured too long a gap, so that each gap is less sure by what it was late
    just then; to fail, a gap has to be too short by the worst that happened all the while.
    """
    starts = [attempt.started_ns for attempt in watched.attempts]
    gaps = [((later - sooner) / 1e6, bench.late_ms(later)) for sooner, later in pairwise(starts)]
    if not gaps:
        raise BenchError(f"expected two attempts at {watched.name}, observed {len(starts)}")
    gap, guard_ms = min(gaps, key=lambda pair: pair[0] - pair[1])
    shortest = min(gap for gap, _ in gaps)
    if shortest < bench.tolerance.minimum_gap_ms:
        gap, guard_ms = shortest, bench.guard_ms(starts[0])
    judged = minimum_gap(Timing(1000.0, (gap,)), bench.tolerance, guard_ms)
    return replace(judged, observed=f"{gap:.1f} ms at the closest, in {len(gaps)} intervals")


def nearest_cycle(timing: Timing, cycles_ms: Iterable[float]) -> float:
    """Which of several cycles a destination keeps, by ratio: counted from start to start, or from the end of one exchange to the next."""
    medians = [median for median in (timing.median_ms, timing.median_pause_ms) if median]
    return min(cycles_ms, key=lambda cycle: min(abs(math.log(median / cycle)) for median in medians))
