"""The receiver beside plain pytest-httpserver and a standard-library HTTPS server, in one run: exactness and throughput."""

import http.server
import logging
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import NamedTuple

import trustme
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from benchmarks import clients
from benchmarks.machine import busy, row
from rig.receiver import Receiver


class Leaf(NamedTuple):
    """What a receiver presents."""

    chain_pem: bytes
    key_pem: bytes


class Served(NamedTuple):
    """A running server: where it is, and what it has stamped so far (path, ns)."""

    address: tuple[str, int]
    stamped: list[tuple[str, int]]


logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request would be measured, too
AUTHORITY = trustme.CA()
CERTIFICATE = AUTHORITY.issue_cert("localhost")
CA = AUTHORITY.cert_pem.bytes().decode()


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CERTIFICATE.configure_cert(context)
    return context


@contextmanager
def receiver() -> Iterator[Served]:
    """The rig's own."""
    leaf = Leaf(b"".join(pem.bytes() for pem in CERTIFICATE.cert_chain_pems), CERTIFICATE.private_key_pem.bytes())
    with Receiver(leaf) as running:
        served = Served((running.host, running.port), [])
        yield served
        served.stamped.extend((request.target[1:], request.arrived_ns) for request in running.requests)


@contextmanager
def plain_httpserver() -> Iterator[Served]:
    """pytest-httpserver as it comes, threaded."""
    stamped: list[tuple[str, int]] = []

    def handler(request: Request) -> Response:
        stamped.append((request.path[1:], time.monotonic_ns()))
        return Response("OK")

    server = HTTPServer("127.0.0.1", 0, ssl_context=_context(), threaded=True)
    server.expect_request(re.compile("/.*"), method="POST").respond_with_handler(handler)
    server.start()
    yield Served((server.host, server.port), stamped)
    server.stop()


@contextmanager
def standard_library() -> Iterator[Served]:
    """ThreadingHTTPServer behind ssl, the handshake in its accept loop."""
    stamped: list[tuple[str, int]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            stamped.append((self.path[1:], time.monotonic_ns()))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = _context().wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield Served(("127.0.0.1", server.server_address[1]), stamped)
    server.shutdown()
    server.server_close()


SERVERS = {"rig.receiver": receiver, "pytest-httpserver, threaded": plain_httpserver, "ThreadingHTTPServer + ssl": standard_library}


def stamps(requests: int, loops: int) -> Iterator[str]:
    """Six clients at one POST a second: how far each server's stamp lies from the sending, with `loops` busy processes beside."""
    yield f"stamp error, 6 clients at 1/s, {requests} requests, {loops} endless loops beside"
    for name, server in SERVERS.items():
        with busy(loops):
            with server() as served:
                sent = clients.send(served.address, CA, clients=6, each=max(1, requests // 6), every_s=1.0)
            yield row(name, clients.offsets_ms(sent, served.stamped), "ms")


def throughput(rounds: int = 3, each: int = 60) -> Iterator[str]:
    """Eight clients back to back, the servers in turn, so that a slow minute of the machine meets all of them."""
    rates: dict[str, list[float]] = {name: [] for name in SERVERS}
    for _ in range(rounds):
        for name, server in SERVERS.items():
            with server() as served:
                began = time.monotonic()
                sent = clients.send(served.address, CA, clients=8, each=each, every_s=0.0)
            rates[name].append(len(sent) / (time.monotonic() - began))
    yield f"requests per second, 8 clients back to back, median of {rounds} rounds, start of the clients included"
    own = median(rates["rig.receiver"])
    for name, measured in rates.items():
        yield f"  {name:<44} {median(measured):8.1f} /s   {median(measured) / own:5.2f} of the receiver's"
