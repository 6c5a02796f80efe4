"""Servers and networks that misbehave: each destination has its own trouble, and all of them go on sending.

Between two troubles a server behaves, so that a device that backs off after repeated failures has no reason to.
"""

import pytest

from rig.bench import (
    Framing,
    Garbage,
    Reply,
    ResetAfterBytes,
    ResetAfterHandshake,
    ResetInHandshake,
    ResetOnAccept,
    SilentOnAccept,
)
from rig.marks import control, verifies
from rig.oracle import schedule

RESETS = [
    ResetOnAccept(),
    ResetInHandshake(),
    ResetAfterHandshake(),
    ResetAfterBytes(1),
    ResetAfterBytes(200),
    Garbage(),
    SilentOnAccept(for_s=1),
]
HOSTILE = [
    Reply(body=b"0123456789abcdef" * 1024, repeat_body=64),
    Reply(body=b"chunk" * 1000, framing=Framing.CHUNKED),
    Reply(body=b"byte by byte", pieces_s=0.005),
    Reply(raw=b"220 mail.example.com ESMTP ready\r\n"),
    Reply(raw=b"\x00\x01\x02\xff" * 64),
    Reply(raw=b"HTTP/1.1 200"),
    Reply(body=b"cut in the middle" * 100, cut_after=200),
    Reply(status=999, headers=tuple((f"X-Header-{number}", "x" * 100) for number in range(40))),
]


@pytest.fixture(scope="module")
def boot(bench):
    broken = bench.receiver()
    broken.connection_script([act for reset in RESETS for act in (reset, None)])
    hostile = bench.receiver()
    hostile.script([reply for answer in HOSTILE for reply in (answer, Reply())])
    head, body = bench.receiver(), bench.receiver()
    pieces = round(10 * (bench.profile.time_limit_s + 5))
    head.script([Reply(endless="head", pieces_s=0.1, endless_pieces=pieces)])
    body.script([Reply(endless="body", pieces_s=0.1, endless_pieces=pieces)])
    return bench.boot(
        plain=bench.destination(),
        broken=bench.destination(broken),
        hostile=bench.destination(hostile),
        endless_head=bench.destination(head),
        endless_body=bench.destination(body),
        nowhere=bench.destination(host="no-such-name.rig.test"),
    )


@control("network/broken-connections", "network/hostile-responses", "network/endless-response")
def test_a_destination_without_trouble_is_served(boot):
    assert boot.plain.wait_for_successes(5)


@verifies("network/broken-connections")
def test_resets_at_every_stage_are_survived(boot):
    """After resets on accept, in and after the handshake and in the request, garbage and silence, a request gets through."""
    boot.broken.expect_successes(len(RESETS), boot.broken.patience.within(2 * len(RESETS)))
    assert len(boot.broken.connections) >= 2 * len(RESETS)


@verifies("network/broken-connections")
def test_a_name_that_does_not_resolve_is_survived(boot, bench):
    """A destination whose name does not resolve does not restart the device or stop the others."""
    boot.plain.expect_successes(5)
    assert bench.look_for_unasked_restart() == []
    assert boot.nowhere.connections == []


@verifies("network/broken-connections")
def test_sending_resumes_after_a_refusing_port(boot, bench):
    """While the port refuses connections nothing can arrive; once it is open again, the next attempt comes in time."""
    boot.plain.wait_for_successes(3)
    receiver = boot.plain.receiver
    bench.event("stimulus", "close the port for three cycles")
    receiver.pause()
    boot.hostile.wait_for_attempts(len(boot.hostile.attempts) + 3)
    receiver.resume()
    over_ns = bench.now_ns()
    boot.plain.expect_successes(len(boot.plain.successes) + 1)
    starts = [attempt.started_ns for attempt in boot.plain.attempts]
    gap_s = bench.profile.longest_gap_s(boot.plain.destination.cycle_s)
    schedule.resumes_within(over_ns, starts, 1000, gap_s, bench.tolerance, bench.guard_ms(over_ns)).conclude()


@verifies("network/hostile-responses")
def test_hostile_answers_do_not_stop_later_cycles(boot, bench):
    """After answers that are huge, chunked, byte by byte, cut, no HTTP or full of headers, requests go on, in the same boot."""
    boot.hostile.expect_requests(2 * len(HOSTILE) + 1, boot.hostile.patience.within(2 * len(HOSTILE)))
    assert len(boot.hostile.successes) > len(HOSTILE)
    assert bench.look_for_unasked_restart() == []


@verifies("network/endless-response")
@pytest.mark.parametrize("name", ["endless_head", "endless_body"])
def test_an_endless_answer_is_given_up_within_the_time_limit(boot, bench, name):
    """An answer that trickles in without end is given up within the time limit, and later cycles go on."""
    watched = boot[name]
    watched.expect_successes(1, watched.patience.within(3) + bench.profile.time_limit_s)
    first = watched.connections[0]
    lasted_s = (first.closed_ns - first.started_ns) / 1e9
    assert lasted_s < bench.profile.time_limit_s + 1 + bench.guard_ms(first.started_ns) / 1000
