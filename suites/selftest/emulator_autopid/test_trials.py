"""The tests and the scan that the web page offers."""

import asyncio

import pytest

pytestmark = pytest.mark.asyncio


async def test_one_pid_is_tried(car, polling, make):
    car.answers["010C"], car.answers["7E0 22F190"] = ["7E8 04410C1AF8AAAAAA"], ["7E8 0462F19042AAAAAA"]
    async with polling(make.std("0D-VehicleSpeed", period_ms=60_000)) as poller:
        rpm = await poller.autopid.test_pid({"kind": "std", "name": "0C-EngineRPM", "protocol": "6", "rxheader": ""})
        assert rpm == {"ok": True, "value": 1726, "unit": "rpm", "raw": "7E8 04 41 0C 1A F8 AA AA AA"}
        custom = {"kind": "custom", "init": "ATSH7E0", "pid": "22F190", "pid_init": "", "expr": "B4/4"}
        assert (await poller.autopid.test_pid(custom))["value"] == 16.5
        beyond = await poller.autopid.test_pid(custom | {"expr": "B5"})
        assert (beyond["ok"], beyond["error"]) == (False, "Expression eval failed")
        assert poller.values == {}


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({}, "Missing kind"),
        ({"kind": "std"}, "Missing name"),
        ({"kind": "std", "name": "FF-Nothing"}, "Unknown PID"),
        ({"kind": "std", "name": "0C"}, "Bad name"),
        ({"kind": "std", "name": "0C-Nothing"}, "Param not found"),
        ({"kind": "custom", "pid": "010C"}, "Missing pid/expr"),
        ({"kind": "other"}, "Unknown kind"),
        ({"kind": "custom", "pid": "0105", "expr": "B3"}, "NO DATA"),
        ({"kind": "custom", "pid": "0111", "expr": "B3"}, "No positive response"),
    ],
)
async def test_errors(car, polling, request_, error):
    car.answers["0111"] = ["7E8 037F0112AAAAAAAA"]
    async with polling() as poller:
        assert (await poller.autopid.test_pid(request_))["error"] == error


async def test_shipped_firmware_leaves_29_bit_ids_in_front(car, polling, firmware):
    car.answers["010C"] = ["18DAF110 04410C1AF8AAAAAA"]
    trial = {"kind": "custom", "pid": "010C", "expr": "B7", "protocol": "7"}
    async with polling() as poller:
        assert (await poller.autopid.test_pid(trial | {"expr": "B3"}))["value"] == 0x1A
    async with polling(behaviour=firmware) as poller:
        assert (await poller.autopid.test_pid(trial))["value"] == 0x1A
        assert (await poller.autopid.test_pid(trial | {"expr": "B90"}))["value"] == 0


async def test_one_frame_is_tried(car, polling):
    async with polling() as poller:
        trial = asyncio.create_task(poller.autopid.test_can_filter({"kind": "custom", "frame_id": 0x123, "expr": "B0"}))
        while not trial.done():
            car.send("123 4200000000000000")
            await asyncio.sleep(0.01)
        assert trial.result() == {"ok": True, "value": 0x42, "raw": "123 42 00 00 00 00 00 00 00"}
        absent, busy = await asyncio.gather(
            poller.autopid.test_can_filter({"kind": "custom", "frame_id": "0x124", "expr": "B0"}),
            poller.autopid.test_can_filter({"kind": "custom", "frame_id": "124", "expr": "B0"}),
        )
        assert (absent, busy) == ({"ok": False, "error": "No frame"}, {"ok": False, "error": "Busy"})


async def test_a_scan_lists_what_any_ecu_supports(car, polling, make):
    car.answers["0100"] = ["7E8 0641000010000100", "7E9 0641008000000000"]
    car.answers["0140"] = ["7E8 0641404000000000"]
    async with polling(make.std("0C-EngineRPM", period_ms=60_000)) as poller:
        names = await poller.autopid.scan("6")
        assert names == ["01-MonitorStatus", "0C-EngineRPM", "20-PIDsSupported_21_40", "42-ControlModuleVolt"]
        assert await poller.autopid.scan("5") is None
    assert [request for request in car.requests() if request != "010C"] == ["0100", "0120", "0140", "0160", "0180", "01A0"]
