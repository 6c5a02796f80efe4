"""``wican-rig receive``: an HTTPS end with a CA of its own to upload, which prints what arrives and what is refused."""

import json
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from rig.commands.pki import CA, CLIENT, CLIENT_KEY, authority_in, write_identity
from rig.errors import UsageError
from rig.evidence.records import Attempt, Connection, Request
from rig.receiver import Receiver, Reply, ServerTls

_HELP = f"""
Receive HTTPS POSTs and print them: the test receiver for a device, or for anything else that posts.

The first run makes an authority and writes {CA} into --files. Upload it on the device's System tab (Certificate Manager) as the CA
of a new set, choose that set in an HTTPS destination, and give it the URL that is printed here. What arrives is printed with
headers and body; a handshake that the device breaks off is printed with its reason, which is what an ordinary server hides.

With --mutual a client certificate is demanded, and {CLIENT} and {CLIENT_KEY} to upload are written, too. By default the receiver
listens on this machine only: --listen 0.0.0.0 lets a device in the network reach it.

Examples:

    wican-rig receive --listen 0.0.0.0 --name rig.local

    wican-rig receive --listen 192.168.0.10 --port 8443 --mutual --count 10

    wican-rig receive --status 503 --delay 2
"""

_BODY_LINES = 40
_LOOK_S = 0.2


def receive(  # noqa: PLR0913 (a command line has as many parameters as options)
    *,
    listen: Annotated[str, typer.Option(metavar="ADDRESS", help="Address of this machine to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="Port; 0 takes a free one.", min=0, max=65535)] = 8443,
    name: Annotated[list[str] | None, typer.Option(metavar="HOST", help="A further DNS name in the certificate; may be repeated.")] = None,
    files: Annotated[Path, typer.Option(metavar="DIR", help="Where the authority is kept.")] = Path("wican-receive"),
    mutual: Annotated[bool, typer.Option("--mutual", help="Demand a client certificate of this authority.")] = False,
    status: Annotated[int, typer.Option(metavar="N", help="Answer with this status.")] = 200,
    delay: Annotated[float, typer.Option(metavar="S", help="Take so long to answer.", min=0)] = 0.0,
    count: Annotated[int | None, typer.Option(metavar="N", help="End after so many requests.", min=1)] = None,
    seconds: Annotated[float | None, typer.Option(metavar="S", help="End after so long; default: on Ctrl-C.")] = None,
    brief: Annotated[bool, typer.Option("--brief", help="One line for each request.")] = False,
) -> None:
    """Listens until it is to end."""
    authority = authority_in(files)
    hosts = list(dict.fromkeys([*(name or ()), *_addresses(listen), "localhost"]))
    tls = ServerTls(client_ca=authority.certificate_pem, require_client_certificate=True) if mutual else ServerTls()
    receiver = Receiver(authority.issue(*hosts), listen=listen, port=port, tls=tls)
    receiver.reply(Reply(status=status, delay_s=delay))
    told = threading.Lock()
    receiver.subscribe(lambda event: _show(event, told, brief))
    receiver.start()
    try:
        typer.echo(f"upload as the set's CA: {files / CA}")
        if mutual:
            write_identity(files, authority.client("wican"), CLIENT, CLIENT_KEY)
            typer.echo(f"and as its client certificate and key: {files / CLIENT}, {files / CLIENT_KEY}")
        typer.echo("URL for the destination: " + " or ".join(f"https://{host}:{receiver.port}/" for host in hosts if host != "localhost"))
        _stay(receiver, count, seconds)
    finally:
        receiver.stop()
    refused = sum(connection.failure is not None for connection in receiver.connections)
    typer.echo(f"{len(receiver.requests)} requests, {len(receiver.connections)} connections, {refused} of them failed")


def _stay(receiver: Receiver, count: int | None, seconds: float | None) -> None:
    end_s = None if seconds is None else time.monotonic() + seconds
    with suppress(KeyboardInterrupt):
        while end_s is None or time.monotonic() < end_s:
            if count is not None and receiver.wait(lambda one: _settled(one) >= count, _LOOK_S):
                return
            if count is None:
                time.sleep(_LOOK_S)


def _settled(receiver: Receiver) -> int:
    return sum(attempt.request is not None and attempt.ended_ns is not None for attempt in receiver.attempts)


def _show(event: Connection | Attempt, told: threading.Lock, brief: bool) -> None:
    stamp = time.strftime("%H:%M:%S")
    with told:
        if isinstance(event, Connection):
            if event.failure is not None:
                typer.echo(f"{stamp}  {event.peer[0]}  no request: {event.failure}")
        elif event.request is not None:
            request = event.request
            typer.echo(f"{stamp}  {request.method} {_plain(request.target)}  {len(request.body)} bytes, answered {event.status}")
            if not brief:
                typer.echo("\n".join(f"    {line}" for line in _lines(request)))


def _lines(request: Request) -> list[str]:
    head = [f"{_plain(name)}: {_plain(value)}" for name, value in request.headers]
    try:
        body = json.dumps(json.loads(request.body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        body = request.body.decode(errors="replace")
    lines = [_plain(line) for line in body.splitlines()]
    more = [f"({len(lines) - _BODY_LINES} more lines)"] if len(lines) > _BODY_LINES else []
    return [*head, "", *lines[:_BODY_LINES], *more, ""]


def _plain(text: str) -> str:
    """Without control characters: what a device sends does not steer a terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _addresses(listen: str) -> list[str]:
    """Addresses of this machine at which the receiver can be reached."""
    if listen not in {"0.0.0.0", "::"}:
        return [listen]
    found = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # RFC 5737: nothing is sent, it shows the address on the way out
        found.append(str(probe.getsockname()[0]))
    if not found:
        raise UsageError(f"--listen {listen}: this machine has no address in a network; name one")
    return found


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("receive", help=_HELP)(receive)
