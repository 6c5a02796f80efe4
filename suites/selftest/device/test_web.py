"""The web-API client trusts nothing: whatever a device answers ends in a value or a BenchError, in bounded time and memory."""

import contextlib
import json
import re
import socket
import threading
import time
from datetime import UTC, datetime

import pytest

from rig.device import CertSet
from rig.device.web import ANSWER_LIMIT, WebApi
from rig.errors import BenchError


def whole_request(peer: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        read += peer.recv(65536)
    head, _, body = read.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    while length and len(body) < int(length[1]):
        body += peer.recv(65536)
    return head + b"\r\n\r\n" + body


class Scripted:
    """An HTTP server that answers every request with the given pieces, and keeps what it was asked."""

    def __init__(self, *pieces: bytes, pause_s: float = 0.0) -> None:
        self.asked: list[bytes] = []
        self._pieces = pieces
        self._pause_s = pause_s
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError):
            self.asked.append(whole_request(peer))
            for piece in self._pieces:
                peer.sendall(piece)
                if self._pause_s and self._over.wait(self._pause_s):
                    return

    def close(self) -> None:
        self._over.set()
        self._listener.close()


@pytest.fixture
def served():
    servers: list[Scripted] = []

    def serve(*pieces: bytes, pause_s: float = 0.0) -> Scripted:
        servers.append(Scripted(*pieces, pause_s=pause_s))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


def http(body: bytes, status: str = "200 OK", kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def test_an_object_is_read(served):
    assert WebApi(served(http(b'{"device_id":"aabb"}')).url).status() == {"device_id": "aabb"}


def test_nothing_stored_is_none_and_a_document_comes_byte_for_byte(served):
    assert WebApi(served(http(b"NONE", kind="text/html")).url).automate_document() is None
    assert WebApi(served(http(b'{ "a" : 1 }')).url).automate_document() == b'{ "a" : 1 }'


@pytest.mark.parametrize(
    "answer",
    [
        http(b"{", "200 OK"),
        http(b"{}", "500 Internal Server Error"),
        http(b"[]"),
        http(b"[" * 100_000),
        b"not http at all\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
    ],
    ids=["broken JSON", "status 500", "no object", "deep", "no HTTP", "nothing", "cut"],
)
def test_anything_else_is_the_benchs_trouble(served, answer):
    with pytest.raises(BenchError):
        WebApi(served(answer).url, timeout_s=2).status()


def test_an_answer_without_end_is_given_up_within_the_time_limit(served):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    began = time.monotonic()
    with pytest.raises(BenchError, match="trickles"):
        WebApi(served(head, *[b" "] * 1000, pause_s=0.02).url, timeout_s=0.3).ask("GET", "/check_status")
    assert time.monotonic() - began < 3


def test_a_huge_answer_is_cut_off(served):
    with pytest.raises(BenchError, match="more than"):
        WebApi(served(http(b" " * (ANSWER_LIMIT + 2))).url).ask("GET", "/load_config")


def test_a_store_is_sent_once_and_a_read_is_tried_again(served):
    silent = served()
    with pytest.raises(BenchError):
        WebApi(silent.url, timeout_s=0.5).store_automate_document(b"{}")
    assert len(silent.asked) == 1
    with pytest.raises(BenchError):
        WebApi(silent.url, timeout_s=0.5).get("/check_status")
    assert len(silent.asked) == 4


def test_an_upload_has_only_the_parts_of_the_set(served):
    server = served(http(b'{"ok":true}'))
    assert WebApi(server.url).upload_cert_set(CertSet("rig-one", ca=b"PEM")).ok
    (asked,) = server.asked
    assert asked.startswith(b"POST /cert_manager/sets?name=rig-one ")
    assert b'name="ca_cert"; filename="ca.pem"' in asked
    assert b"client_cert" not in asked


def test_statistics_of_another_shape_are_the_benchs_trouble(served):
    with pytest.raises(BenchError, match="success"):
        WebApi(served(http(json.dumps({"destinations": [{"success": "many"}]}).encode())).url).statistics()


def test_the_clock_is_set_in_bcd_written_as_decimal(served):
    server = served(http(b"Command executed", kind="text/html"))
    assert WebApi(server.url).set_clock(datetime(2026, 11, 23, 14, 7, 49, tzinfo=UTC)).ok
    sent = json.loads(server.asked[0].partition(b"\r\n\r\n")[2])
    assert sent == {"command": "set_rtc_time", "hour": 20, "min": 7, "sec": 73, "year": 38, "month": 17, "day": 35, "weekday": 1}
