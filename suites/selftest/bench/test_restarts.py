"""Restarts that nobody asked for are noticed, also on a release that tells its uptime on the console only."""

import pytest

from rig.bench.restart import Allowance, Life, Restart, restart
from rig.bench.restart_watch import RestartWatch
from rig.device.physical import PhysicalDevice
from rig.errors import BenchError

SYSTEM = ["Device ID: aabbccddeeff", "System Uptime: 1d 2h 3m 4s", "OK"]


def test_uptime_is_read_from_the_console():
    assert Life.of_console(SYSTEM).uptime_s == 93784
    assert Life.of_console(["OK"]) == Life()


@pytest.mark.parametrize("profile", ["document", "4.40p"])
def test_a_restart_nobody_asked_for_is_noticed(stranger, profile):
    device = stranger(console="tcp", can=(None, None), options=("--profile", profile))
    reached = PhysicalDevice(device.url, device.serial)
    try:
        watch = RestartWatch(reached)
        watch.born()
        assert watch.tells
        before, read_ns = watch._last
        watch._last = Life(before.boots, before.uptime_s + 100), read_ns
        watch.look()
        assert "without an order" in watch.since(0)[0]
    finally:
        reached.close()


def test_a_device_that_refuses_the_order_is_not_waited_for(stranger):
    device = stranger(console="tcp", can=(None, None))
    reached = PhysicalDevice(device.url, device.serial)
    try:
        with pytest.raises(BenchError, match="refused the order to restart: 400 'Invalid JSON format'"):
            restart(reached, Allowance(), lambda: reached.web.post("/store_config", b"{"))
    finally:
        reached.close()


@pytest.mark.parametrize(("gone_s", "ready_s", "began_s"), [(1, 1.4, 1.2), (1, 11, 2), (5, 5, 5)])
def test_last_words_of_the_old_boot_are_not_those_of_the_new_one(gone_s, ready_s, began_s):
    assert Restart(0, round(gone_s * 1e9), round(ready_s * 1e9)).began_ns == round(began_s * 1e9)
