"""Timestamps in the payload, and a clock that is wrong."""

import json
from datetime import UTC, datetime

import pytest

from rig.bench import Reply
from rig.marks import applies_only_if, verifies
from rig.oracle import schedule


@pytest.fixture(scope="module")
def boot(bench):
    """The device is given the time before the boot, as its own page gives it on every load."""
    bench.device.web.set_clock(datetime.now(UTC))
    return bench.boot(first=bench.destination(), later=bench.destination(cycle_ms=2000))


def timestamps(request):
    """Every timestamp of a body with the moment at which it arrived (s since 1970)."""
    body = json.loads(request.body)
    blocks = [body, *(block for name in ("autopid_data", "status") if isinstance(block := body.get(name), dict))]
    return [value for block in blocks for key in ("timestamp", "ts") if isinstance(value := block.get(key), int | float)]


@verifies("time/timestamp-true")
def test_timestamps_are_true(boot, bench, observed):
    """Each timestamp in a body lies within the clock tolerance of the moment at which the body arrived."""
    requests = boot.first.wait_for_requests(9) + boot.later.wait_for_requests(2)
    found = [(value, bench.wall_s(request.arrived_ns)) for request in requests for value in timestamps(request)]
    applies_only_if(found, "no body has a timestamp")
    observed(f"{len(found)} timestamps in {len(requests)} bodies")
    for value, arrived_s in found:
        schedule.clock_true(value, arrived_s, bench.tolerance, bench.guard_ms(boot.ready_ns)).conclude()


@pytest.fixture
def wrong_clock(bench, boot):
    """The clock stands in the year 2001 until the test is over."""
    bench.event("stimulus", "set the device's clock to 2001")
    bench.device.web.set_clock(datetime(2001, 1, 1, tzinfo=UTC))
    yield len(boot.first.attempts)
    bench.device.web.set_clock(datetime.now(UTC))


@verifies("time/unsynchronised-clock")
def test_what_a_wrong_clock_does_to_tls_is_reported(boot, bench, wrong_clock, observed):
    """A good certificate, judged by a clock that stands in 2001: accepted, or refused as not valid yet."""
    boot.first.receiver.reply(Reply())
    boot.first.wait_for_attempts(wrong_clock + 3)
    seen = boot.first.connections[wrong_clock:]
    refused = [connection for connection in seen if connection.refused]
    observed(f"with the clock in 2001 {len(refused)} of {len(seen)} handshakes with a good certificate were refused")
    observed(f"alerts: {sorted({connection.alert.name for connection in refused if connection.alert}) or 'none'}")
