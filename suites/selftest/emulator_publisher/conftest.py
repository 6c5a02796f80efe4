"""A fake device, and a server that answers as told; no rig parts, so that a mistake there hides nothing here."""

import asyncio
import contextlib
import json
import ssl
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
import trustme

from rig.emulator.active import ActiveConfiguration, ActiveDestination, CachedSet
from rig.emulator.behaviour import Behaviour
from rig.emulator.publisher import Publisher
from rig.emulator.publisher.attempt import Service
from rig.emulator.publisher.turn import Lane

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
HOST = "one.bench.rig.test"


class FakeDevice:
    def __init__(self, active=None, behaviour=None, bundle=None):
        self.active = active or ActiveConfiguration()
        self.behaviour = behaviour or Behaviour()
        self.default_bundle_pem = bundle
        self.lines = []
        self._link = asyncio.Event()
        self._link.set()

    @property
    def link_up(self):
        return self._link.is_set()

    def set_link(self, up):
        (self._link.set if up else self._link.clear)()

    async def wait_for_link(self):
        await self._link.wait()

    def resolve(self, host):
        if host in (HOST, f"deep.{HOST}", "127.0.0.1"):
            return "127.0.0.1"
        raise OSError(f"{host} does not resolve")

    def log(self, level, tag, text):
        self.lines.append(f"{level} {tag}: {text}")

    def status_block(self, posted=True):  # noqa: ARG002 (named as the device names it)
        return {"device_id": "aabbccddeeff"}

    def config_block(self):
        return {"Speed": {"class": "speed", "unit": "km/h"}}


class FakeAutopid:
    def __init__(self, values=None):
        self.values = {"Speed": 50.0, "Level": 62.35} if values is None else values
        self.ecu_online = True
        self._listeners = []

    def snapshot(self):
        return self.values

    def subscribe(self, callback):
        self._listeners.append(callback)

    def change(self, **values):
        self.values = {**(self.values or {}), **values}
        for listener in self._listeners:
            listener()


@dataclass
class Seen:
    """A request as it came, and when its connection began."""

    started: float
    head: bytes
    body: bytes
    server_name: str | None
    client_certificate: dict | None = None

    @property
    def lines(self):
        return self.head.decode("utf-8").split("\r\n")

    @property
    def target(self):
        return self.lines[0].split(" ")[1]

    @property
    def headers(self):
        return [tuple(line.split(": ", 1)) for line in self.lines[1:] if line]

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Server:
    """Serves TLS (or plain HTTP); `answers` are used up one per request, then `answer` goes on."""

    answer: bytes = OK
    answers: list = field(default_factory=list)
    delay_s: float = 0.0
    seen: list = field(default_factory=list)
    raw: list = field(default_factory=list)
    connections: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    context: ssl.SSLContext | None = None
    resumed: list = field(default_factory=list)
    writers: list = field(default_factory=list)
    handlers: list = field(default_factory=list)
    behave: object = None

    async def start(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.context)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def _serve(self, reader, writer):
        self.connections += 1
        self.writers.append(writer)
        self.handlers.append(asyncio.current_task())
        if self.behave is not None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self.behave(reader, writer)
            writer.close()
            return
        started = asyncio.get_running_loop().time()
        tls = writer.get_extra_info("ssl_object")
        self.resumed.append(tls.session_reused if tls else None)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
                name = getattr(self, "last_name", None)
                body = await reader.readexactly(length)
                self.seen.append(Seen(started, head, body, name, writer.get_extra_info("peercert")))
                self.news.set()
                await asyncio.sleep(self.delay_s)
                writer.write(self.answers.pop(0) if self.answers else self.answer)
                await writer.drain()
                started = asyncio.get_running_loop().time()
                if b"keep-alive" not in self.answer:
                    break
        writer.close()

    async def wait(self, count, within_s=5.0):
        async with asyncio.timeout(within_s):
            while len(self.seen) < count:
                self.news.clear()
                await self.news.wait()
        return self.seen[:count]

    async def stop(self):
        self.server.close()
        for handler in self.handlers:
            handler.cancel()
        async with asyncio.timeout(2):
            while self.server._active_count:
                for writer in self.writers:
                    writer.transport.abort()
                await asyncio.sleep(0)
        await asyncio.gather(*self.handlers, return_exceptions=True)


@pytest.fixture(scope="session")
def ca():
    return trustme.CA()


@pytest.fixture(scope="session")
def stranger():
    return trustme.CA()


def server_context(leaf, **changes):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    for name, value in changes.items():
        setattr(context, name, value)
    return context


@dataclass
class Stage:
    """Builds servers and devices of a test, and ends them."""

    ca: trustme.CA
    ends: list = field(default_factory=list)

    async def server(self, leaf=None, plain=False, context=None, **fields):
        leaf = leaf or self.ca.issue_cert(HOST, "127.0.0.1")
        context = None if plain else context or server_context(leaf)
        server = Server(context=context, **fields)
        if context is not None:
            context.sni_callback = lambda _socket, name, _context: setattr(server, "last_name", name)
        await server.start()
        self.ends.append(server.stop)
        return server

    @staticmethod
    def autopid(values=None):
        return FakeAutopid(values)

    @staticmethod
    def leaf_context(leaf, **changes):
        return server_context(leaf, **changes)

    @staticmethod
    async def until(predicate, within_s=2.0):
        async with asyncio.timeout(within_s):
            while not predicate():  # noqa: ASYNC110 (books are kept without an event)
                await asyncio.sleep(0)

    def destination(self, server, index=0, path="/ingest", host=HOST, scheme="https", **fields):
        fields.setdefault("cycle_ms", 1000)
        fields.setdefault("cert_set", "own")
        fields.setdefault("type", "HTTPS")
        fields.setdefault("url", f"{scheme}://{host}:{server.port}{path}")
        return ActiveDestination(position=index, index=index, **fields)

    async def attempt(self, destination, behaviour=None, times=1, **surroundings):
        """What became of attempts of one destination, outside any schedule."""
        service, lane = self.service(destination, behaviour, **surroundings)
        return [await service.serve(lane, {"Speed": 50.0}) for _ in range(times)][-1]

    def service(self, destination, behaviour=None, sets=None, bundle=None):
        active = ActiveConfiguration(destinations=(destination,), cert_sets=self.sets(sets))
        lane = Lane(destination)
        return Service(FakeDevice(active, behaviour, bundle), (lane,)), lane

    def sets(self, more=None):
        return {"own": CachedSet("own", ca=self.ca.cert_pem.bytes()), **(more or {})}

    async def publish(self, *destinations, behaviour=None, autopid=None, sets=None, bundle=None, grouping=True):
        active = ActiveConfiguration(destinations=destinations, cert_sets=self.sets(sets), grouping=grouping)
        device = FakeDevice(active, behaviour, bundle)
        publisher = Publisher(device, autopid or FakeAutopid())
        await publisher.start()
        self.ends.append(publisher.stop)
        publisher.device = device
        return publisher


@pytest_asyncio.fixture
async def stage(ca):
    stage = Stage(ca)
    yield stage
    for end in reversed(stage.ends):
        ended = end()
        if ended is not None:
            await ended
