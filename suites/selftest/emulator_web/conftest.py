"""An emulated device on the test's own event loop, and a client that sees bytes."""

import asyncio
import contextlib
import json
from dataclasses import dataclass

import pytest
import pytest_asyncio

from rig.emulator.behaviour import Behaviour
from rig.emulator.device import Device
from rig.emulator.options import Options

BOOT_S = 0.05


@dataclass
class Seen:
    """An answer as bytes: status line, header lines, body; `closed` says that the server ended the connection."""

    status_line: str
    headers: list[str]
    body: bytes
    closed: bool = False

    @property
    def status(self):
        return int(self.status_line.split(" ")[1])

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """Speaks HTTP by hand, one connection per call unless told otherwise."""

    def __init__(self, device):
        self.device = device

    async def connect(self):
        host, port = self.device.web.url.removeprefix("http://").rsplit(":", 1)
        return await asyncio.open_connection(host, int(port))

    async def answer(self, reader):
        return await read_answer(reader)

    async def raw(self, data, *, look_for_end=False):
        reader, writer = await self.connect()
        try:
            writer.write(data)
            seen = await read_answer(reader)
            if look_for_end:
                with contextlib.suppress(TimeoutError):
                    seen.closed = await asyncio.wait_for(reader.read(1), 0.3) == b""
            return seen
        finally:
            writer.close()

    async def ask(self, method, path, body=None, headers=(), **options):
        lines = [f"{method} {path} HTTP/1.1", "Host: wican", *headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        return await self.raw("\r\n".join([*lines, "", ""]).encode() + (body or b""), **options)

    async def get(self, path, **options):
        return await self.ask("GET", path, **options)

    async def post(self, path, body, content_type="application/json", **options):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.ask("POST", path, body, [f"Content-Type: {content_type}"], **options)

    async def upload(self, name, **parts):
        pieces = [
            f'--b0undary\r\nContent-Disposition: form-data; name="{field}"; filename="{field}.pem"\r\n\r\n'.encode() + pem + b"\r\n"
            for field, pem in parts.items()
        ]
        body = b"".join([*pieces, b"--b0undary--\r\n"])
        return await self.post(f"/cert_manager/sets?name={name}", body, "multipart/form-data; boundary=b0undary")


async def read_answer(reader):
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 8)).decode()
    status_line, *headers = head.rstrip("\r\n").split("\r\n")
    length = next((int(line.split(":")[1]) for line in headers if line.lower().startswith("content-length:")), 0)
    return Seen(status_line, headers, await reader.readexactly(length))


class Bench:
    """Starts devices over one state directory, one after the other."""

    def __init__(self, folder):
        self.folder = folder
        self._running = []

    async def start(self, behaviour=None, **options):
        options.setdefault("boot_seconds", BOOT_S)
        device = Device(Options(state_dir=self.folder, **options), behaviour or Behaviour())
        serving = asyncio.Event()
        self._running.append((device, asyncio.create_task(device.run(serving.set))))
        await asyncio.wait_for(serving.wait(), 5)
        return device

    async def stop(self):
        for device, task in self._running:
            device.end()
            await asyncio.wait_for(task, 5)
        self._running.clear()

    def client(self, device):
        return Client(device)

    async def until(self, condition, within_s=5.0):
        """Waits until `condition` holds, looked at every few milliseconds."""
        deadline = asyncio.get_running_loop().time() + within_s
        while not condition():
            assert asyncio.get_running_loop().time() < deadline, "it did not come to that in time"
            await asyncio.sleep(0.005)

    async def next_boot(self, device):
        """Waits until the boot after the present one serves."""
        number = device.boot_number
        await self.until(lambda: device.boot_number > number and device.running)


@pytest_asyncio.fixture
async def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    await bench.stop()


@pytest_asyncio.fixture
async def device(bench):
    return await bench.start()


@pytest.fixture
def client(device):
    return Client(device)
