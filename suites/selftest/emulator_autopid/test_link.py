"""The bus may be away for a while: it is opened again."""

import asyncio
import threading

import can
import pytest

from rig.emulator.autopid.link import CanLink

pytestmark = pytest.mark.asyncio


class FailingBus(can.BusABC):
    """An adapter that is pulled out and put back by a flag."""

    pulled = threading.Event()
    opened = 0

    def __init__(self, channel, **_):
        super().__init__(channel)
        if self.pulled.is_set():
            self.shutdown()
            raise can.CanInitializationError("no such adapter")
        type(self).opened += 1

    def _recv_internal(self, timeout):
        if self.pulled.wait(timeout):
            raise can.CanOperationError("unplugged")
        return can.Message(arbitration_id=0x7E8, data=b"\1\2", is_extended_id=False), False

    def send(self, *_):
        if self.pulled.is_set():
            raise OSError("unplugged")


@pytest.fixture
def adapter(monkeypatch):
    FailingBus.pulled.clear()
    monkeypatch.setattr(can, "Bus", FailingBus)
    return FailingBus


async def test_an_adapter_that_goes_and_comes_back(adapter, eventually):
    lines, arrived = [], asyncio.Event()
    link = CanLink({"channel": "x"}, lambda *line: lines.append(line))
    link.wanted, link.take = lambda can_id, wide: can_id == 0x7E8 and not wide, lambda _: arrived.set()
    await link.start()
    await asyncio.wait_for(arrived.wait(), 2)
    assert link.send(0x7DF, b"\1", wide=False)
    adapter.pulled.set()
    await eventually(lambda: any("lost" in text for _, _, text in lines))
    assert not link.send(0x7DF, b"\1", wide=False)
    adapter.pulled.clear()
    arrived.clear()
    await asyncio.wait_for(arrived.wait(), 3)
    await link.stop()


async def test_an_adapter_that_is_not_there_holds_nobody_up(adapter):
    adapter.pulled.set()
    lines = []
    link = CanLink({"channel": "x"}, lambda *line: lines.append(line))
    await asyncio.wait_for(link.start(), 2)
    assert not link.send(0x7DF, b"\1", wide=False)
    await asyncio.wait_for(link.stop(), 2)
    await asyncio.sleep(0)
    assert lines[0][:2] == ("E", "AUTO_PID")


async def test_without_settings_there_is_no_bus():
    link = CanLink(None, print)
    await link.start()
    assert not link.send(0x7DF, b"\1", wide=False)
    await link.stop()
