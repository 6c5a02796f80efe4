"""URLs of destinations: taken apart, and extended by query parameters."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_ESCAPE = re.compile(r"(%[0-9A-Fa-f]{2})")
_QUERY_SAFE = "!$'()*+,;:@/?"
_URL_SAFE = "!$&'()*+,;=:@/?%#[]"
_PORTS = {"http": 80, "https": 443}


class BadUrlError(ValueError):
    """A URL that cannot be used."""


@dataclass(frozen=True)
class Url:
    """A URL apart; `target` is path and query as they are requested (RFC 9112, 3.2.1)."""

    scheme: str
    host: str
    port: int
    target: str

    def host_header(self, *, either_default: bool = False) -> str:
        """Value of Host: without the scheme's own port; with `either_default` without 80 and 443, whatever the scheme."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        left_out = set(_PORTS.values()) if either_default else {_PORTS[self.scheme]}
        return host if self.port in left_out else f"{host}:{self.port}"

    @property
    def encrypted(self) -> bool:
        """Whether it is reached over TLS."""
        return self.scheme == "https"

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True


def parse(text: str, *, strict: bool = False) -> Url:
    """Takes a URL apart; user information and fragment are dropped, path and query stay as written.

    With `strict` a blank, a control or non-ASCII character anywhere, or an underscore in the host, makes it unusable; else such
    characters are percent-encoded.

    Raises:
        BadUrlError: it has no host, no usable port, or another scheme than http and https.
    """
    if strict and re.search(r"[^\x21-\x7e]", text):
        raise BadUrlError(f"Error parse url {text}")
    found = _URL.fullmatch(text)
    scheme = found["scheme"].lower() if found else ""
    if found is None or scheme not in _PORTS:
        raise BadUrlError(f"Error parse url {text}")
    host, port = _host_and_port(found["authority"].rpartition("@")[2], _PORTS[scheme])
    if not host or (strict and "_" in host):
        raise BadUrlError(f"Error parse url {text}")
    rest = found["rest"].partition("#")[0]
    target = rest if rest.startswith("/") else f"/{rest}"
    return Url(scheme, host, port, quote(target, safe=_URL_SAFE))


def with_query(url: str, pairs: Iterable[tuple[str, str]], *, encoded: bool) -> str:
    """`url` with query parameters appended in order: ``?k=v``, then ``&k=v``.

    Encoded, only what may not stand in a query is escaped, and what is escaped already stays; a fragment gives way. Else
    everything is copied as it is, and a fragment swallows the parameters.
    """
    extended = url.partition("#")[0] if encoded else url
    begun = encoded and extended.endswith(("?", "&"))
    for key, value in pairs:
        separator = "" if begun else "&" if "?" in extended else "?"
        begun = False
        if encoded:
            key, value = quote_once(key, _QUERY_SAFE), quote_once(value, _QUERY_SAFE + "=")  # noqa: PLW2901 (the same pair, escaped)
        extended += f"{separator}{key}={value}"
    return extended


def quote_once(text: str, safe: str) -> str:
    """`text` percent-encoded, apart from what is a percent-escape already."""
    pieces = _ESCAPE.split(text)
    return "".join(piece if _ESCAPE.fullmatch(piece) else quote(piece, safe=safe) for piece in pieces)


def _host_and_port(authority: str, default: int) -> tuple[str, int]:
    found = re.fullmatch(r"(\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]]*))(:(?P<port>\d{1,5}))?", authority)
    if found is None:
        raise BadUrlError(f"Error parse url {authority}")
    port = int(found["port"]) if found["port"] else default
    if not 0 < port < 65536:
        raise BadUrlError(f"Error parse url {authority}")
    return found["six"] or found["name"], port
