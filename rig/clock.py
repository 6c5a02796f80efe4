"""One monotonic clock for everything a run observes: HTTPS arrivals, CAN frames, console lines.

All stamps inside the rig are nanoseconds of ``time.monotonic_ns``. Kernel receive stamps come on the wall clock and are
brought over by their age, so that a step of the wall clock shifts none of them. Files carry wall-clock seconds, counted
from one anchor per process, so that stamps in different files compare.
"""

import time

_ANCHOR_NS = time.time_ns() - time.monotonic_ns()


def now_ns() -> int:
    """Now, in nanoseconds of the monotonic clock."""
    return time.monotonic_ns()


def from_wall_ns(wall_ns: int) -> int:
    """The monotonic stamp of a moment just past that the kernel stamped on the wall clock (ns since 1970)."""
    return time.monotonic_ns() - max(0, time.time_ns() - wall_ns)


def to_wall_ns(stamp_ns: int) -> int:
    """Nanoseconds since 1970 of a monotonic stamp, where microseconds are not fine enough."""
    return stamp_ns + _ANCHOR_NS


def to_wall_s(stamp_ns: int) -> float:
    """Seconds since 1970 of a monotonic stamp, as evidence files carry them."""
    return (stamp_ns + _ANCHOR_NS) / 1e9
