"""What the catalogue's rules on time make of a stretch of attempts.

Each rule returns a judgement: within `guard_ms` of its limit, the rig's own measured error, it is inconclusive. Too few samples
are no judgement but a ``BenchError``.
"""

from collections.abc import Sequence

from rig.oracle.judgement import Judgement, at_least, at_most, either, every
from rig.oracle.timing import Timing, needed_intervals
from rig.tolerance import Tolerances
from rig.verdict import Verdict

__all__ = [
    "Timing", "answer_time_adds", "clock_true", "first_post", "fresh", "jitter", "median_interval", "minimum_gap", "needed_intervals",
    "no_burst", "no_drift", "polling_period", "resumes_within", "unshifted",
]  # fmt: skip

JITTER_SHARE = 0.95
JITTER_INTERVALS = 20
DRIFT_INTERVALS = 100


def median_interval(timing: Timing, tolerance: Tolerances, guard_ms: float) -> Judgement:
    """The median interval is the cycle; or else the median time from the end of one exchange to the start of the next is.

    The document does not say from where to count, so either will do; the judgement says which.
    """
    timing.need(needed_intervals(timing.cycle_ms))
    allowed = tolerance.median_of(timing.cycle_ms)
    candidates = [("start to start", timing.median_ms), ("end to start", timing.median_pause_ms)]
    judged = [
        at_most(
            abs(median - timing.cycle_ms),
            allowed,
            guard_ms,
            expected=f"a median of {timing.cycle_ms:g} ± {allowed:g} ms from {counted}",
            observed=f"{median:.1f} ms from {counted}",
        ).with_numbers(counted=counted)
        for counted, median in candidates
        if median is not None
    ]
    return either(judged).with_numbers(**timing.numbers())


def jitter(timing: Timing, tolerance: Tolerances, guard_ms: float) -> Judgement:
    """At least 95 % of 20 or more intervals lie near their median, and none reaches one and a half cycles."""
    timing.need(JITTER_INTERVALS)
    allowed = tolerance.interval_of(timing.cycle_ms)
    deviations = [abs(interval - timing.median_ms) for interval in timing.intervals_ms]

    def share(limit: float) -> float:
        return sum(deviation <= limit for deviation in deviations) / len(deviations)

    surely, perhaps = share(allowed - guard_ms), share(allowed + guard_ms)
    near = Judgement(
        Verdict.PASS if surely >= JITTER_SHARE else Verdict.FAIL if perhaps < JITTER_SHARE else Verdict.INCONCLUSIVE,
        f"{JITTER_SHARE:.0%} of the intervals within {allowed:g} ms of their median",
        f"{share(allowed):.0%} of {len(deviations)}, the farthest {timing.largest_deviation_ms:.1f} ms from {timing.median_ms:.1f} ms",
    )
    return every([near, _below_one_and_a_half(timing, timing.cycle_ms, guard_ms)]).with_numbers(**timing.numbers())


def no_drift(timing: Timing, tolerance: Tolerances, guard_ms: float) -> Judgement:
    """Over 100 intervals or more the medians of the first and the last quarter agree."""
    timing.need(DRIFT_INTERVALS)
    first, last = timing.quarters_ms()
    allowed = tolerance.median_of(timing.cycle_ms)
    return at_most(
        abs(last - first),
        allowed,
        guard_ms,
        expected=f"medians of the first and the last quarter within {allowed:g} ms of each other",
        observed=f"{first:.1f} and {last:.1f} ms",
    ).with_numbers(first_quarter=first, last_quarter=last, **timing.numbers())


def minimum_gap(timing: Timing, tolerance: Tolerances, guard_ms: float) -> Judgement:
    """No two POSTs of a destination start closer than the minimum cycle less tolerance."""
    smallest = min(timing.need(1).intervals_ms)
    return at_least(
        smallest,
        tolerance.minimum_gap_ms,
        guard_ms,
        expected=f"never less than {tolerance.minimum_gap_ms:g} ms from one POST to the next",
        observed=f"{smallest:.1f} ms at the closest, in {len(timing.intervals_ms)} intervals",
    ).with_numbers(**timing.numbers())


def answer_time_adds(at_once: Timing, slow: Timing, tolerance: Tolerances, guard_ms: float) -> Judgement:
    """The interval at a server that takes its time is that at one which answers at once: passes if the time does not add."""
    for timing in (at_once, slow):
        timing.need(needed_intervals(timing.cycle_ms))
    return at_most(
        abs(slow.median_ms - at_once.median_ms),
        tolerance.answer_time_ms,
        guard_ms,
        expected=f"a median that changes by at most {tolerance.answer_time_ms:g} ms with the server's answer time",
        observed=f"{at_once.median_ms:.1f} ms answered at once, {slow.median_ms:.1f} ms answered late",
    ).with_numbers(at_once=at_once.median_ms, slow=slow.median_ms)


def no_burst(starts_ns: Sequence[int], cycle_ms: float, tolerance: Tolerances, guard_ms: float) -> Judgement:
    """In no stretch of n cycles do more than n + 1 attempts start.

    A cycle counts as short as the tolerance of the median lets it be, so that a device which is a little fast is no burst.
    """
    unit_ms = cycle_ms - tolerance.median_of(cycle_ms)
    starts_ms = [start / 1e6 for start in starts_ns]
    ahead = [number - start / unit_ms for number, start in enumerate(starts_ms)]
    surplus, first, last, lowest = 0.0, 0, 0, 0
    for number in range(2, len(ahead)):  # two attempts are no burst, however close
        lowest = min(lowest, number - 2, key=ahead.__getitem__)
        if ahead[number] - ahead[lowest] > surplus:
            surplus, first, last = ahead[number] - ahead[lowest], lowest, number
    span_ms = starts_ms[last] - starts_ms[first] if last else 0.0
    return at_most(
        surplus * unit_ms,
        unit_ms,
        guard_ms,
        expected=f"at most n + 1 attempts in n cycles of {cycle_ms:g} ms",
        observed=f"{last - first + 1} of {len(starts_ms)} attempts within {span_ms:.0f} ms" if last else f"{len(starts_ms)} attempts",
    )


def first_post(ready_ns: int, first_start_ns: int, cycle_ms: float, tolerance: Tolerances, guard_ms: float) -> Judgement:
    """The first POST comes within one cycle of the device being ready, plus the start-up allowance."""
    limit_ms = cycle_ms + tolerance.first_post_s * 1000
    after_ms = (first_start_ns - ready_ns) / 1e6
    return _within(after_ms, limit_ms, guard_ms, f"the first POST within {limit_ms / 1000:g} s of the web API being back")


def unshifted(before: Timing, during: Timing, tolerance: Tolerances, guard_ms: float, median_guard_ms: float | None = None) -> Judgement:
    """What happens elsewhere does not shift a destination's cycle: its median stays and no turn is left out.

    `median_guard_ms` is the rig's own error in a median, where that is less than in a single interval. A turn that was left out
    settles it, however few intervals there are.
    """
    before.need(needed_intervals(before.cycle_ms))
    numbers = {"before": before.median_ms, "during": during.median_ms, "missed_slots": during.missed_slots}
    every_turn = _below_one_and_a_half(during.need(1), before.median_ms, guard_ms)
    if every_turn.verdict is Verdict.FAIL:
        return every_turn.with_numbers(**numbers)
    during.need(needed_intervals(during.cycle_ms))
    allowed = tolerance.median_of(before.cycle_ms)
    stays = at_most(
        abs(during.median_ms - before.median_ms),
        allowed,
        guard_ms if median_guard_ms is None else median_guard_ms,
        expected=f"a median within {allowed:g} ms of {before.median_ms:.1f} ms",
        observed=f"{during.median_ms:.1f} ms",
    )
    return every([stays, every_turn]).with_numbers(**numbers)


def resumes_within(
    over_ns: int, starts_ns: Sequence[int], cycle_ms: float, longest_gap_s: float, tolerance: Tolerances, guard_ms: float
) -> Judgement:
    """It sends again within two cycles of the end of the trouble, or within the longest gap, if that is more.

    `starts_ns` are attempts up to the end of the watch, which has to last longer than the limit.
    """
    limit_ms = max(2 * cycle_ms, longest_gap_s * 1000) + tolerance.interval_of(cycle_ms)
    expected = f"an attempt within {limit_ms / 1000:g} s of the end of the trouble"
    following = [start for start in starts_ns if start >= over_ns]
    if not following:
        return Judgement(Verdict.FAIL, expected, "none at all")
    return _within((min(following) - over_ns) / 1e6, limit_ms, guard_ms, expected)


def fresh(changed_ns: int, shown_ns: int, period_ms: float, cycle_ms: float, tolerance: Tolerances, guard_ms: float) -> Judgement:
    """The first POST with a changed value comes within the parameter's period and one cycle of the change.

    `shown_ns` is the start of that POST.
    """
    limit_ms = period_ms + cycle_ms + tolerance.fresh_s * 1000
    return _within((shown_ns - changed_ns) / 1e6, limit_ms, guard_ms, f"the new value in a POST within {limit_ms / 1000:g} s of the change")


def polling_period(requests_ns: Sequence[int], period_ms: float, pass_ms: float, tolerance: Tolerances, guard_ms: float) -> Judgement:
    """A PID is asked for at its period; a request may wait for one pass over all the others, which takes `pass_ms`."""
    timing = Timing.of(requests_ns, (), period_ms).need(needed_intervals(period_ms))
    allowed = tolerance.median_of(period_ms) + pass_ms
    return at_most(
        abs(timing.median_ms - period_ms),
        allowed,
        guard_ms,
        expected=f"a request every {period_ms:g} ± {allowed:g} ms in the median",
        observed=f"{timing.median_ms:.1f} ms",
    ).with_numbers(**timing.numbers())


def clock_true(timestamp: float, at_s: float, tolerance: Tolerances, guard_ms: float) -> Judgement:
    """A timestamp in seconds or milliseconds since 1970 is the time `at_s` (s since 1970) at which it arrived."""
    # milliseconds of this century have at least twelve digits, seconds ten
    seconds = timestamp / 1000 if abs(timestamp) >= 1e11 else timestamp
    off_s = seconds - at_s
    return at_most(
        abs(off_s),
        tolerance.clock_s,
        guard_ms / 1000,
        expected=f"a timestamp within {tolerance.clock_s:g} s of real time",
        observed=f"{timestamp:g}, {abs(off_s):.1f} s {'ahead' if off_s > 0 else 'behind'}",
    )


def _within(after_ms: float, limit_ms: float, guard_ms: float, expected: str) -> Judgement:
    return at_most(after_ms, limit_ms, guard_ms, expected=expected, observed=f"after {after_ms / 1000:.2f} s")


def _below_one_and_a_half(timing: Timing, unit_ms: float, guard_ms: float) -> Judgement:
    longest = max(timing.intervals_ms)
    return at_most(
        longest,
        1.5 * unit_ms,
        guard_ms,
        expected=f"no interval of one and a half times {unit_ms:.0f} ms",
        observed=f"the longest {longest:.1f} ms",
    )
