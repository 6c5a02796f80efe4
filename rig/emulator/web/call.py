"""A call of the web API and its answer, apart from how they travel."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rig.emulator.device import Device

JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True)
class Answer:
    """Status, body and content type; `closes` ends the connection. `reset` drops it without any answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = HTML
    closes: bool = False
    reset: bool = False


@dataclass(frozen=True)
class Call:
    """One request: path and query as they arrived (nothing is decoded), header names in lower case, the whole body."""

    device: "Device"
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def parameter(self, name: str) -> str | None:
        """A parameter of the query, as it arrived; None if it is not there."""
        pairs = (pair.partition("=") for pair in self.query.split("&"))
        return next((value for key, _, value in pairs if key == name), None)


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    """What serves a path. A body of 0 bytes or of more than `limit` is answered with `bad_length`, unread."""

    handler: Handler
    limit: int = 8192
    bad_length: Answer | None = None
    may_be_empty: bool = False


def refused(text: str, status: int = 400) -> Answer:
    """An error as this server says it: plain words as text/html, and the connection closed."""
    return Answer(status, text.encode(), closes=True)


def told(value: object, status: int = 200) -> Answer:
    """JSON without blanks."""
    return Answer(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), JSON)


def said(text: str, content_type: str = HTML) -> Answer:
    """200 with a text."""
    return Answer(200, text.encode(), content_type)
