"""A device that the rig did not start: its commands, its console, and what has been taken from it."""

import os
import socket
import sys
import tty
from contextlib import ExitStack

import pytest

from rig.device.physical import PhysicalDevice, Switch
from rig.errors import BenchError

URL = "http://192.0.2.7"


@pytest.fixture
def written(tmp_path):
    """A file, and commands that write words into it."""
    path = tmp_path / "switched"

    def command(word):
        return (sys.executable, "-c", f"open({str(path)!r}, 'a').write({word + ' '!r})")

    return path, command


def test_switches_run_their_commands_and_what_is_away_is_known(written):
    path, command = written
    device = PhysicalDevice(URL, power=Switch(command("off"), command("on")), wifi=Switch(command("gone"), command("back")))
    device.power_off()
    device.wifi_off()
    assert device.taken_away == {"power", "wifi"}
    device.power_on()
    device.wifi_on()
    assert device.taken_away == frozenset()
    assert path.read_text() == "off gone on back "
    assert device.abilities == {"power_control", "wifi_control"}


def test_a_command_that_fails_says_why():
    device = PhysicalDevice(URL, power=Switch((sys.executable, "-c", "raise SystemExit('no relay there')"), ("true",)))
    with pytest.raises(BenchError, match="no relay there"):
        device.power_off()


def test_a_command_that_hangs_is_given_up():
    device = PhysicalDevice(URL, power=Switch(("sleep", "30"), ("true",)), command_timeout_s=0.2)
    with pytest.raises(BenchError, match="timed out"):
        device.power_off()


def test_without_a_switch_there_is_nothing_to_switch():
    with pytest.raises(BenchError, match=r"\[power\]"):
        PhysicalDevice(URL).power_off()
    assert PhysicalDevice(URL).console is None


def test_the_serial_port_may_have_another_name_after_a_power_cut(tmp_path):
    with ExitStack() as stack:
        names = []
        for _ in range(2):
            master, slave = os.openpty()
            tty.setraw(slave)
            stack.callback(os.close, master)
            stack.callback(os.close, slave)
            names.append(os.ttyname(slave))
        port = tmp_path / "port"
        port.write_text(names[0] + "\n")
        device = PhysicalDevice(URL, serial_command=("cat", str(port)), power=Switch(("true",), ("true",)))
        stack.callback(device.close)
        assert device.console.url == names[0]
        port.write_text(names[1] + "\n")
        assert device.console.url == names[0]
        device.power_off()
        device.power_on()
        assert device.console.url == names[1]


def test_a_console_that_broke_off_is_opened_anew():
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        device = PhysicalDevice(URL, f"socket://127.0.0.1:{listener.getsockname()[1]}")
        stack.callback(device.close)
        first = device.console
        peer, _ = listener.accept()
        peer.close()
        first.wait_for_line("never", 5)
        assert first.failure is not None
        assert device.console is not first
        listener.accept()[0].close()
