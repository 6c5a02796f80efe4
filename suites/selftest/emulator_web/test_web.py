import asyncio
import json

import pytest

from rig.emulator.behaviour import Behaviour

DOCUMENT = b'{ "grouping":"enable", "unknown" : [1 , 2],"destinations":[]}'
pytestmark = pytest.mark.asyncio


async def test_a_response_has_content_type_and_length_and_nothing_else(client):
    seen = await client.get("/check_status")
    assert seen.status_line == "HTTP/1.1 200 OK"
    assert seen.headers == ["Content-Type: application/json", f"Content-Length: {len(seen.body)}"]


async def test_unknown_paths_are_404_for_get_and_405_for_everything_else(client):
    get = await client.get("/nothing", look_for_end=True)
    assert (get.status, get.body, get.closed) == (404, b"Nothing matches the given URI", False)
    for method in ("POST", "PUT", "OPTIONS", "DELETE"):
        other = await client.ask(method, "/nothing", b"x", look_for_end=True)
        assert (other.status, other.body, other.closed) == (405, b"Specified method is invalid for this resource", True)
    assert (await client.get("/store_config")).status == 404
    assert (await client.post("/load_config", b"{}")).status == 405
    assert (await client.get("/main.js?v=1")).status == 200


async def test_long_lines_and_heads_are_refused(client):
    assert (await client.get("/" + "x" * 1030)).status == 414
    assert (await client.ask("GET", "/", headers=["X-Long: " + "x" * 1030])).status == 431


async def test_a_connection_serves_several_requests(client):
    reader, writer = await client.connect()
    for _ in range(3):
        writer.write(b"GET /load_auto_pid HTTP/1.1\r\nHost: wican\r\n\r\n")
        assert (await client.answer(reader)).body == b"NONE"
    writer.close()


async def test_the_document_reads_back_byte_for_byte_over_a_reboot(bench, client, device):
    nothing = await client.get("/load_auto_pid")
    assert (nothing.headers[0], nothing.body) == ("Content-Type: text/html", b"NONE")
    stored = await client.post("/store_auto_data", DOCUMENT)
    assert (stored.status, stored.body) == (200, b"Auto PID table will take effect after submit.")
    assert (await client.get("/load_auto_pid")).body == DOCUMENT
    await client.post("/system_reboot", b"reboot", "text/plain")
    await bench.next_boot(device)
    assert (await client.get("/load_auto_pid")).body == DOCUMENT


@pytest.mark.parametrize("bad", [b'{"grouping":', b"[]", b'{"a":NaN}', b"\xff{}", DOCUMENT + b"x", b"[" * 100_000])
async def test_a_bad_document_is_refused_and_the_stored_one_kept(client, bad):
    await client.post("/store_auto_data", DOCUMENT)
    refused = await client.post("/store_auto_data", bad, look_for_end=True)
    assert (refused.status, refused.body, refused.closed) == (400, b"Invalid JSON format", True)
    assert (await client.get("/load_auto_pid")).body == DOCUMENT


async def test_a_document_that_ends_early_is_refused(client):
    await client.post("/store_auto_data", DOCUMENT)
    reader, writer = await client.connect()
    writer.write(b"POST /store_auto_data HTTP/1.1\r\nHost: wican\r\nContent-Length: 100\r\n\r\n{}")
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    assert (await client.get("/load_auto_pid")).body == DOCUMENT


async def test_a_body_that_does_not_go_on_is_given_up(client, monkeypatch):
    monkeypatch.setattr("rig.emulator.web._RECEIVE_WAIT_S", 0.05)
    seen = await client.raw(b"POST /store_auto_data HTTP/1.1\r\nHost: wican\r\nContent-Length: 100\r\n\r\n{}", look_for_end=True)
    assert (seen.status, seen.body, seen.closed) == (500, b"Failed to receive data", True)
    assert (await client.get("/load_auto_pid")).body == b"NONE"


async def test_a_short_body_does_not_hold_others_up_unless_the_firmware_does(bench):
    device = await bench.start()
    client = bench.client(device)
    _, writer = await client.connect()
    writer.write(b"POST /store_auto_data HTTP/1.1\r\nHost: wican\r\nContent-Length: 100\r\n\r\n{}")
    assert (await asyncio.wait_for(client.get("/load_auto_pid"), 1)).status == 200
    device.behaviour = Behaviour().but(short_body_blocks=True)
    _, blocking = await client.connect()
    blocking.write(b"POST /store_auto_data HTTP/1.1\r\nHost: wican\r\nContent-Length: 100\r\n\r\n{}")
    await asyncio.sleep(0.05)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.get("/load_auto_pid"), 0.2)
    blocking.close()
    assert (await asyncio.wait_for(client.get("/load_auto_pid"), 2)).status == 200
    writer.close()


@pytest.mark.parametrize("length", [0, 2_048_001])
async def test_a_length_out_of_bounds_is_refused_unread(client, length):
    seen = await client.raw(f"POST /store_auto_data HTTP/1.1\r\nHost: wican\r\nContent-Length: {length}\r\n\r\n".encode())
    assert (seen.status, seen.body) == (400, b"Invalid content length")


async def test_a_chunked_body_counts_as_none(client):
    seen = await client.raw(b"POST /store_auto_data HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    assert (seen.status, seen.body) == (400, b"Invalid content length")


async def test_a_large_document_is_stored_whole(client):
    large = json.dumps({"pids": [{"Name": f"P{number}", "Expression": "B1" * 30} for number in range(2000)]}).encode()
    assert (await client.post("/store_auto_data", large)).status == 200
    assert (await client.get("/load_auto_pid")).body == large


async def test_the_main_configuration_is_shown_as_it_was_at_boot(bench, client, device):
    before = (await client.get("/load_config")).body
    changed = {**json.loads(before), "debug": "enabled"}
    assert (await client.post("/store_config", changed)).body == b"Configuration saved! Rebooting..."
    assert (await client.get("/load_config")).body == before
    await bench.next_boot(device)
    assert (await client.get("/load_config")).json == changed
    status = (await client.get("/check_status")).json
    assert (status["restart_boot_count"], status["restart_last_planned_reason"]) == (2, "config_apply")


@pytest.mark.parametrize("change", [{"sta_ssid": ""}, {"protocol": 5}])
async def test_an_unusable_main_configuration_is_refused_and_nothing_reboots(client, device, change):
    configuration = (await client.get("/load_config")).json
    assert (await client.post("/store_config", {**configuration, **change})).status == 400
    assert (await client.post("/store_config", b"{}", "text/plain")).body == b"Content type must be application/json"
    assert device.tracker.pending is None


async def test_firmware_falls_back_to_its_factory_settings_over_a_bad_main_configuration(bench):
    device = await bench.start(Behaviour().but(main_checked=False, lenient_json=True, factory_reset_on_bad_main=True))
    client = bench.client(device)
    assert (await client.post("/store_config", b"{}")).status == 200
    await bench.next_boot(device)
    assert (await client.get("/load_config")).json["wifi_mode"] == "AP"
    assert not device.link_up


async def test_certificate_sets_are_listed_by_what_they_hold_and_never_read_back(client):
    assert (await client.upload("lab", ca_cert=b"CA PEM", client_cert=b"CERT", client_key=b"SECRET KEY")).json == {"ok": True}
    assert (await client.upload("half", ca_cert=b"CA")).status == 200
    assert (await client.get("/cert_manager/sets")).json == [
        {"name": "half", "has_ca": True, "has_client_cert": False, "has_client_key": False},
        {"name": "lab", "has_ca": True, "has_client_cert": True, "has_client_key": True},
    ]
    for path in ("/cert_manager/sets/lab", "/cert_manager", "/cert_manager/sets/lab/client_key", "/cert_manager/upload"):
        assert (await client.get(path)).status == 404


@pytest.mark.parametrize("name", ["", "a/b", "..", "%2e%2e", "a.b", "a b".replace(" ", "+"), "x" * 25, "default"])
async def test_bad_names_are_refused_and_change_nothing(client, device, name):
    assert (await client.upload(name, ca_cert=b"CA")).body == b"bad name"
    assert device.storage.set_names() == []


async def test_firmware_cuts_long_names_and_takes_default(bench):
    client = bench.client(await bench.start(Behaviour().but(cert_names_checked=False)))
    await client.upload("x" * 30, ca_cert=b"CA")
    await client.upload("default", ca_cert=b"CA")
    assert [row["name"] for row in (await client.get("/cert_manager/sets")).json] == ["default", "x" * 24]


async def test_a_set_can_be_replaced_and_deleted(client, device):
    await client.upload("lab", ca_cert=b"old", client_key=b"key")
    await client.upload("lab", ca_cert=b"new")
    assert device.storage.read_set("lab").ca == b"new"
    assert device.storage.read_set("lab").client_key == b"key"
    assert (await client.ask("DELETE", "/cert_manager/sets/lab")).json == {"ok": True}
    assert (await client.ask("DELETE", "/cert_manager/sets/lab")).status == 404
    assert (await client.ask("DELETE", "/cert_manager/sets/..%2f")).status == 400


async def test_broken_uploads_are_refused(client, device):
    assert (await client.upload("lab")).body == b"upload"
    assert (await client.upload("lab", other=b"x")).body == b"upload"
    assert (await client.post("/cert_manager/sets?name=lab", b"{}")).body == b"upload"
    part = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="x"\r\n\r\nCA\r\n'
    cut = part % b"ca_cert" + part.rstrip() % b"client_key"
    assert (await client.post("/cert_manager/sets?name=lab", cut, "multipart/form-data; boundary=b")).status == 500
    assert device.storage.set_names() == []


async def test_an_eleventh_set_is_refused(client):
    for number in range(10):
        assert (await client.upload(f"set{number}", ca_cert=b"CA")).status == 200
    assert (await client.upload("eleventh", ca_cert=b"CA")).status == 400
    assert (await client.upload("set3", ca_cert=b"CA2")).status == 200


async def test_the_clock_is_set_in_bcd(client, device):
    device.clock.synchronise()
    order = {"command": "set_rtc_time", "hour": 20, "min": 7, "sec": 73, "year": 38, "month": 17, "day": 35, "weekday": 1}
    assert (await client.post("/system_commands", order)).body == b"Command executed"
    assert 0 <= device.clock.unix() - 1_795_442_869 < 2  # 2026-11-23 14:07:49 UTC


async def test_an_unknown_command_is_taken_and_no_json_drops_the_connection(client):
    assert (await client.post("/system_commands", {"command": "x"})).body == b"Command executed"
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await client.post("/system_commands", b"nonsense")


async def test_the_webhook_keeps_its_settings(client):
    assert (await client.get("/api/webhook")).json["url"] == ""
    assert (await client.post("/api/webhook", {"url": "ftp://x"})).body == b"invalid url"
    assert (await client.post("/api/webhook", {"url": "https://x", "urls": ["https://y"]})).body == b"url must match urls[0]"
    assert (await client.post("/api/webhook", {"url": "https://x"})).status == 201
    assert (await client.post("/api/webhook", {"url": "https://z", "urls": ["https://z"]})).status == 200
    assert (await client.get("/api/webhook")).json["urls"] == ["https://z"]
    assert (await client.ask("DELETE", "/api/webhook")).status == 204
    assert (await client.get("/api/webhook")).json["url"] == ""


async def test_what_came_later_is_missing_before(bench):
    client = bench.client(await bench.start(Behaviour().but(newer_than_440=False)))
    for path in ("/api/destinations_stats", "/api/webhook", "/restart_tracker/status", "/autopid/test_pid"):
        assert (await client.get(path)).status == 404
    assert "uptime" not in (await client.get("/check_status")).json


async def test_vpn_settings_are_taken(client):
    assert (await client.get("/vpn/load_config")).json["error"] == "ESP_ERR_NOT_FOUND"
    assert (await client.post("/vpn/store_config", {"vpn_enabled": "disable"})).json == {"success": True, "started": False}
    assert (await client.get("/vpn/load_config")).json["success"] is True


async def test_vehicle_endpoints_answer_without_a_car(client):
    assert len((await client.get("/std_pid_info")).json) == 205
    assert (await client.get("/load_car_config")).json == {}
    assert (await client.get("/api/destinations_stats")).json == {"destinations": []}
    assert "error" in (await client.post("/autopid/test_pid", b"")).json
    assert (await client.get("/wifi_scan")).json["networks"][0]["rssi"] == -50


async def test_without_autopid_there_is_no_config_block(bench, client, device):
    configuration = (await client.get("/load_config")).json
    await client.post("/store_config", {**configuration, "protocol": "elm327"})
    await bench.next_boot(device)
    assert (await client.get("/load_car_config")).body == b"Failed to generate JSON"
    assert (await client.get("/autopid_data")).json == {"error": "No data available"}
    assert "AutoPID" in (await client.get("/scan_available_pids")).json["text"]


async def test_firmware_with_one_receive_call_keeps_the_old_document_over_a_long_one(bench):
    device = await bench.start(Behaviour().but(one_receive_bytes=100, store_errors_as_500=True))
    client = bench.client(device)
    await client.post("/store_auto_data", DOCUMENT)
    refused = await client.post("/store_auto_data", {"long": "x" * 100})
    assert (refused.status, refused.body) == (500, b"Failed to store data")
    assert (await client.get("/load_auto_pid")).body == DOCUMENT
