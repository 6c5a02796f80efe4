import json
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import can
import pytest
import trustme

from rig import clock
from rig.evidence import Redactor, ScenarioRecorder
from rig.evidence.records import Attempt, Connection, Direction, Ending, Request, TlsBytes

HEAD = (
    b"POST /ingest?src=wican HTTP/1.1\r\nHost: receiver.test\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


@dataclass
class Exchanger:
    """A device and a receiver that speak TLS in memory; what passes between them is recorded as the receiver would."""

    authority: trustme.CA
    folder: Path
    _count: int = 0
    connections: list[Connection] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)

    def post(
        self,
        body: bytes,
        *,
        head: bytes | None = None,
        version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
        extra: bytes = b"",
        ciphers: str | None = None,
    ) -> Connection:
        """One POST on a connection of its own; `extra` is application data outside any request."""
        self._count += 1
        connection = Connection("receiver-1", self._count, ("127.0.0.1", 40000 + self._count), ("127.0.0.1", 29443), clock.now_ns())
        head = head or HEAD % len(body)
        key_log = self.folder / f"keys-{self._count}"
        self._converse(connection, key_log, head + body + extra, version, ciphers)
        connection.key_log = [line for line in key_log.read_text().splitlines() if not line.startswith("#")]
        connection.application_bytes = len(head + body + extra)
        connection.decrypted = extra
        connection.closed_ns = clock.now_ns()
        self.connections.append(connection)
        self._request(connection, head, body)
        return connection

    def _converse(self, connection: Connection, key_log: Path, sent: bytes, version: ssl.TLSVersion, ciphers: str | None) -> None:
        server_context, client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
        self.authority.issue_cert("receiver.test").configure_cert(server_context)
        self.authority.configure_trust(client_context)
        server_context.keylog_filename = str(key_log)
        client_context.maximum_version = client_context.minimum_version = version
        if ciphers:
            client_context.set_ciphers(ciphers)
            server_context.set_ciphers(ciphers)
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        device = client_context.wrap_bio(down, up_out := ssl.MemoryBIO(), server_hostname="receiver.test")
        receiver = server_context.wrap_bio(up, down_out := ssl.MemoryBIO(), server_side=True)

        def carry() -> None:
            for direction, source, target in (Direction.FROM_DEVICE, up_out, up), (Direction.TO_DEVICE, down_out, down):
                if data := source.read():
                    connection.tapped.append(TlsBytes(clock.now_ns(), direction, data))
                    target.write(data)

        for end in (device, receiver, device, receiver, device):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
            carry()
        connection.handshaken_ns = clock.now_ns()
        connection.tls_version, connection.cipher = receiver.version(), receiver.cipher()[0]
        device.write(sent)
        carry()
        while receiver.pending() or sent:
            sent = sent[len(receiver.read(65536)) :]
        receiver.write(ANSWER)
        carry()

    def _request(self, connection: Connection, head: bytes, body: bytes) -> None:
        line, *fields = head.decode("latin-1").strip().split("\r\n")
        method, target, version = line.split(" ")
        headers = tuple((name, value.strip()) for name, _, value in (entry.partition(":") for entry in fields))
        stamp_ns = connection.handshaken_ns
        request = Request(
            "receiver-1", connection.number, len(self.requests) + 1, connection.started_ns, stamp_ns, stamp_ns, method, target,
            version.removeprefix("HTTP/"), headers, head, body,
        )  # fmt: skip
        self.requests.append(request)
        self.attempts.append(
            Attempt("receiver-1", connection.number, connection.started_ns, clock.now_ns(), Ending.SUCCESS, request, 200)
        )


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def exchanger(authority, tmp_path) -> Exchanger:
    return Exchanger(authority, tmp_path)


@pytest.fixture
def redactor() -> Callable[..., Redactor]:
    return lambda *secrets: Redactor(secrets, key=b"key of the self-tests")


@pytest.fixture
def frame() -> Callable[..., can.Message]:
    def make(identifier: int, data: str, **more: bool) -> can.Message:
        return can.Message(arbitration_id=identifier, data=bytes.fromhex(data), is_extended_id=identifier > 0x7FF, **more)

    return make


@dataclass
class Scene:
    """A scenario to record, and its files to read when it is over."""

    folder: Path
    recorder: ScenarioRecorder

    def close(self, exchanger: Exchanger | None = None) -> None:
        if exchanger:
            self.recorder.keep("receiver-1", exchanger.connections, exchanger.requests, exchanger.attempts)
        self.recorder.close()

    @property
    def capsule(self) -> Path:
        return self.folder / "capsule.pcapng"

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def rows(self, name: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text(name).splitlines()]


@pytest.fixture
def scene(tmp_path, redactor) -> Callable[..., Scene]:
    def make(*secrets: str, keep_secrets: bool = False) -> Scene:
        folder = tmp_path / "evidence" / "area" / "test_module"
        return Scene(folder, ScenarioRecorder(folder, redactor(*secrets), keep_secrets=keep_secrets))

    return make
