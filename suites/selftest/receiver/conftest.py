"""Receivers with an identity of their own, and a client that says exactly what it is told to."""

import socket
import ssl
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import pytest
import trustme

from rig.receiver import Limits, Receiver, ServerTls


@dataclass(frozen=True)
class Leaf:
    chain_pem: bytes
    key_pem: bytes

    @classmethod
    def of(cls, issued):
        return cls(b"".join(pem.bytes() for pem in issued.cert_chain_pems), issued.private_key_pem.bytes())


@dataclass(frozen=True)
class Authorities:
    trusted: trustme.CA
    stranger: trustme.CA
    leaf: Leaf
    other: Leaf


@dataclass
class Client:
    """Connects, and gives raw sockets or TLS; everything is closed with the test."""

    trusted: trustme.CA
    stack: ExitStack

    def context(self, **settings):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.trusted.configure_trust(context)
        for name, value in settings.items():
            setattr(context, name, value)
        return context

    def connect(self, receiver):
        sock = self.stack.enter_context(socket.create_connection((receiver.host, receiver.port), 5.0))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def tls(self, receiver, context=None, host="localhost"):
        wrapped = (context or self.context()).wrap_socket(self.connect(receiver), server_hostname=host)
        return self.stack.enter_context(wrapped)

    def post(self, receiver, body=b"{}", *, headers=(), target="/ingest", context=None):
        """One POST; the whole answer, or what came of it before the end."""
        tls = self.tls(receiver, context)
        tls.sendall(self.request(body, headers=headers, target=target))
        return self.everything(tls)

    def trial(self, receiver, **settings):
        """A POST, or the reason why there was none."""
        try:
            return self.post(receiver, context=self.context(**settings))[:12]
        except OSError as error:
            return getattr(error, "reason", None) or type(error).__name__

    @staticmethod
    def request(body=b"{}", *, headers=(), target="/ingest"):
        lines = [f"POST {target} HTTP/1.1", "Host: localhost", *headers, f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(lines).encode() + body

    @staticmethod
    def hang_up(tls):
        """Closes in order: bytes left unread, session tickets too, would turn it into a reset."""
        tls.settimeout(0)
        with suppress(ssl.SSLWantReadError):
            tls.recv(65536)
        tls.close()

    def ending_of(self, sock):
        """How the connection ends for a client below TLS, which hides it: closed or reset."""
        raw = self.stack.enter_context(socket.socket(fileno=sock.detach()))
        raw.settimeout(5.0)
        try:
            while raw.recv(65536):
                pass
        except ConnectionResetError:
            return "reset"
        return "closed"

    def is_reset(self, receiver):
        """Whether a connection is reset as soon as it is there."""
        try:
            return self.ending_of(self.connect(receiver)) == "reset"
        except ConnectionResetError:
            return True

    @staticmethod
    def everything(sock):
        """All bytes up to the end of the connection, however it ends."""
        data = b""
        with suppress(ConnectionError, ssl.SSLEOFError):
            while piece := sock.recv(65536):
                data += piece
        return data


@pytest.fixture(scope="session")
def authorities():
    trusted, stranger = trustme.CA(), trustme.CA()
    return Authorities(trusted, stranger, Leaf.of(trusted.issue_cert("localhost")), Leaf.of(stranger.issue_cert("localhost")))


@pytest.fixture
def stack():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def client(authorities):
    with ExitStack() as stack:
        yield Client(authorities.trusted, stack)


@pytest.fixture
def make(authorities, stack):
    """Starts receivers; whatever went wrong inside one of them fails the test."""

    def start(identity=None, tls=None, **settings):
        settings.setdefault("limits", Limits(drain_s=0.2))
        receiver = Receiver(identity or authorities.leaf, tls=tls or ServerTls(), **settings)
        stack.callback(receiver.check)
        stack.enter_context(receiver)
        return receiver

    return start


@pytest.fixture
def receiver(make):
    return make()


@pytest.fixture
def ended():
    """Waits for the first attempts that are over."""

    def wait(receiver, count=1):
        assert receiver.wait(lambda r: sum(attempt.ended_ns is not None for attempt in r.attempts) >= count, 5)
        return receiver.attempts[:count]

    return wait


@pytest.fixture
def closed():
    """Waits for the first connections that are over."""

    def wait(receiver, count=1):
        assert receiver.wait(lambda r: sum(connection.closed_ns is not None for connection in r.connections) >= count, 5)
        return receiver.connections[:count]

    return wait
