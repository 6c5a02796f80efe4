"""One monotonic clock for everything a run observes: HTTPS arrivals, CAN frames, console lines.

All stamps inside the rig are nanoseconds of ``time.monotonic_ns``. Kernel receive stamps come on the wall clock and are
brought over by their age, so that a step of the wall clock shifts none of them. Files carry wall-clock seconds, counted
from one anchor per process, so that stamps in different files compare.
"""

import time

_TOGETHER_NS = 20_000
_TRIES = 10


def _both() -> tuple[int, int]:
    """The monotonic and the wall clock of one moment: read again where the process lost the processor in between."""
    best = (1 << 62, 0, 0)
    for _ in range(_TRIES):
        before_ns = time.monotonic_ns()
        wall_ns = time.time_ns()
        took_ns = time.monotonic_ns() - before_ns
        best = min(best, (took_ns, before_ns + took_ns // 2, wall_ns))
        if took_ns < _TOGETHER_NS:
            break
    return best[1], best[2]


_MONOTONIC_NS, _WALL_NS = _both()
_ANCHOR_NS = _WALL_NS - _MONOTONIC_NS


def now_ns() -> int:
    """Now, in nanoseconds of the monotonic clock."""
    return time.monotonic_ns()


def from_wall_ns(wall_ns: int) -> int:
    """The monotonic stamp of a moment just past that the kernel stamped on the wall clock (ns since 1970)."""
    monotonic_ns, now_wall_ns = _both()
    return monotonic_ns - max(0, now_wall_ns - wall_ns)


def to_wall_ns(stamp_ns: int) -> int:
    """Nanoseconds since 1970 of a monotonic stamp, where microseconds are not fine enough."""
    return stamp_ns + _ANCHOR_NS


def to_wall_s(stamp_ns: int) -> float:
    """Seconds since 1970 of a monotonic stamp, as evidence files carry them."""
    return (stamp_ns + _ANCHOR_NS) / 1e9
