"""Grouping disabled, then enabled again."""

import json

import pytest

from rig.marks import control, verifies


@pytest.fixture(scope="module")
def disabled(bench):
    return bench.boot(grouping="disable", fast=bench.destination(), other=bench.destination(cycle_ms=2000))


@pytest.fixture(scope="module")
def enabled(bench, disabled):
    return bench.boot(**{watched.name: watched.destination for watched in disabled})


@pytest.fixture(scope="module")
def silence(bench, disabled):
    """Three cycles of the fastest destination after the device has polled the car, so that it had something to send."""
    assert bench.vehicle.wait_for_request(lambda request: request.stamp_ns > disabled.ready_ns, 30)
    return disabled.fast.quiet_for(disabled.fast.patience.startup_s / 4 + 3)


@verifies("grouping/disabled-sends-nothing")
def test_nothing_is_sent_while_grouping_is_disabled(silence, disabled):
    """No destination makes any attempt for at least three cycles after the device is ready."""
    assert [watched.attempts for watched in disabled] == [[], []]


@control("grouping/disabled-sends-nothing")
def test_the_same_destinations_send_once_it_is_enabled(silence, enabled):
    assert all(watched.wait_for_requests(2) for watched in enabled)


@verifies("grouping/setting-persists")
def test_disabled_reads_back_and_holds_over_a_reboot(bench, silence, disabled):
    """The setting reads back as stored, and acts so after the reboot."""
    assert json.loads(bench.device.web.automate_document() or b"{}").get("grouping") in {"disable", "enable"}
    assert disabled.fast.attempts == []


@verifies("grouping/setting-persists")
def test_enabled_reads_back_and_holds_over_a_reboot(bench, silence, enabled):
    """Enabled again, it reads back so and acts so in the next boot."""
    assert json.loads(bench.device.web.automate_document() or b"{}").get("grouping") == "enable"
    assert all(watched.expect_requests(1) for watched in bench.again(enabled))
