import asyncio
import json
import time

import pytest

from rig.emulator.behaviour import Behaviour, Point

pytestmark = pytest.mark.asyncio


async def test_a_reboot_answers_first_and_comes_back_on_the_same_port(bench, device):
    client = bench.client(device)
    url, reader_writer = device.web.url, await client.connect()
    answer = await client.post("/system_reboot", b"reboot", "text/plain")
    assert (answer.status, answer.body) == (200, b"Configuration saved! Rebooting...")
    assert (await client.get("/check_status")).status == 200
    await bench.until(lambda: not device.running)
    with pytest.raises(OSError, match="Connect call failed"):
        await client.connect()
    with pytest.raises(OSError, match="reset"):
        await reader_writer[0].readexactly(1)
    reader_writer[1].close()
    await bench.until(lambda: device.running)
    assert device.web.url == url
    status = (await client.get("/check_status")).json
    assert (status["restart_boot_count"], status["restart_last_reset_reason"]) == (2, "software")
    assert (status["restart_last_planned_reason"], status["restart_last_source"]) == ("user_request", "web_ui")
    assert status["restart_unexpected_reset_count"] == 0


async def test_a_reboot_takes_as_long_as_a_boot_takes(bench):
    device = await bench.start(boot_seconds=0.3)
    device.reset("software")
    begun = time.monotonic()
    await bench.next_boot(device)
    assert 0.29 < time.monotonic() - begun < 0.6


async def test_two_orders_make_one_reboot(bench, device):
    client = bench.client(device)
    await client.post("/system_reboot", b"")
    await client.post("/system_reboot", b"")
    await bench.next_boot(device)
    assert device.boot_number == 2
    assert device.tracker.pending is None


async def test_a_crash_is_counted_as_unexpected_and_shown(bench, device):
    device.reset()
    await bench.next_boot(device)
    client = bench.client(device)
    status = (await client.get("/check_status")).json
    assert (status["restart_unexpected_reset_count"], status["restart_last_reset_reason"]) == (1, "panic")
    history = (await client.get("/restart_tracker/history")).json
    assert [record["actual_reset_reason"] for record in history["records"]] == ["panic", "poweron"]
    assert (await client.get("/restart_tracker/nothing")).status == 404


async def test_without_power_counters_are_lost_and_what_is_stored_is_not(bench):
    first = await bench.start()
    await bench.client(first).post("/store_auto_data", b'{"grouping":"enable"}')
    first.reset("software")
    await bench.next_boot(first)
    await bench.stop()
    second = await bench.start()
    assert (second.boot_number, second.device_id) == (1, first.device_id)
    assert second.main_at_boot == first.main_at_boot
    assert (await bench.client(second).get("/load_auto_pid")).body == b'{"grouping":"enable"}'


async def test_without_wifi_nobody_gets_in_and_no_boot_is_lost(bench, device):
    client = bench.client(device)
    reader, writer = await client.connect()
    device.set_network(present=False)
    assert not device.link_up
    with pytest.raises(OSError, match="reset"):
        await reader.readexactly(1)
    writer.close()
    with pytest.raises(OSError, match="Connect call failed"):
        await client.connect()
    waiting = asyncio.create_task(device.wait_for_link())
    device.set_network(present=True)
    await asyncio.wait_for(waiting, 1)
    assert (await client.get("/check_status")).json["restart_boot_count"] == 1


async def test_the_link_tells_of_each_change_once(device):
    changed = device.link_changed
    device.set_network(present=False)
    assert changed.is_set()
    assert not device.link_changed.is_set()


async def test_a_device_that_boots_without_wifi_takes_it_when_it_comes(bench, device):
    device.set_network(present=False)
    device.reset("software")
    await bench.next_boot(device)
    assert not device.link_up
    device.set_network(present=True)
    assert device.link_up
    assert (await bench.client(device).get("/check_status")).json["sta_status"] == "Connected"


async def test_the_clock_is_synchronised_soon_after_the_link(bench):
    device = await bench.start(Behaviour().but(network_time_s=0.01))
    device.clock.set(0)
    await bench.until(lambda: device.clock.synchronised)
    assert abs(device.clock.unix() - time.time()) < 1
    device.behaviour = Behaviour().but(network_time_s=None)
    device.clock.set(1000)
    device.reset("software")
    await bench.next_boot(device)
    assert not device.clock.synchronised
    assert device.clock.unix() < 1010


async def test_what_counts_is_what_was_stored_before_the_boot(bench, device):
    client = bench.client(device)
    document = {
        "grouping": "enable",
        "std_pids": [{"Name": "0C-EngineRPM", "Period": "1000"}],
        "standard_pids": "enable",
        "destinations": [{"type": "HTTPS", "destination": "https://127.0.0.1:9/x", "cycle": 1000, "enabled": True}],
    }
    await client.post("/store_auto_data", document)
    await client.upload("lab", ca_cert=b"CA")
    assert (device.active.destinations, device.active.cert_sets) == ((), {})
    await client.post("/system_reboot", b"")
    await bench.next_boot(device)
    assert [destination.url for destination in device.active.destinations] == ["https://127.0.0.1:9/x"]
    assert device.active.cert_sets["lab"].ca == b"CA"
    assert (await client.get("/load_car_config")).json == {"0C-EngineRPM": {"class": "speed", "unit": "rpm"}}
    assert len((await client.get("/api/destinations_stats")).json["destinations"]) == 1


async def test_status_posts_no_secret_unless_the_firmware_does(bench, device):
    main = json.loads(device.main_at_boot)
    secrets = {value for value in main.values() if isinstance(value, str) and value.startswith("canary-")}
    assert len(secrets) > 10
    shown, posted = device.status_block(posted=False), device.status_block()
    assert secrets - {main["ap_pass"]} <= set(shown.values())
    assert not secrets & set(posted.values())
    assert posted["sta_ip"] == "127.0.0.1"
    device.behaviour = Behaviour().but(status_posts_address=False)
    assert "sta_ip" not in device.status_block()
    device.behaviour = Behaviour().but(status_posts_secrets=True)
    assert device.status_block().keys() == device.status_block(posted=False).keys()


async def test_alterations_see_what_is_stored_and_what_is_answered(bench):
    behaviour = (
        Behaviour()
        .altered(Point.STORE, lambda data, occasion: data[:9] if occasion[0] == "auto_pid.json" else data)
        .altered(Point.WEB_ANSWER, lambda answer, call: answer if call.path != "/logo.svg" else type(answer)(418, b"tea"))
        .altered(Point.DESTINATIONS, lambda destinations, _: destinations[:0])
    )
    client = bench.client(await bench.start(behaviour))
    await client.post("/store_auto_data", b'{"a":"0123456789"}')
    assert (await client.get("/load_auto_pid")).body == b'{"a":"012'
    assert (await client.get("/logo.svg")).body == b"tea"


async def test_names_resolve_as_told_and_no_others(bench):
    device = await bench.start(names={"receiver.test": "127.0.0.1", "*.wild.test": "127.0.0.2"})
    assert device.resolve("Receiver.test.") == "127.0.0.1"
    assert device.resolve("a.b.wild.test") == "127.0.0.2"
    assert device.resolve("other.localhost") == "127.0.0.1"
    assert device.resolve("192.0.2.7") == "192.0.2.7"
    assert device.resolve("::1") == "::1"
    with pytest.raises(OSError, match="no address"):
        device.resolve("elsewhere.test")


async def test_documents_that_crash_it_crash_it_at_every_boot(bench, device):
    client = bench.client(device)
    await client.post("/store_auto_data", {"standard_pids": True, "pids": [{"PID": "010C"}]})
    device.behaviour = Behaviour().but(crashes_on_wrong_types=True)
    device.reset("software")
    await bench.until(lambda: device.tracker.unexpected >= 2)
    assert not device.running
