"""A store whose body ends before its announced length, as when a browser or the network dies in the middle of it."""

import socket
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from rig.device.web import ANSWER_LIMIT, Answer, WebApi
from rig.errors import BenchError


def post_unfinished(web: WebApi, path: str, body: bytes, announced: int, timeout_s: float = 5.0) -> Answer | None:
    """Sends `body` under a Content-Length of `announced` and then says that it is done; None where the device hangs up without a word.

    Releases 4.40p and 4.50p serve nobody else until the peer has gone (web API facts, 1.1), which it has when this returns.

    Raises:
        BenchError: the device cannot be connected to.
    """
    parts = urlsplit(web.url)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: {announced}\r\n"
        "Connection: close\r\n\r\n"
    )
    try:
        sock = socket.create_connection((parts.hostname or "", parts.port or 80), timeout_s)
    except OSError as error:
        raise BenchError(f"{web.url}{path}: no connection to the web API ({error})") from error
    with sock:
        try:
            sock.sendall(head.encode() + body)
            sock.shutdown(socket.SHUT_WR)
            response = HTTPResponse(sock)
            response.begin()
            return Answer(response.status, response.getheader("Content-Type") or "", response.read(ANSWER_LIMIT))
        except (OSError, HTTPException):
            return None
