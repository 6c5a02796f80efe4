"""The metronome sees a process that cannot run."""

import threading

import pytest

from rig import clock
from rig.bench.metronome import BEAT_S, Metronome


def test_a_process_that_is_held_up_shows():
    metronome = Metronome()
    try:
        began_ns = clock.now_ns()
        assert sum(range(20_000_000))  # one call that lets no other thread of the process run
        held_ms = (clock.now_ns() - began_ns) / 1e6
        threading.Event().wait(3 * BEAT_S)
        assert metronome.worst_ms(began_ns, clock.now_ns()) > held_ms / 2
    finally:
        metronome.stop()


def test_a_window_without_beats_has_no_lateness():
    metronome = Metronome()
    metronome.stop()
    assert metronome.worst_ms(0, clock.now_ns() - 10**12) == 0


def test_a_few_late_beats_do_not_count_where_most_are_asked_for():
    metronome = Metronome()
    metronome.stop()
    metronome._beats.clear()
    metronome._beats.extend((beat, 90_000_000 if beat == 7 else beat * 1000) for beat in range(21))
    assert metronome.lateness_ms(0, 100, 0.9) == pytest.approx(0.019)
    assert metronome.worst_ms(0, 100) == 90
    assert metronome.lateness_ms(0, 100, 0.0) == 0


def test_calm_is_a_second_without_a_late_beat():
    metronome = Metronome()
    try:
        assert metronome.wait_until_calm(30)
        began_ns = clock.now_ns()
        metronome._beats.append((clock.now_ns(), 50_000_000))
        assert metronome.wait_until_calm(30)
        assert clock.now_ns() - began_ns > 1e9
    finally:
        metronome.stop()


def test_what_never_is_calm_is_not_waited_for():
    metronome = Metronome()
    metronome.stop()
    metronome._beats.append((clock.now_ns() + 10**9, 50_000_000))
    assert not metronome.wait_until_calm(1.5)


def test_a_device_that_waits_for_a_processor_shows():
    waited = iter([0, *[0] * 4, 700_000_000])
    last = [0]

    def held_up_ns():
        last[0] = next(waited, last[0])
        return last[0]

    metronome = Metronome(held_up_ns)
    try:
        began_ns = clock.now_ns()
        threading.Event().wait(10 * BEAT_S)
        assert metronome.worst_ms(began_ns, clock.now_ns()) >= 700
    finally:
        metronome.stop()
