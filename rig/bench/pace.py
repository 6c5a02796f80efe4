"""How fast a destination sends: waiting for as many intervals as a judgement needs, and keeping them for the report."""

import math
from collections.abc import Iterable

from rig.bench.bench import Bench
from rig.bench.watched import Watched
from rig.errors import BenchError
from rig.oracle.schedule import Timing, needed_intervals
from rig.receiver import Attempt


def attempts_since(watched: Watched, since_ns: int, count: int, within_s: float | None = None) -> list[Attempt]:
    """Every attempt that began after a moment (ns), once there are `count` of them.

    Raises:
        BenchError: there are fewer in the time that so many should take, so that the question is not reached.
    """

    def later() -> list[Attempt]:
        return [attempt for attempt in watched.attempts if attempt.started_ns > since_ns]

    within_s = watched.patience.within(count) if within_s is None else within_s
    watched.announce(f"{watched.name}: {count} attempts, for up to {within_s:.0f} s")
    if not watched.receiver.wait(lambda _: len(later()) >= count, within_s):
        raise BenchError(f"expected {count} further attempts at {watched.name} within {within_s:.0f} s, observed {len(later())}")
    return later()


def timing_of(
    bench: Bench, watched: Watched, requirement: str, *, intervals: int | None = None, since_ns: int = 0, phase: str = ""
) -> Timing:
    """Timing of a destination since a moment (ns), over at least `intervals` (as many as its median needs), charted in the report.

    Raises:
        BenchError: it sends less often.
    """
    cycle_ms = 1000 * watched.destination.cycle_s
    attempts = attempts_since(watched, since_ns, (intervals or needed_intervals(cycle_ms)) + 1)
    timing = Timing.of_attempts(attempts, cycle_ms)
    name = f"{watched.name}, {phase}" if phase else watched.name
    guard_ms = bench.median_guard_ms(attempts[0].started_ns)
    bench.measure(requirement, "interval", "ms", timing.intervals_ms, destination=name, cycle_ms=cycle_ms, guard_ms=guard_ms)
    return timing


def nearest_cycle(timing: Timing, cycles_ms: Iterable[float]) -> float:
    """Which of several cycles a destination keeps, by ratio: counted from start to start, or from the end of one exchange to the next."""
    medians = [median for median in (timing.median_ms, timing.median_pause_ms) if median]
    return min(cycles_ms, key=lambda cycle: min(abs(math.log(median / cycle)) for median in medians))
