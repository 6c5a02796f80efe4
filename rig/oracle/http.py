"""The head of a request as section 4.1 has it: HTTP/1.1, one Host header, JSON, a true length, the configured target."""

from collections.abc import Sequence
from typing import Protocol

HTTPS_PORT = 443


class Head(Protocol):
    """What is read of a request; a receiver's record has it."""

    @property
    def version(self) -> str:
        """Protocol version, for example ``HTTP/1.1``."""

    @property
    def body(self) -> bytes:
        """The body without its transfer coding."""

    def header(self, name: str) -> list[str]:
        """Values of every header line of that name."""


def host_and_version(request: Head, host: str, port: int) -> list[str]:
    """What is wrong with the version and the Host header (RFC 9112, 3.2; RFC 9110, 7.2), in words."""
    problems = [] if request.version.upper().removeprefix("HTTP/") == "1.1" else [f"the version is {request.version}, not HTTP/1.1"]
    values = request.header("Host")
    name = f"[{host}]" if ":" in host else host
    allowed = {name.lower(), f"{name}:{port}".lower()} if port == HTTPS_PORT else {f"{name}:{port}".lower()}
    if len(values) != 1:
        problems.append(f"{len(values)} Host headers")
    elif values[0].lower() not in allowed:
        problems.append(f"Host is {values[0]!r}, not {max(allowed, key=len)!r}")
    return problems


def content_type(request: Head) -> list[str]:
    """What is wrong with the Content-Type, in words; a charset parameter that says UTF-8 is allowed (RFC 9110, 8.3)."""
    values = request.header("Content-Type")
    if len(values) != 1:
        return [f"{len(values)} Content-Type headers"]
    media_type, *parameters = [part.strip().lower() for part in values[0].split(";")]
    if media_type != "application/json":
        return [f"Content-Type is {values[0]!r}"]
    others = [parameter for parameter in parameters if parameter and parameter.replace('"', "") != "charset=utf-8"]
    return [f"Content-Type has the parameter {other!r}" for other in others]


def length(request: Head) -> list[str]:
    """What is wrong with how the length is announced (RFC 9112, 6), in words: one true Content-Length, or chunked."""
    lengths, codings = request.header("Content-Length"), [value.strip().lower() for value in request.header("Transfer-Encoding")]
    if codings:
        problems = [] if codings == ["chunked"] else [f"Transfer-Encoding is {', '.join(codings)}"]
        return problems + (["both Content-Length and Transfer-Encoding"] if lengths else [])
    if len(lengths) != 1:
        return [f"{len(lengths)} Content-Length headers"]
    return [] if lengths[0].strip() == str(len(request.body)) else [f"Content-Length is {lengths[0]!r} for {len(request.body)} bytes"]


def target(path: str, pairs: Sequence[tuple[str, str]] = ()) -> str:
    """The request target for a URL's path (with its own query, if any) and the configured pairs (section 3.2)."""
    query = "&".join(f"{key}={value}" for key, value in pairs)
    if not query:
        return path
    return f"{path}{'&' if '?' in path else '?'}{query}"
