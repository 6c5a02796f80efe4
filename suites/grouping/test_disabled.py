"""Grouping enabled, then disabled, then another restart with it disabled: a power cut where the bench can make one."""

import json

import pytest

from rig.bench import polled
from rig.marks import control, verifies

CYCLES = 3


@pytest.fixture(scope="module")
def enabled(bench):
    return bench.boot(fast=bench.destination(), other=bench.destination(cycle_ms=2000), cleared=bench.destination(bearer="token"))


@pytest.fixture(scope="module")
def startup_s(enabled):
    """How long after it was ready the device sent its first POST to the last destination, with Grouping enabled."""
    first = [watched.wait_for_requests(1)[0].started_ns for watched in enabled]
    return max(0.0, (max(first) - enabled.ready_ns) / 1e9)


@pytest.fixture(scope="module")
def disabled(bench, enabled, startup_s):
    return bench.boot(grouping="disable", **{watched.name: watched.destination for watched in enabled})


@pytest.fixture(scope="module")
def silence(bench, disabled, startup_s):
    return watched_for(bench, disabled, startup_s)


@pytest.fixture(scope="module")
def restarted(bench, disabled, silence):
    """The next boot with the same configuration."""
    once_more = bench.power_cycle if "power_control" in bench.features else bench.again
    return once_more(disabled)


@pytest.fixture(scope="module")
def second_silence(bench, restarted, startup_s):
    return watched_for(bench, restarted, startup_s)


def watched_for(bench, boot, startup_s):
    """Watches a boot for its start-up and three cycles, once the car was polled, so that there was something to send."""
    polled(bench.vehicle, ["010C", "22F190"], boot.gone_ns)
    return boot.fast.quiet_for(startup_s + CYCLES * boot.fast.destination.cycle_s + 1)


def stored(bench):
    """Grouping as it reads back."""
    return json.loads(bench.device.web.automate_document() or b"{}").get("grouping")


@control("grouping/disabled-sends-nothing", "grouping/setting-persists")
def test_enabled_reads_back_and_the_destinations_send(bench, enabled):
    assert stored(bench) == "enable"
    assert all(watched.wait_for_requests(2) for watched in enabled)


@verifies("grouping/disabled-sends-nothing")
def test_nothing_is_sent_while_grouping_is_disabled(silence, disabled):
    """No destination makes any attempt for the start-up time and three cycles after the device is ready."""
    assert {watched.name: len(watched.attempts) for watched in disabled} == dict.fromkeys(disabled.watched, 0)


@verifies("grouping/setting-persists")
def test_disabled_reads_back_after_the_reboot(bench, silence):
    """The setting reads back as it was submitted."""
    assert stored(bench) == "disable"


@verifies("grouping/setting-persists")
def test_disabled_reads_back_after_another_restart(bench, second_silence):
    """After a further reboot, by a power cut where the bench can make one, it still reads back so."""
    assert stored(bench) == "disable"


@verifies("grouping/setting-persists")
def test_disabled_acts_after_another_restart(second_silence, restarted):
    """After a further reboot, by a power cut where the bench can make one, still no destination makes any attempt."""
    assert {watched.name: len(watched.attempts) for watched in restarted} == dict.fromkeys(restarted.watched, 0)
