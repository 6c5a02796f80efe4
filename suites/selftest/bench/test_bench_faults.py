"""What breaks down on the bench in the middle of a run is never the device's fault, costs no hours, and leaves a report."""

import os
import signal
import subprocess
import sys
import time

import pytest

from rig.bench import read_bench_file
from rig.bench.checkup import open_bench
from rig.errors import BenchError
from rig.vehicle import Hub


@pytest.fixture
def opened(bench_file):
    """Opens benches; what cannot be put back on a device that is dead is no news here."""
    benches = []

    def open_it(owner, /, **sections):
        benches.append(open_bench(read_bench_file(bench_file(owner, **sections))))
        return benches[-1]

    yield open_it
    for bench in benches:
        try:
            bench.close()
        except BenchError:
            continue


def wears_off(bench, within_s=5):
    """Waits until the bench has noticed by itself what needs no question."""
    deadline = time.monotonic() + within_s
    while bench.vehicle.failure is None and time.monotonic() < deadline:
        time.sleep(0.02)


def ill(bench):
    """What is wrong, said the second time at once and in the same words."""
    said = bench.health.ailment()
    began = time.monotonic()
    with pytest.raises(BenchError) as raised:
        bench.health.require()
    assert time.monotonic() - began < 0.1
    assert str(raised.value) == said
    return said


def test_a_sound_bench_has_no_ailment(stranger, opened):
    bench = opened(stranger(console="tcp"))
    assert bench.health.ailment() is None
    bench.health.require()


def test_a_hub_that_is_gone(stranger, opened):
    with Hub() as hub:
        bench = opened(stranger(can=("rigbus", hub.address)), can={"channel": hub.address})
    wears_off(bench)
    assert "CAN bus broke down" in ill(bench)
    assert "[can]" in ill(bench)


def test_a_cable_that_is_pulled(stranger, relay, opened, monkeypatch):
    device = stranger(console="tcp")
    host, port = device.serial.removeprefix("socket://").split(":")
    cable = relay((host, int(port)))
    bench = opened(device, device={"serial": f"socket://127.0.0.1:{cable.address[1]}"})
    cable.cut()
    assert bench.device.web.ask("GET", "/check_status").ok
    deadline = time.monotonic() + 5
    while bench.health.ailment() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "[device] serial" in ill(bench)


def test_a_console_that_breaks_off_once_is_opened_again(stranger, relay, opened):
    device = stranger(console="tcp")
    host, port = device.serial.removeprefix("socket://").split(":")
    cable = relay((host, int(port)))
    bench = opened(device, device={"serial": f"socket://127.0.0.1:{cable.address[1]}"})
    before = bench.device.console
    cable.cut()
    deadline = time.monotonic() + 5
    while before.failure is None and time.monotonic() < deadline:
        time.sleep(0.02)
    relay((host, int(port)), listen=cable.address)
    assert bench.health.ailment() is None
    assert bench.device.console is not before
    assert bench.device.console.command("version")


def test_receivers_that_can_no_longer_be_reached(stranger, relay, opened, some_ports):
    ways = [relay(("127.0.0.1", port), listen=("127.0.0.2", port)) for port in some_ports]
    where = {"address": "127.0.0.2", "ports": f"{some_ports.start}-{some_ports.stop - 1}"}
    bench = opened(stranger(resolve="receiver.bench.rig.test=127.0.0.2"), receiver=where)
    assert bench.health.ailment() is None
    for way in ways:
        way.cut()
    assert "no longer be reached at 127.0.0.2" in ill(bench)


def test_a_device_that_is_dead(stranger, opened):
    device = stranger()
    bench = opened(device, allowance={"boot_s": 1})
    device.kill()
    assert "did not come back within 1 s" in ill(bench)


def test_a_web_api_that_is_dead(stranger, opened):
    device = stranger()
    bench = opened(device, allowance={"boot_s": 1, "web_s": 0.3})
    device.signal(signal.SIGSTOP)
    try:
        assert "did not come back" in ill(bench)
    finally:
        device.signal(signal.SIGCONT)


def test_a_device_that_the_rig_itself_holds_down_is_not_ill(stranger, opened):
    device = stranger()
    pid = str(device.process.pid)
    bench = opened(device, wifi={"off": ["kill", "-USR1", pid], "on": ["kill", "-USR2", pid]})
    bench.device.wifi_off()
    assert bench.health.ailment() is None
    bench.health.require()
    assert bench.device.taken_away == frozenset()
    assert bench.device.web.ask("GET", "/check_status").ok


# In a run -------------------------------------------------------------------------------------------------------------------


def inconclusive(process, folder, verdicts, cause, within_s):
    began = time.monotonic()
    said, _ = process.communicate(timeout=within_s)
    assert process.returncode == 3, said
    assert time.monotonic() - began < within_s
    assert (folder / "index.html").exists()
    rows = verdicts(folder)
    kinds = {row["verdict"] for row in rows.values()}
    assert "inconclusive" in kinds
    assert kinds <= {"inconclusive", "pass"}
    assert any(cause in row["reason"] for row in rows.values()), said
    return said


def in_its_first_scenario(process, folder):
    deadline = time.monotonic() + 40
    while not list(folder.glob(".live/*.json")):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_run_whose_device_dies_halfway(stranger, bench_file, wican_rig, verdicts, tmp_path):
    device = stranger()
    path = bench_file(device, allowance={"boot_s": 2})
    process = wican_rig("run", "--bench", path, "--only", "auth/*", "--out", tmp_path / "run")
    in_its_first_scenario(process, tmp_path / "run")
    device.kill()
    said = inconclusive(process, tmp_path / "run", verdicts, "did not come back", 40)
    assert "not put back" in said
    assert "`wican-rig restore`" in said


def test_a_run_whose_hub_dies_halfway(stranger, bench_file, wican_rig, verdicts, tmp_path):
    with Hub() as hub:
        device = stranger(can=("rigbus", hub.address))
        process = wican_rig(
            "run", "--bench", bench_file(device, can={"channel": hub.address}), "--only", "auth/*", "--out", tmp_path / "run"
        )
        in_its_first_scenario(process, tmp_path / "run")
    said = inconclusive(process, tmp_path / "run", verdicts, "CAN bus broke down", 60)
    assert "not put back" not in said


def test_an_assertion_that_fails_on_a_broken_bench_is_inconclusive(stranger, bench_file, tmp_path, verdicts):
    """The cause comes first, and what the test would have said on its own stands behind it."""
    device = stranger()
    path = bench_file(device, allowance={"boot_s": 1})
    suite = tmp_path / "suites" / "auth" / "test_fault.py"
    suite.parent.mkdir(parents=True)
    suite.write_text(
        f"""
import os, signal
from rig.marks import verifies

@verifies("auth/bearer-header")
def test_one(bench):
    os.kill({device.process.pid}, signal.SIGKILL)
    assert False, "no header"

@verifies("auth/none-sends-no-header")
def test_two(bench):
    raise AssertionError("never asked")
"""
    )
    options = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "rig.pytest_plugin", "-c", os.devnull, f"--rootdir={tmp_path}"]
    words = [*options, f"--rig-bench={path}", f"--rig-out={tmp_path / 'run'}", str(suite)]
    done = subprocess.run([sys.executable, "-m", "pytest", *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3, done.stdout
    rows = verdicts(tmp_path / "run")
    assert [row["verdict"] for row in rows.values()] == ["inconclusive", "inconclusive"]
    assert "did not come back" in rows["auth/bearer-header"]["reason"]
    assert "on its own: fail, no header" in rows["auth/bearer-header"]["reason"]
    assert "never asked" not in rows["auth/none-sends-no-header"]["reason"]
