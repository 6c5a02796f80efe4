"""Receivers with an identity of their own, and a client that says exactly what it is told to."""

import socket
import ssl
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
import trustme

from rig.receiver import Receiver, ServerTls


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
        tls.sendall(post(body, headers=headers, target=target))
        return everything(tls)


def post(body=b"{}", *, headers=(), target="/ingest"):
    lines = [f"POST {target} HTTP/1.1", "Host: localhost", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def everything(sock):
    """All bytes up to the end of the connection, however it ends."""
    data = b""
    try:
        while piece := sock.recv(65536):
            data += piece
    except ConnectionError:
        pass
    except ssl.SSLEOFError:
        pass
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
def client(authorities, stack):
    return Client(authorities.trusted, stack)


@pytest.fixture
def make(authorities, stack):
    """Starts receivers; whatever went wrong inside one of them fails the test."""

    def start(identity=None, tls=None, **settings):
        receiver = Receiver(identity or authorities.leaf, tls=tls or ServerTls(), **settings)
        stack.callback(receiver.check)
        stack.enter_context(receiver)
        return receiver

    return start


@pytest.fixture
def receiver(make):
    return make()
