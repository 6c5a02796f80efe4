"""Opening recorded TLS with the secrets of a key log: TLS 1.3 (RFC 8446, 5.2 and 7.3), AEAD suites of TLS 1.2 (RFC 5246, 6.3)."""

import hmac
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

Secrets: TypeAlias = dict[str, bytes]
"""The key log of one connection: label and secret."""

_CHANGE_CIPHER, _HANDSHAKE, _APPLICATION = 20, 22, 23
_CLIENT_HELLO, _SERVER_HELLO = 1, 2


class Suite(NamedTuple):
    """A cipher suite: its AEAD, length of its key, its hash, and bytes of the nonce that TLS 1.2 sends with each record."""

    aead: type[AESGCM] | type[ChaCha20Poly1305]
    key_length: int
    digest: str
    explicit: int


_AES_128, _AES_256 = Suite(AESGCM, 16, "sha256", 8), Suite(AESGCM, 32, "sha384", 8)
_CHACHA = Suite(ChaCha20Poly1305, 32, "sha256", 0)
_SUITES: Mapping[int, Suite] = {
    0x1301: _AES_128, 0x1302: _AES_256, 0x1303: _CHACHA,
    0x009C: _AES_128, 0x009E: _AES_128, 0xC02B: _AES_128, 0xC02F: _AES_128,
    0x009D: _AES_256, 0x009F: _AES_256, 0xC02C: _AES_256, 0xC030: _AES_256,
    0xCCA8: _CHACHA, 0xCCA9: _CHACHA, 0xCCAA: _CHACHA,
}  # fmt: skip


class Record(NamedTuple):
    """One TLS record as it passed."""

    kind: int
    version: bytes
    content: bytes


@dataclass
class _Cipher:
    """Opens the records of one direction under one key, in order."""

    suite: Suite
    key: bytes
    vector: bytes
    sequence: int = 0

    def open_13(self, record: Record) -> bytes:
        """Content and content type of a TLS 1.3 record."""
        header = bytes([record.kind]) + record.version + struct.pack(">H", len(record.content))
        return self._opened(self._counted(self.vector), record.content, header)

    def open_12(self, record: Record) -> bytes:
        """Content of a TLS 1.2 record."""
        explicit = self.suite.explicit
        nonce = self.vector + record.content[:explicit] if explicit else self._counted(self.vector)
        sealed = record.content[explicit:]
        header = struct.pack(">QB", self.sequence, record.kind) + record.version + struct.pack(">H", len(sealed) - 16)
        return self._opened(nonce, sealed, header)

    def _counted(self, vector: bytes) -> bytes:
        return (int.from_bytes(vector, "big") ^ self.sequence).to_bytes(12, "big")

    def _opened(self, nonce: bytes, sealed: bytes, header: bytes) -> bytes:
        content = self.suite.aead(self.key).decrypt(nonce, sealed, header)
        self.sequence += 1
        return content


def key_log_entries(lines: Iterable[str]) -> dict[bytes, Secrets]:
    """The lines of an NSS key log by client random; lines of another form are passed over."""
    entries: dict[bytes, Secrets] = {}
    for line in lines:
        fields = line.split()
        with suppress(ValueError):
            label, random, secret = fields
            entries.setdefault(bytes.fromhex(random), {})[label] = bytes.fromhex(secret)
    return entries


def client_random(from_device: bytes) -> bytes | None:
    """The random of the ClientHello that a stream begins with; None where it begins with something else."""
    if from_device[:1] == bytes([_HANDSHAKE]) and from_device[5:6] == bytes([_CLIENT_HELLO]) and len(from_device) >= 43:
        return from_device[11:43]
    return None


def open_streams(from_device: bytes, to_device: bytes, secrets: Secrets) -> bytes:
    """The application data of both directions, the device's first.

    Raises:
        ValueError: the suite is none of those that are read here, or a record does not open.
    """
    random = client_random(from_device) or b""
    handshakes = (record for record in _records(to_device) if record.kind == _HANDSHAKE)  # the alert of level 2 begins like a ServerHello
    hello = next((record for record in handshakes if record.content[:1] == bytes([_SERVER_HELLO]) and len(record.content) > 38), None)
    if hello is None:
        return b""
    session_length = hello.content[38]
    number = int.from_bytes(hello.content[39 + session_length : 41 + session_length], "big")
    if number not in _SUITES:
        raise ValueError(f"cipher suite {number:#06x} is not read here")
    suite = _SUITES[number]
    try:
        if "CLIENT_RANDOM" in secrets:
            client, server = _ciphers_12(suite, secrets["CLIENT_RANDOM"], random, hello.content[6:38])
            return _open_12(from_device, client) + _open_12(to_device, server)
        return _open_13(from_device, suite, secrets, "CLIENT") + _open_13(to_device, suite, secrets, "SERVER")
    except InvalidTag as error:
        raise ValueError("a record does not open with the keys of its connection") from error


def _records(stream: bytes) -> Iterator[Record]:
    place = 0
    while place + 5 <= len(stream):
        length = int.from_bytes(stream[place + 3 : place + 5], "big")
        if place + 5 + length > len(stream):
            return
        yield Record(stream[place], stream[place + 1 : place + 3], stream[place + 5 : place + 5 + length])
        place += 5 + length


def _open_13(stream: bytes, suite: Suite, secrets: Secrets, side: str) -> bytes:
    ciphers = _ciphers_13(suite, secrets, side)
    cipher = next(ciphers)
    data = b""
    for record in _records(stream):
        if record.kind != _APPLICATION:
            continue
        try:
            content = cipher.open_13(record)
        except InvalidTag:
            following = next(ciphers, None)
            if following is None:
                break
            cipher = following
            content = cipher.open_13(record)
        inner = content.rstrip(b"\0")
        data += inner[:-1] if inner[-1:] == bytes([_APPLICATION]) else b""
    return data


def _ciphers_13(suite: Suite, secrets: Secrets, side: str) -> Iterator[_Cipher]:
    """One after the other: that of the handshake, that of the application data, then one after each key update.

    A receiver that breaks off over the client certificate never has the second one of the client: what the client sent under it
    opens to nobody.
    """
    handshake, application = f"{side}_HANDSHAKE_TRAFFIC_SECRET", f"{side}_TRAFFIC_SECRET_0"
    if handshake not in secrets:
        raise ValueError(f"the key log has no {handshake}")
    yield _cipher_13(suite, secrets[handshake])
    if application not in secrets:
        return
    secret = secrets[application]
    yield _cipher_13(suite, secret)
    while True:
        secret = _expand_label(suite.digest, secret, b"traffic upd", len(secret))
        yield _cipher_13(suite, secret)


def _cipher_13(suite: Suite, secret: bytes) -> _Cipher:
    return _Cipher(suite, _expand_label(suite.digest, secret, b"key", suite.key_length), _expand_label(suite.digest, secret, b"iv", 12))


def _open_12(stream: bytes, cipher: _Cipher) -> bytes:
    data, encrypted = b"", False
    for record in _records(stream):
        if record.kind == _CHANGE_CIPHER:
            encrypted = True
        elif encrypted:
            content = cipher.open_12(record)
            data += content if record.kind == _APPLICATION else b""
    return data


def _ciphers_12(suite: Suite, master: bytes, client: bytes, server: bytes) -> tuple[_Cipher, _Cipher]:
    implicit = 4 if suite.explicit else 12
    block = _prf(suite.digest, master, b"key expansion" + server + client, 2 * (suite.key_length + implicit))
    keys, vectors = block[: 2 * suite.key_length], block[2 * suite.key_length :]
    return (
        _Cipher(suite, keys[: suite.key_length], vectors[:implicit]),
        _Cipher(suite, keys[suite.key_length :], vectors[implicit:]),
    )


def _prf(digest: str, secret: bytes, seed: bytes, length: int) -> bytes:
    """P_hash (RFC 5246, 5)."""
    output, link = b"", seed
    while len(output) < length:
        link = hmac.digest(secret, link, digest)
        output += hmac.digest(secret, link + seed, digest)
    return output[:length]


def _expand_label(digest: str, secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-Expand-Label with an empty context (RFC 8446, 7.1; RFC 5869, 2.3)."""
    name = b"tls13 " + label
    info = struct.pack(">HB", length, len(name)) + name + b"\0"
    output, block, count = b"", b"", 0
    while len(output) < length:
        count += 1
        block = hmac.digest(secret, block + info + bytes([count]), digest)
        output += block
    return output[:length]
