"""How far the receiver's stamp of a request lies from the moment it was sent: the rig's own error in every timing verdict."""

import socket
import ssl
from dataclasses import dataclass
from statistics import median

import trustme

from rig import clock
from rig.errors import BenchError
from rig.receiver.server import Receiver

_REQUEST = b"POST /clock HTTP/1.1\r\nHost: localhost\r\nContent-Length: 600\r\n\r\n" + b"x" * 600
_LEAST = 10


@dataclass(frozen=True)
class ClockError:
    """Distribution of (stamp at the receiver) - (about to send at the client), in ms; always 0 or more but for noise."""

    median_ms: float
    p99_ms: float
    max_ms: float
    samples: int


@dataclass(frozen=True)
class _Leaf:
    chain_pem: bytes
    key_pem: bytes


def clock_error(seconds: float = 0.5, samples: int = 100) -> ClockError:
    """Measures it on loopback, with new connections to a receiver of this process, for `seconds` or `samples` requests.

    Raises:
        BenchError: fewer than ten requests got through in that time.
    """
    leaf = trustme.CA().issue_cert("localhost")
    chain_pem = b"".join(pem.bytes() for pem in leaf.cert_chain_pems)
    with Receiver(_Leaf(chain_pem, leaf.private_key_pem.bytes()), name="clock") as receiver:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing secret passes, and nobody else listens
        end_ns = clock.now_ns() + round(seconds * 1e9)
        sent_ns: list[int] = []
        while len(sent_ns) < samples and (clock.now_ns() < end_ns or len(sent_ns) < _LEAST):
            sent_ns.append(_post(receiver, context))
        arrived_ns = [request.arrived_ns for request in receiver.requests]
    if len(arrived_ns) != len(sent_ns) or len(sent_ns) < _LEAST:
        raise BenchError(f"{len(arrived_ns)} of {len(sent_ns)} requests of the clock measurement arrived")
    errors_ms = sorted(abs(arrived - sent) / 1e6 for sent, arrived in zip(sent_ns, arrived_ns, strict=True))
    p99_ms = errors_ms[min(len(errors_ms) - 1, int(len(errors_ms) * 0.99))]
    return ClockError(median(errors_ms), p99_ms, errors_ms[-1], len(errors_ms))


def _post(receiver: Receiver, context: ssl.SSLContext) -> int:
    """One POST on a connection of its own, waited for to the end; when it was about to be sent."""
    with socket.create_connection((receiver.host, receiver.port), timeout=5.0) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(sock, server_hostname="localhost") as tls:
            sent_ns = clock.now_ns()
            tls.sendall(_REQUEST)
            while tls.recv(4096):
                pass
    return sent_ns
