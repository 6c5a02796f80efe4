"""Reading a ClientHello for what it offers (RFC 8446, 4.1.2; RFC 5246, 7.4.1.2). Facts only: nothing is judged here."""

from collections.abc import Callable
from typing import Any

from rig.evidence.records import ClientHello

HANDSHAKE = 22
CLIENT_HELLO = 1
_TLS_1_3 = 0x0304
_RECORD_HEADER = 5
_MESSAGE_HEADER = 4


class Incomplete(Exception):  # noqa: N818 (not an error: more bytes are needed)
    """The ClientHello has not arrived whole yet."""


class _Bytes:
    """A reader that takes lengths from the wire; running over the end is a ValueError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise ValueError(f"{count} bytes announced, {len(self._data) - self._at} there")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def block(self, size: int) -> "_Bytes":
        """What a length of `size` bytes announces."""
        return _Bytes(self.take(self.number(size)))

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)


def read_client_hello(stream: bytes) -> ClientHello:
    """The ClientHello at the beginning of what a device sent, whether in one TLS record or in several.

    Raises:
        Incomplete: it goes on beyond these bytes.
        ValueError: there is none, or its lengths contradict each other.
    """
    message = _Bytes(_first_message(stream)[_MESSAGE_HEADER:])
    legacy_version, random, session_id = message.number(2), message.take(32), message.block(1).rest()
    suites = _numbers(message.block(2))
    message.block(1)  # compression methods
    extensions = _extensions(message.block(2)) if message else {}
    found = {name: read(_Bytes(extensions[code])) for code, (name, read) in _READERS.items() if code in extensions}
    ticket = bool(extensions.get(_SESSION_TICKET))
    # In TLS 1.3 a session id is there for middleboxes only (RFC 8446, D.4).
    by_id = bool(session_id) and _TLS_1_3 not in found.get("versions", ())
    return ClientHello(
        record_version=int.from_bytes(stream[1:3], "big"),
        legacy_version=legacy_version,
        cipher_suites=suites,
        session_offered=ticket or by_id or _PRE_SHARED_KEY in extensions,
        random=random,
        **found,
    )


def _first_message(stream: bytes) -> bytes:
    message, at = bytearray(), 0
    while len(message) < _MESSAGE_HEADER or len(message) < _MESSAGE_HEADER + int.from_bytes(message[1:4], "big"):
        if stream[at : at + 1] not in {b"", bytes([HANDSHAKE])}:
            raise ValueError("no ClientHello")
        length = int.from_bytes(stream[at + 3 : at + _RECORD_HEADER], "big")
        if len(stream) < at + _RECORD_HEADER + length or len(stream) < at + _RECORD_HEADER:
            raise Incomplete
        message += stream[at + _RECORD_HEADER : at + _RECORD_HEADER + length]
        at += _RECORD_HEADER + length
        if message and message[0] != CLIENT_HELLO:
            raise ValueError("no ClientHello")
    return bytes(message)


def _extensions(block: _Bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while block:
        code = block.number(2)
        found.setdefault(code, block.block(2).rest())
    return found


def _numbers(block: _Bytes) -> tuple[int, ...]:
    found = []
    while block:
        found.append(block.number(2))
    return tuple(found)


def _server_name(extension: _Bytes) -> str | None:
    names = extension.block(2)
    while names:
        kind, name = names.number(1), names.block(2).rest()
        if kind == 0:  # host_name (RFC 6066, 3)
            return name.decode("ascii", "backslashreplace")
    return None


def _protocols(extension: _Bytes) -> tuple[str, ...]:
    names, found = extension.block(2), []
    while names:
        found.append(names.block(1).rest().decode("ascii", "backslashreplace"))
    return tuple(found)


_SESSION_TICKET = 35  # RFC 5077
_PRE_SHARED_KEY = 41  # RFC 8446, 4.2.11
# Reader results are tuples of numbers or names, exactly as the fields of ClientHello want them.
_READERS: dict[int, tuple[str, Callable[[_Bytes], Any]]] = {
    0: ("server_name", _server_name),
    10: ("groups", lambda extension: _numbers(extension.block(2))),
    13: ("signature_algorithms", lambda extension: _numbers(extension.block(2))),
    16: ("alpn", _protocols),
    43: ("versions", lambda extension: _numbers(extension.block(1))),
}
