"""The request: its target, its header lines, and the two writes in which head and body leave."""

import base64
from collections.abc import Iterator

from rig.emulator.active import Auth
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.publisher.turn import Turn
from rig.emulator.publisher.url import Url, parse, with_query

Headers = list[tuple[str, str]]


class HeadLostError(Exception):
    """The head does not fit the buffer, and nothing is sent."""


def destination_url(turn: Turn) -> Url:
    """Where an attempt goes, query parameters included.

    Raises:
        BadUrlError: the URL is unusable.
    """
    behaviour, destination = turn.device.behaviour, turn.destination
    pairs = [*_key_in_query(destination.auth), *destination.query][: behaviour.query_limit]
    url = parse(with_query(destination.url, pairs, encoded=behaviour.query_encoded), strict=behaviour.strict_hosts)
    target = behaviour.pass_through(Point.TARGET, url.target, turn)
    return Url(url.scheme, url.host, url.port, target)


def header_lines(turn: Turn, host: str, length: int) -> Headers:
    """Header lines in the firmware's order; a credential named like one of them takes its place."""
    behaviour = turn.device.behaviour
    lines: Headers = [("User-Agent", behaviour.user_agent), ("Host", host), ("Content-Type", turn.content_type)]
    for name, value in credentials(turn):
        same = [index for index, (known, _) in enumerate(lines) if known.lower() == name.lower()]
        if same:
            lines[same[0]] = (lines[same[0]][0], value)
        else:
            lines.append((name, value))
    return list(behaviour.pass_through(Point.HEADERS, [*lines, ("Content-Length", str(length))], turn))


def credentials(turn: Turn) -> Iterator[tuple[str, str]]:
    """The header line that authorises the destination, if any."""
    behaviour, destination = turn.device.behaviour, turn.destination
    auth = destination.auth
    if auth.type == "bearer" and auth.bearer:
        yield "Authorization", f"Bearer {_cleaned(auth.bearer, behaviour)}"
    elif auth.type == "api_key_header" and auth.api_key:
        yield _cleaned(auth.api_key_header_name, behaviour) or "x-api-key", _cleaned(auth.api_key, behaviour)
    elif auth.type == "basic" and not auth.basic_username is auth.basic_password is None:
        pair = f"{auth.basic_username or ''}:{auth.basic_password or ''}"
        value = f"Basic {base64.b64encode(pair.encode()).decode()}"
        yield "Authorization", value[:255] if behaviour.head_buffer else value
    elif auth.type not in _SCHEMES and destination.api_token and behaviour.stale_token_sent:
        yield "Authorization", f"Bearer {_cleaned(destination.api_token, behaviour)}"


def request_bytes(turn: Turn, target: str, lines: Headers, body: bytes) -> list[bytes]:
    """Head and body, each a write of its own.

    Raises:
        HeadLostError: the device's buffer is too small for the target.
    """
    size = turn.device.behaviour.head_buffer
    head = whole_head(target, lines) if size is None else buffered_head(target, lines, size)
    return list(turn.device.behaviour.pass_through(Point.REQUEST_BYTES, [head, body], turn))


def whole_head(target: str, lines: Headers) -> bytes:
    """The head as it should be."""
    text = f"POST {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"
    return text.encode("utf-8", "surrogatepass")


def buffered_head(target: str, lines: Headers, size: int) -> bytes:
    """The head as it leaves a buffer of `size` bytes (512 in the firmware, web API facts 5.1).

    A target close to the size loses the whole head, a longer one everything; a header line that does not fit ends the head
    before its blank line.
    """
    if len(target) > size - 17:
        raise HeadLostError("Out of buffer")
    if len(target) > size - 48:
        return b""
    for index, (name, value) in enumerate(lines):
        if len((name + value).encode()) > size - 7:
            return whole_head(target, lines[:index]).removesuffix(b"\r\n")
    return whole_head(target, lines)


_SCHEMES = ("bearer", "api_key_header", "api_key_query", "basic")


def _key_in_query(auth: Auth) -> Iterator[tuple[str, str]]:
    if auth.type == "api_key_query" and auth.api_key and auth.api_key_query_name:
        yield auth.api_key_query_name, auth.api_key


def _cleaned(text: str, behaviour: Behaviour) -> str:
    """A credential that can add no header line; the firmware trims blanks only."""
    kept = "".join(character for character in text if character.isprintable()) if behaviour.values_cleaned else text
    return kept.strip(" ")
