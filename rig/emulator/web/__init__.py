"""The web API of the device: one request at a time, the texts and codes of the firmware (web API facts, 1)."""

import asyncio
import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from rig.emulator.behaviour import Point
from rig.emulator.options import Address
from rig.emulator.web.call import Answer, Call, Route, refused
from rig.emulator.web.routes import NOT_ALLOWED, find

if TYPE_CHECKING:
    from rig.emulator.device import Device

_BACKLOG = 128
_LONGEST_URI = 1024
_LONGEST_HEAD = 1024
_RECEIVE_WAIT_S = 5.0


class _Response(web.Response):
    """A response whose head has Content-Type and Content-Length and nothing else."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        for name in ("Date", "Server", "Connection"):
            self.headers.pop(name, None)


class WebServer:
    """Listens while the device is up and can be reached; its port is kept over reboots."""

    def __init__(self, device: "Device") -> None:
        self._device = device
        self._turn = asyncio.Lock()
        self._place: socket.socket | None = None
        self._listening: socket.socket | None = None
        self._handler: web.Server | None = None
        self._opening: asyncio.Task[asyncio.Server] | None = None

    @property
    def url(self) -> str:
        """Where it is reached."""
        host, port = self._where()
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def reserve(self, address: Address) -> None:
        """Takes the port for the life of the process without listening, so that a reboot does not lose it.

        Raises:
            OSError: it is taken.
        """
        self._place = _bound(address.host, address.port)

    def release(self) -> None:
        """Gives the port back."""
        if self._place is not None:
            self._place.close()

    def open(self) -> None:
        """Listens; connections are taken from now on and served with the next turn of the loop."""
        if self._listening is not None:
            return
        self._turn = asyncio.Lock()
        self._listening = _bound(*self._where())
        self._listening.listen(_BACKLOG)
        self._handler = web.Server(self._serve, access_log=None, lingering_time=0.2, keepalive_timeout=3600)
        loop = asyncio.get_running_loop()
        self._opening = loop.create_task(loop.create_server(self._handler, sock=self._listening, backlog=_BACKLOG))

    def close(self) -> None:
        """Stops listening and drops every connection without a word."""
        if self._listening is None or self._handler is None or self._opening is None:
            return
        if self._opening.done():
            self._opening.result().close()
        else:
            self._opening.cancel()
        self._listening.close()
        for connection in list(self._handler.connections):
            _drop(connection.transport)
        self._listening = self._handler = self._opening = None

    def _where(self) -> tuple[str, int]:
        if self._place is None:
            raise RuntimeError("the web server has no port yet")
        name = self._place.getsockname()
        return str(name[0]), int(name[1])

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        route = find(self._device.behaviour, request.method, path)
        length = _length(request, route)
        answer = _refusal(request, route, length)
        if answer is None:
            blocks = self._device.behaviour.short_body_blocks
            body = b"" if blocks else await _received(request, length, _RECEIVE_WAIT_S)
            async with self._turn:
                body = await _received(request, length, None) if blocks else body
                headers = {name.lower(): value for name, value in request.headers.items()}
                call = Call(self._device, request.method, path, query, headers, body or b"")
                answer = refused("Failed to receive data", 500) if body is None else await route.handler(call)
                answer = self._device.behaviour.pass_through(Point.WEB_ANSWER, answer, call)
        if answer.reset:
            _drop(request.transport)
        response = _Response(status=answer.status, reason=_reason(answer.status), body=answer.body)
        response.headers["Content-Type"] = answer.content_type
        if answer.closes:
            response.force_close()
        return response


def _refusal(request: web.BaseRequest, route: Route, length: int) -> Answer | None:
    """What is answered before anything is looked at; None to go on."""
    if len(request.raw_path) > _LONGEST_URI:
        return refused("URI is too long", 414)
    if sum(len(name) + len(value) + 4 for name, value in request.raw_headers) > _LONGEST_HEAD:
        return refused("Header fields are too long", 431)
    if length > route.limit or (length == 0 and not route.may_be_empty):
        return route.bad_length or refused("Invalid content length")
    return None


def _length(request: web.BaseRequest, route: Route) -> int:
    """Announced length of the body; a chunked body counts as none, a body nobody asked for as not there."""
    if route is NOT_ALLOWED or request.method == "GET":
        return 0
    return request.content_length or 0


async def _received(request: web.BaseRequest, length: int, wait_s: float | None) -> bytes | None:
    """The body; None if it does not come, `wait_s` being the longest pause."""
    body = bytearray()
    try:
        while len(body) < length:
            piece = await asyncio.wait_for(request.content.readany(), wait_s)
            if not piece:
                return None
            body += piece
    except (TimeoutError, web.RequestPayloadError, ConnectionError):
        return None
    return bytes(body)


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _drop(transport: asyncio.BaseTransport | None) -> None:
    """Ends a connection with a reset, as one that lost its peer."""
    if isinstance(transport, asyncio.Transport):
        plain = transport.get_extra_info("socket")
        if plain is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
