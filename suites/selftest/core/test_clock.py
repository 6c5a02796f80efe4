"""Wall-clock stamps of the kernel come over to the monotonic clock, also when the process is held up in between."""

import time

import pytest

from rig import clock


def test_a_moment_just_past_comes_over_by_its_age():
    wall_ns, monotonic_ns = time.time_ns(), time.monotonic_ns()
    assert abs(clock.from_wall_ns(wall_ns - 5_000_000) - (monotonic_ns - 5_000_000)) < 2_000_000


def test_a_process_held_up_between_the_clocks_reads_them_again(monkeypatch):
    """The first reading of the wall clock takes 50 ms; without a second the stamp would be as much too early."""
    real, slept = time.time_ns, []

    def held_up() -> int:
        now_ns = real()
        if not slept:
            slept.append(True)
            time.sleep(0.05)
        return now_ns

    wall_ns, monotonic_ns = real(), time.monotonic_ns()
    monkeypatch.setattr(time, "time_ns", held_up)
    assert abs(clock.from_wall_ns(wall_ns) - monotonic_ns) < 10_000_000
    assert slept


def test_a_stamp_of_the_future_is_now():
    assert clock.from_wall_ns(time.time_ns() + 10**12) == pytest.approx(time.monotonic_ns(), abs=50_000_000)
