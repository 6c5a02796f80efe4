"""Each check of the doctor, provoked to fail: what it says, and that it knows a remedy. A sick bench never becomes the device's fault."""

import shlex
import socket
import sys
import time

import pytest
from typer.testing import CliRunner

from rig.bench import backup as backups
from rig.bench import read_bench_file
from rig.bench.backup import Backup
from rig.bench.checkup import CHECKS, Depth, State, open_bench
from rig.bench.restart import Allowance, restart
from rig.cli import application
from rig.device.console import Console
from rig.device.physical import PhysicalDevice
from rig.errors import BenchError


@pytest.fixture
def sound(free_port):
    """Sections with which a stub has a sound bench, as far as looking goes."""
    return {"can": {"channel": f"127.0.0.1:{free_port()}"}}


def test_a_sound_bench_gets_no_complaint(stub, examined, sound):
    found = examined(stub, **sound)
    assert {name: finding.said for name, finding in found.items() if finding.state not in {State.GOOD, State.NOT_ASKED}} == {}
    assert stub.asked == []


def of_status(**changes):
    return lambda stub: stub.status.update(changes)


def of_main(**changes):
    return lambda stub: stub.main.update(changes)


def of_sets(count):
    return lambda stub: stub.sets.extend(f"own-{number}" for number in range(count))


@pytest.mark.parametrize(
    ("ill", "check", "state", "said", "remedy"),
    [
        (of_status(device_id="nonsense"), "identity", State.BAD, "device_id is 'nonsense'", "[device] url"),
        (of_status(hw_version="WiCAN-OBD"), "identity", State.BAD, "WiCAN-OBD aabbccddeeff", "WiCAN-PRO"),
        (of_sets(4), "cert-sets", State.BAD, "6 of 10", "own-0"),
        (of_status(batt_voltage="12.9V"), "supply", State.BAD, "12.9 V, and below 13.1 V it falls asleep after 5 minutes", "13.6 V"),
        (of_status(obd_chip_status="Sleep"), "supply", State.BAD, "sleeps", "13.6 V"),
        (of_status(batt_voltage="11.9V", sleep_status="disable", sleep_disable_agree="yes"), "supply", State.ADVICE, "11.9 V", "13.6 V"),
        (of_status(batt_voltage="none"), "supply", State.NOT_ASKED, "does not tell", ""),
        (of_main(protocol="elm327"), "settings", State.BAD, "protocol is 'elm327'", "[device] prepare = true"),
        (of_main(wifi_mode="AP"), "settings", State.BAD, "access point only", "Station"),
        (of_status(sta_status="Not Connected"), "settings", State.BAD, "not connected", "password"),
        (of_main(webhook_en="enable"), "settings", State.ADVICE, "webhook", "switch the webhook off"),
        (of_main(debug="enabled"), "settings", State.ADVICE, "debug", "timing"),
        (of_status(vpn_status="connected"), "settings", State.ADVICE, "VPN", "VPN off"),
        (of_status(subnet_overlap="yes"), "settings", State.ADVICE, "subnet", "192.168.0.0/24"),
        (of_status(timestamp=1_700_000_000), "clock", State.ADVICE, "s off", "pool.ntp.org"),
    ],
)
def test_what_the_device_says_of_itself(stub, examined, sound, ill, check, state, said, remedy):
    ill(stub)
    finding = examined(stub, **sound)[check]
    assert finding.state is state, finding
    assert said in finding.said
    assert remedy in finding.remedy


def test_a_release_nobody_has_read(stub, examined, sound):
    stub.status["git_version"] = "v9.99p"
    finding = examined(stub, device={"profile": None, "kind": "physical"}, **sound)["identity"]
    assert finding.state is State.ADVICE
    assert "known are 4.40p, 4.50p" in finding.remedy


def test_a_smart_connect_device_polls_by_its_home_protocol(stub, examined, sound):
    stub.main |= {"wifi_mode": "SmartConnect", "protocol": "elm327", "home_protocol": "auto_pid"}
    assert examined(stub, **sound)["settings"].state is State.GOOD


def test_nobody_at_the_address(examined, free_port, sound):
    found = examined(f"http://127.0.0.1:{free_port()}", **sound)
    assert found["web-api"].state is State.BAD
    assert "[device] url" in found["web-api"].remedy
    assert found["identity"].state is State.NOT_ASKED
    assert found["can-bus"].state is State.GOOD


def test_a_web_api_that_never_answers_is_given_up_in_time(examined, sound):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        found = examined(f"http://127.0.0.1:{silent.getsockname()[1]}", allowance={"web_s": 0.3}, **sound)
        assert time.monotonic() - began < 3
    assert found["web-api"].state is State.BAD


def test_what_an_earlier_run_left(stub, examined, sound):
    backups.keep(Backup("aabbccddeeff", stub.url, b"{}", None, None, process=2**22 + 1))
    found = examined(stub, **sound)
    assert found["left-over"].state is State.BAD
    assert "`wican-rig restore`" in found["left-over"].said
    assert found["settings"].state is State.NOT_ASKED


def test_a_silent_console(stub, examined, sound, monkeypatch):
    monkeypatch.setattr("rig.device.console._ASKED_EVERY_S", 0.05)
    monkeypatch.setitem(Console.__init__.__kwdefaults__, "start_limit_s", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        finding = examined(stub, device={"serial": f"socket://127.0.0.1:{silent.getsockname()[1]}"}, **sound)["serial"]
    assert finding.state is State.BAD
    assert "/dev/ttyACM0" in finding.remedy


def test_a_console_that_is_not_there(stub, examined, sound):
    finding = examined(stub, device={"serial": "/dev/ttyNONE"}, **sound)["serial"]
    assert finding.state is State.BAD
    assert "cannot be opened" in finding.said


def test_the_console_of_another_device(stub, examined, sound, stranger):
    other = stranger(console="tcp", can=(None, None))
    finding = examined(stub, device={"serial": other.serial}, **sound)["serial"]
    assert finding.state is State.BAD
    assert "the web API that of aabbccddeeff" in finding.said


def test_a_bus_that_cannot_be_opened(stub, examined):
    finding = examined(stub, can={"interface": "socketcan", "channel": "can77"})["can-bus"]
    assert finding.state is State.BAD
    assert "ip link set can0 up" in finding.remedy


def test_a_bus_of_python_cans_own_configuration(stub, examined, monkeypatch, tmp_path):
    (tmp_path / ".canrc").write_text("[bench-3]\ninterface = virtual\nchannel = bench-3\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    own = {"interface": None, "channel": None}
    assert examined(stub, can=own | {"config_context": "bench-3"})["can-bus"].state is State.GOOD
    missing = examined(stub, can=own | {"config_context": "bench-4"})["can-bus"]
    assert missing.state is State.BAD
    assert "~/.canrc" in missing.remedy


def test_what_is_no_hub_at_the_channel(stub, examined):
    finding = examined(stub, can={"channel": stub.url.removeprefix("http://")})["can-bus"]
    assert finding.state is State.BAD


def test_another_bit_rate(stub, examined, sound):
    finding = examined(stub, can=sound["can"] | {"bitrate": 250000})["can-bus"]
    assert finding.state is State.BAD
    assert "bitrate = 500000" in finding.remedy


@pytest.mark.parametrize("state", ["ERROR", "PASSIVE"])
def test_an_adapter_that_complains(stub, examined, sound, monkeypatch, state):
    monkeypatch.setattr("rig.bench.checkup.patient.Patient.bus_state", state)
    finding = examined(stub, **sound)["can-bus"]
    assert finding.state is State.BAD
    assert "120 ohms" in finding.remedy


def test_receivers_on_loopback_for_a_device_that_is_elsewhere(stub, examined, sound, monkeypatch):
    monkeypatch.setattr("rig.bench.checkup.patient.Patient.device_is_local", False)
    finding = examined(stub, **sound)["receivers"]
    assert finding.state is State.BAD
    assert "0.0.0.0" in finding.remedy


def test_ports_that_are_taken(stub, examined, sound, some_ports):
    with socket.create_server(("127.0.0.1", some_ports.start)):
        finding = examined(stub, receiver={"ports": f"{some_ports.start}-{some_ports.stop - 1}"}, **sound)["receivers"]
    assert finding.state is State.BAD
    assert "only 9 of 10 ports are free" in finding.said
    assert "another range" in finding.remedy


def test_an_address_that_is_not_this_machines(stub, examined, sound):
    finding = examined(stub, receiver={"listen": "192.0.2.77"}, **sound)["receivers"]
    assert finding.state is State.BAD


def test_an_address_that_does_not_lead_back(stub, examined, sound):
    finding = examined(stub, receiver={"address": "127.0.0.77"}, **sound)["receivers"]
    assert finding.state is State.ADVICE
    assert "router or forwarder" in finding.remedy


@pytest.fixture
def impatient(monkeypatch):
    """What is not there is not waited for as long as a device deserves."""
    monkeypatch.setattr("rig.bench.checkup.trial.PATIENCE_S", 3.0)


# With a trial boot ----------------------------------------------------------------------------------------------------------


def test_a_device_that_does_not_reboot_and_so_cannot_be_given_its_own_back(stub, bench_file, sound):
    path = bench_file(stub, allowance={"reboot_s": 0.3}, **sound)
    result = CliRunner().invoke(application(["doctor"]), ["doctor", str(path)])
    assert result.exit_code == 3
    assert " BAD  reboot" in result.output
    assert "[allowance] reboot_s" in result.output
    assert " BAD  put back" in result.output
    assert backups.waiting_devices() == ["aabbccddeeff"]


def test_a_device_that_cannot_reach_the_receivers(stranger, examined, impatient):
    found = examined(stranger(), Depth.BOOT, receiver={"address": "127.0.0.77"})
    assert found["by-address"].state is State.BAD
    assert "[receiver] address" in found["by-address"].remedy
    assert "firewall" in found["by-address"].remedy
    assert found["by-name"].state is State.GOOD


def test_a_name_that_does_not_resolve_where_the_device_is(stranger, examined, impatient):
    found = examined(stranger(resolve="elsewhere.test=127.0.0.1"), Depth.BOOT)
    assert found["by-address"].state is State.GOOD
    assert found["by-name"].state is State.BAD
    assert "resolve" in found["by-name"].remedy


def test_a_car_that_is_not_connected(stranger, examined, sound, impatient):
    found = examined(stranger(can=(None, None)), Depth.BOOT, receiver={"names": []}, **sound)
    assert found["polling"].state is State.BAD
    assert "CAN-H on pin 6" in found["polling"].remedy


def test_a_car_that_is_not_heard(stranger, examined, impatient, monkeypatch):
    monkeypatch.setattr("rig.vehicle.ecu.Ecu.hear", lambda *_: [])
    finding = examined(stranger(), Depth.BOOT)["polling"]
    assert finding.state is State.BAD
    assert "never sends what the car answers" in finding.said


def test_consent_prepares_the_device_and_it_gets_its_own_back(stranger, examined):
    device = stranger()
    web = PhysicalDevice(device.url).web
    quick = Allowance(reboot_s=5, boot_s=5, look_every_s=0.02)
    restart(PhysicalDevice(device.url), quick, lambda: web.store_main_configuration({**web.main_configuration(), "protocol": "elm327"}))
    looked = examined(device, Depth.QUICK, device={"prepare": True})["settings"]
    assert looked.state is State.ADVICE
    assert web.main_configuration()["protocol"] == "elm327"
    found = examined(device, Depth.BOOT, device={"prepare": True})
    assert "prepared for the run" in found["settings"].said
    assert found["polling"].state is State.GOOD
    assert web.main_configuration()["protocol"] == "elm327"


def test_switches_that_switch_nothing(stranger, examined):
    nothing = {"off": ["true"], "on": ["true"]}
    found = examined(stranger(), Depth.FULL, power=nothing, wifi=nothing, allowance={"reboot_s": 0.5})
    assert found["power"].state is State.BAD
    assert "still answers" in found["power"].said
    assert found["wifi"].state is State.BAD


def test_switches_that_fail_and_what_they_may_have_taken_is_given_back(stranger, examined, tmp_path):
    given = tmp_path / "given"
    broken = {"off": ["sh", "-c", "echo no relay there >&2; exit 1"], "on": ["sh", "-c", f"echo back >> {shlex.quote(str(given))}"]}
    found = examined(stranger(), Depth.FULL, power=broken)
    assert found["power"].state is State.BAD
    assert "no relay there" in found["power"].said
    assert given.read_text() == "back\n"


def test_switches_that_work(stranger, examined, tmp_path):
    device = stranger(console="tcp", boot_seconds=0.1)
    number = tmp_path / "pid"
    number.write_text(str(device.process.pid))
    kill = f"kill -{{}} $(cat {shlex.quote(str(number))})"
    start = (
        f"{shlex.join([sys.executable, '-m', 'rig.emulator', *device.arguments])} >/dev/null 2>&1 & echo $! > {shlex.quote(str(number))}"
    )
    power = {"off": ["sh", "-c", kill.format("KILL")], "on": ["sh", "-c", start]}
    wifi = {"off": ["sh", "-c", kill.format("USR1")], "on": ["sh", "-c", kill.format("USR2")]}
    found = examined(device, Depth.FULL, power=power, wifi=wifi)
    assert found["power"].state is State.GOOD, found["power"]
    assert found["wifi"].state is State.GOOD, found["wifi"]


def test_a_machine_that_is_too_busy(stub, examined, sound, stranger, monkeypatch):
    monkeypatch.setattr("rig.bench.bench.Bench.guard_ms", lambda *_: 120.0)
    finding = examined(stranger(), Depth.FULL)["time-error"]
    assert finding.state is State.ADVICE
    assert "120.0 ms" in finding.said


# The command, and what a run makes of it ------------------------------------------------------------------------------------


def test_the_command_says_everything_and_ends_with_3(stub, bench_file, sound):
    stub.main["protocol"] = "elm327"
    result = CliRunner().invoke(application(["doctor"]), ["doctor", str(bench_file(stub, **sound)), "--quick"])
    assert result.exit_code == 3
    assert " BAD  settings" in result.output
    assert "-> Settings, CAN: set Protocol to AutoPID" in result.output
    shown = [check.name for check in CHECKS if check.name in result.output]
    assert shown == [check.name for check in CHECKS if check.depth is Depth.QUICK]


def test_a_sick_bench_is_not_opened_and_says_why(stub, bench_file, sound):
    stub.status["batt_voltage"] = "12.0V"
    with pytest.raises(BenchError, match=r"the bench is not ready: supply: 12 V.*13\.6 V.*wican-rig doctor"):
        open_bench(read_bench_file(bench_file(stub, **sound)))
    assert stub.asked == []


def test_in_a_run_it_is_inconclusive_and_never_a_failure(stub, bench_file, wican_rig, verdicts, tmp_path, sound):
    stub.main["protocol"] = "elm327"
    process = wican_rig("run", "--bench", bench_file(stub, **sound), "--only", "auth/*", "--out", tmp_path / "run")
    said, _ = process.communicate(timeout=40)
    assert process.returncode == 3, said
    rows = verdicts(tmp_path / "run")
    assert {row["verdict"] for row in rows.values()} == {"inconclusive"}
    assert "protocol is 'elm327'" in rows["auth/bearer-header"]["reason"]
    assert (tmp_path / "run" / "index.html").exists()
