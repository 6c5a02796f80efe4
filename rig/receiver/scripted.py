"""A server's first flight written by hand, for versions and suites that no TLS library of today speaks any more."""

import re
import secrets
import ssl

from rig.receiver.hello import HANDSHAKE

_SERVER_HELLO, _CERTIFICATE, _SERVER_HELLO_DONE = 2, 11, 14
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def first_flight(version: int, cipher_suite: int, chain_pem: bytes) -> bytes:
    """ServerHello, Certificate and ServerHelloDone (RFC 6101, 5.6; RFC 5246, 7.3), each in a record of `version`."""
    random, session_id, compression = secrets.token_bytes(32), secrets.token_bytes(32), b"\0"
    hello = version.to_bytes(2, "big") + random + _block(session_id, 1) + cipher_suite.to_bytes(2, "big") + compression
    chain = b"".join(_block(ssl.PEM_cert_to_DER_cert(pem.decode("ascii")), 3) for pem in _PEM.findall(chain_pem))
    messages = ((_SERVER_HELLO, hello), (_CERTIFICATE, _block(chain, 3)), (_SERVER_HELLO_DONE, b""))
    return b"".join(_record(version, bytes([kind]) + _block(content, 3)) for kind, content in messages)


def _record(version: int, message: bytes) -> bytes:
    return bytes([HANDSHAKE]) + version.to_bytes(2, "big") + _block(message, 2)


def _block(content: bytes, size: int) -> bytes:
    return len(content).to_bytes(size, "big") + content
