"""HTTPS clients as devices are: a process each, a new connection for every POST, paced or back to back."""

import multiprocessing
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

BODY = b"x" * 600


def _post(address: tuple[str, int], context: ssl.SSLContext, number: str) -> int:
    """One exchange; the moment before the request was handed to the socket (ns, monotonic)."""
    head = f"POST /{number} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
    with socket.create_connection(address, 10) as sock, context.wrap_socket(sock, server_hostname="localhost") as tls:
        sent_ns = time.monotonic_ns()
        tls.sendall(head + BODY)
        while tls.recv(4096):
            pass
    return sent_ns


def _client(address: tuple[str, int], ca: str, name: int, count: int, every_s: float, results: Any) -> None:
    context = ssl.create_default_context(cadata=ca)
    due = time.monotonic() + every_s * name / 6
    sent = {}
    for number in range(count):
        time.sleep(max(0.0, due - time.monotonic()))
        due += every_s
        with suppress(OSError):  # a POST that a server does not take is missing in its count
            sent[f"{name}-{number}"] = _post(address, context, f"{name}-{number}")
    results.put(sent)


def send(address: tuple[str, int], ca: str, *, clients: int, each: int, every_s: float) -> dict[str, int]:
    """`clients` processes that POST `each` times, every `every_s` seconds (0: back to back); when each POST was sent, by its path."""
    results: Any = multiprocessing.Queue()
    processes = [multiprocessing.Process(target=_client, args=(address, ca, name, each, every_s, results)) for name in range(clients)]
    for process in processes:
        process.start()
    sent: dict[str, int] = {}
    for _ in processes:
        sent |= results.get(timeout=60 + each * max(every_s, 0.5))
    for process in processes:
        process.join()
    return sent


def offsets_ms(sent: dict[str, int], stamped: Sequence[tuple[str, int]]) -> list[float]:
    """Stamp of the server minus moment of sending, in ms, for every POST that was stamped (path without slash, ns)."""
    return [(stamp_ns - sent[path]) / 1e6 for path, stamp_ns in stamped if path in sent]
