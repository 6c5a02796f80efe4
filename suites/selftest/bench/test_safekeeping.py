"""Nothing is lost: what a device had is put back and compared, after any ending, and only then forgotten."""

import json
import signal
import time
from dataclasses import replace

import pytest

from rig.bench import backup as backups
from rig.bench.restart import Allowance, restart, wait_until_ready
from rig.bench.safekeeping import Safekeeping, differences, give_back, take
from rig.device import AutomateDocument, CarProfile, CertSet
from rig.device.physical import PhysicalDevice
from rig.errors import BenchError

QUICK = Allowance(reboot_s=5, boot_s=5, look_every_s=0.02)
OWN_DOCUMENT = b'{ "grouping":"enable", "destinations":[], "made_by": "its owner" }'
OWN_CAR = b'{"cars": [{"car_model": "Own: Car", "init": "", "pids": []}]}'


def reach(stranger):
    return PhysicalDevice(stranger.url, kind="emulated", web_timeout_s=2)


def own(device):
    """What its owner had on it."""
    device.web.store_automate_document(OWN_DOCUMENT)
    device.web.store_car_profile(OWN_CAR)
    device.web.upload_cert_set(CertSet("corp_root", ca=b"theirs"))


def test_all_of_it_comes_back(stranger):
    device = reach(stranger())
    own(device)
    before = device.web.main_configuration_bytes()
    safe = Safekeeping(device)
    safe.secure()
    device.web.store_automate_document(b'{"rig":1}')
    device.web.store_car_profile(b'{"cars":[]}')
    device.web.upload_cert_set(CertSet("rig-1234", ca=b"ours"))
    safe.put_back(QUICK)
    assert device.web.automate_document() == OWN_DOCUMENT
    assert device.web.car_profile() == OWN_CAR
    assert device.web.main_configuration_bytes() == before
    assert device.web.cert_sets().keys() == {"corp_root"}
    assert backups.waiting_devices() == []
    assert device.web.status()["restart_boot_count"] == 2


def test_a_changed_main_configuration_comes_back_with_one_reboot(stranger):
    device = reach(stranger())
    before = device.web.main_configuration()
    safe = Safekeeping(device)
    safe.secure()
    restart(device, QUICK, lambda: device.web.store_main_configuration({**before, "sta_ssid": "changed"}))
    assert device.web.main_configuration()["sta_ssid"] == "changed"
    safe.put_back(QUICK)
    assert device.web.main_configuration() == before
    assert device.web.status()["restart_boot_count"] == 3


def test_a_fresh_device_is_left_with_empty_documents(stranger):
    device = reach(stranger())
    assert device.web.automate_document() is None
    safe = Safekeeping(device)
    safe.secure()
    safe.put_back(QUICK)
    assert json.loads(device.web.automate_document())["destinations"] == []


@pytest.mark.parametrize("missing", ["sta_pass", "protocol", "mqtt_rx_topic"])
def test_a_main_configuration_that_would_reset_the_device_is_never_sent(stub, missing):
    web = PhysicalDevice(stub.url).web
    with pytest.raises(BenchError, match=f"lacks {missing}.*not sent"):
        web.store_main_configuration({key: value for key, value in stub.main.items() if key != missing})
    with pytest.raises(BenchError, match=f"{missing} of the main configuration is no text"):
        web.store_main_configuration({**stub.main, missing: 1})
    assert stub.asked == []


def test_a_device_that_would_not_boot_with_its_own_is_left_alone(stub):
    del stub.main["sta_pass"]
    with pytest.raises(BenchError, match="left alone"):
        take(PhysicalDevice(stub.url).web)


def test_the_backup_of_another_device_is_not_put_on_this_one(stub):
    device = PhysicalDevice(stub.url)
    backup = replace(take(device.web), device_id="001122334455")
    with pytest.raises(BenchError, match="nothing was changed"):
        give_back(device, backup, QUICK)
    assert stub.asked == []


def test_every_difference_is_named(stub):
    web = PhysicalDevice(stub.url).web
    stub.stored["/load_auto_pid"], stub.stored["/load_auto_pid_car_data"], stub.sets = OWN_DOCUMENT, OWN_CAR, ["corp_root"]
    backup = take(web)
    assert differences(web, backup) == []
    stub.main["sta_ssid"], stub.sets = "other", ["rig-1"]
    stub.stored["/load_auto_pid"] = stub.stored["/load_auto_pid_car_data"] = b"{}"
    said = "; ".join(differences(web, backup))
    for what in ("main configuration", "Automate document", "car profile", "rig are left: rig-1", "owner have changed: corp_root"):
        assert what in said


def test_a_backup_stays_where_the_device_does_not_hold_afterwards_what_it_had(stub):
    device = PhysicalDevice(stub.url)
    stub.boots = stub.status["restart_boot_count"] = 1
    safe = Safekeeping(device)
    safe.secure()
    stub.sets = ["rig-stuck"]
    stub.stored["/load_auto_pid"], stub.stored["/load_auto_pid_car_data"] = AutomateDocument().to_json(), CarProfile().to_json()
    with pytest.raises(BenchError, match=r"put back, certificate sets of the rig are left: rig-stuck$"):
        safe.put_back(Allowance(reboot_s=5, boot_s=1, look_every_s=0.02))
    assert stub.boots == 2
    assert backups.waiting_devices() == ["aabbccddeeff"]


def begin_a_run(wican_rig, path, out):
    """A run in the middle of its first scenario."""
    process = wican_rig("run", "--bench", path, "--only", "auth/*", "--out", out)
    deadline = time.monotonic() + 40
    while not list(out.glob(".live/*.json")):
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    return process


def test_after_a_kill_restore_gives_everything_back(stranger, bench_file, wican_rig, tmp_path):
    device = stranger()
    web = reach(device)
    own(web)
    before = web.web.main_configuration_bytes()
    path = bench_file(device)
    process = begin_a_run(wican_rig, path, tmp_path / "run")
    process.kill()
    process.wait()
    wait_until_ready(web, QUICK)
    assert web.web.automate_document() != OWN_DOCUMENT
    refused, _ = wican_rig("run", "--bench", path, "--only", "auth/bearer-header", "--out", tmp_path / "next").communicate(timeout=30)
    assert "`wican-rig restore`" in refused
    restored = wican_rig("restore", "--bench", path)
    said, _ = restored.communicate(timeout=30)
    assert restored.returncode == 0, said
    assert web.web.automate_document() == OWN_DOCUMENT
    assert web.web.car_profile() == OWN_CAR
    assert web.web.main_configuration_bytes() == before
    assert web.web.cert_sets().keys() == {"corp_root"}
    assert backups.waiting_devices() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_gives_everything_back_itself(stranger, bench_file, wican_rig, tmp_path, number):
    device = stranger()
    web = reach(device)
    own(web)
    process = begin_a_run(wican_rig, bench_file(device), tmp_path / "run")
    process.send_signal(number)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert (tmp_path / "run" / "index.html").exists()
    assert web.web.automate_document() == OWN_DOCUMENT
    assert web.web.cert_sets().keys() == {"corp_root"}
    assert backups.waiting_devices() == []
