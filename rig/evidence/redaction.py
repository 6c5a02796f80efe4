"""Secrets out of evidence, at the moment it is written and in every form in which they travel.

A secret of at least 8 characters is found anywhere. A shorter one is found where it stands by itself, between quotes, blanks or
the separators of JSON, URLs and forms: otherwise a network called "bench" would black out host names. The credentials among the
fields of the status block are blacked out whatever they hold.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias
from urllib.parse import quote, quote_plus

from rig.evidence.credentials import NAMES
from rig.evidence.fingerprint import marked, users_key

_LONG = 8
_SHORTEST = 3
_SHORTEST_BASE64 = 6
_EDGE = rb"\s\"'=&,;:()<>\[\]{}"
_FIELD = re.compile(rb'("(?:' + "|".join(NAMES).encode() + rb')"\s*:\s*)("(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*)', re.DOTALL)

_BEGIN = "«redacted:".encode()

Substitute: TypeAlias = Callable[[str, int], bytes]
"""From a secret and the length it had to what stands in its place."""


class Redactor:
    """Replaces secrets by marks that show nothing but whether two of them are the same.

    `key` keys the marks; without one it is the user's own, kept on this machine.
    """

    def __init__(self, secrets: Iterable[str], *, key: bytes | None = None) -> None:
        worth_it = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._key = key
        self._forms = {form: secret for secret in worth_it for form in _written(secret)}
        self._stubs = {stub: secret for secret in worth_it for stub in _inside_base64(secret.encode("utf-8", "surrogatepass"))}
        patterns: list[bytes] = [*map(_standing, self._forms), *map(_with_ends, self._stubs)]
        patterns.sort(key=len, reverse=True)
        self._pattern = re.compile(b"|".join(patterns) or b"(?!)")

    @property
    def knows_secrets(self) -> bool:
        """Whether there is anything to look for, besides the named fields."""
        return bool(self._forms)

    def text(self, text: str) -> str:
        """`text` without secrets."""
        return self.data(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def data(self, data: bytes) -> bytes:
        """`data` without secrets; its length may change."""
        return self._replaced(data, lambda secret, _: self.mark(secret).encode())

    def mask(self, data: bytes) -> bytes:
        """`data` without secrets and as long as before, so that a length said elsewhere stays true."""
        return self._replaced(data, self._fitted)

    def holds_secret(self, data: bytes) -> bool:
        """Whether `data` has a secret in it."""
        return self.mask(data) != data

    def plain(self, value: object) -> object:
        """A JSON value without secrets, in its texts and in its keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(item) for item in value]
        return value

    def mark(self, secret: str) -> str:
        """What stands in place of `secret`."""
        return marked(secret, self._key or users_key())

    def _fitted(self, secret: str, length: int) -> bytes:
        digits = self.mark(secret).removeprefix("«redacted:").removesuffix("»")
        words = f"redacted:{digits}" if length >= len("redacted:") + len(digits) else digits
        return words.encode()[:length].ljust(length, b"*")

    def _replaced(self, data: bytes, substitute: Substitute) -> bytes:
        data = _FIELD.sub(lambda found: found[1] + _field(found[2], substitute), data)
        if not any(needle in data for needle in (*self._forms, *self._stubs)):
            return data
        return self._pattern.sub(lambda found: substitute(self._secret(found[0]), len(found[0])), data)

    def _secret(self, found: bytes) -> str:
        if found in self._forms:
            return self._forms[found]
        return next(secret for stub, secret in self._stubs.items() if stub in found)


def _field(value: bytes, substitute: Substitute) -> bytes:
    """The value of a credential field, whatever it is; an empty one and one that is a mark already stay."""
    quotes = value[:1] == b'"'
    inner = value[1:-1] if quotes else value
    if not inner or inner.startswith(_BEGIN):
        return value
    try:
        secret = str(json.loads(value))
    except ValueError:
        secret = inner.decode("utf-8", "backslashreplace")
    mark = substitute(secret, len(inner))
    return b'"%b"' % mark if quotes or len(mark) != len(inner) else mark


def _written(secret: str) -> Iterator[bytes]:
    """The secret as it stands, in JSON, and percent-encoded as URLs and forms have it."""
    yield secret.encode("utf-8", "surrogatepass")
    for ascii_only in (True, False):
        escaped = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield escaped.encode("utf-8", "surrogatepass")
        yield escaped.replace("/", r"\/").encode("utf-8", "surrogatepass")
    raw = secret.encode("utf-8", "surrogatepass")
    for encoded in (quote(raw, safe=""), quote(raw), quote_plus(raw), quote_plus(raw, safe="/")):
        yield encoded.encode()
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), encoded).encode()


def _inside_base64(secret: bytes) -> Iterator[bytes]:
    """The characters of a base64 text that `secret` alone decides, for the three ways it can fall onto its groups."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + secret + bytes(2))
        stub = encoded[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]
        if len(stub) >= _SHORTEST_BASE64:
            yield stub
            yield stub.translate(bytes.maketrans(b"+/", b"-_"))


def _with_ends(stub: bytes) -> bytes:
    """The characters beside a stub hold the rest of the secret's bits."""
    return rb"[A-Za-z0-9+/_-]?" + re.escape(stub) + rb"[A-Za-z0-9+/_-]?={0,2}"


def _standing(form: bytes) -> bytes:
    if len(form) >= _LONG:
        return re.escape(form)
    return rb"(?<![^" + _EDGE + rb"])" + re.escape(form) + rb"(?![^" + _EDGE + rb"])"
