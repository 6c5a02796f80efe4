"""``wican-rig pki``: the files of a certificate set, ready to upload, and of the server that goes with it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from rig.errors import UsageError
from rig.pki import Authority, Leaf
from rig.pki.wrong import case, names

CA, CA_KEY = "ca.pem", "ca.key"
CLIENT, CLIENT_KEY = "client.crt", "client.key"
SERVER, SERVER_KEY = "server.pem", "server.key"
_HELP = f"""
Write the files of a certificate set and of a server that it trusts.

Into DIR go {CA} (upload it in the device's Certificate Manager as the set's CA), {SERVER} and {SERVER_KEY} (for your HTTPS server:
nginx, Node, `wican-rig receive`), and with --client also {CLIENT} and {CLIENT_KEY} (upload both, for mutual TLS; your server then
has to trust {CA} for clients). The certificates hold for 30 days. An authority that DIR has already is used again, so that a set on
a device goes on working. Name every host as the device's URL has it, DNS names and IP addresses.

With --wrong the server's certificate is wrong in one way, for trying what a client refuses; --list shows the ways.

Examples:

    wican-rig pki my-set collector.example.com 192.168.0.10

    wican-rig pki my-set collector.example.com --client my-wican

    wican-rig pki my-set collector.example.com --wrong expired
"""


def pki(
    *,
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Where the files go.")] = None,
    hosts: Annotated[list[str] | None, typer.Argument(metavar="HOST...", help="Names and addresses of the server.")] = None,
    client: Annotated[str | None, typer.Option(metavar="NAME", help="Make a client certificate of this name, too.")] = None,
    wrong: Annotated[str | None, typer.Option(metavar="CASE", help="Make the server's certificate wrong in this way.")] = None,
    list_cases: Annotated[bool, typer.Option("--list", help="List the ways in which it can be wrong.")] = False,
) -> None:
    """Writes the files and says what each is for."""
    if list_cases:
        typer.echo("\n".join(names()))
        raise typer.Exit(0)
    if folder is None or not hosts:
        raise UsageError("name a folder and the server's hosts: wican-rig pki my-set collector.example.com")
    if wrong is not None and wrong not in names():
        raise UsageError(f"--wrong {wrong}: there are {', '.join(names())}")
    authority = authority_in(folder)
    server = case(wrong, authority, hosts[0]).wrong if wrong else authority.issue(*hosts)
    write_identity(folder, server, SERVER, SERVER_KEY)
    told = [f"{folder / CA}: upload as the set's CA", f"{folder / SERVER}, {folder / SERVER_KEY}: for the server {', '.join(hosts)}"]
    if wrong:
        told[-1] += f" (wrong: {wrong}; a careful client refuses it)"
    if client is not None:
        write_identity(folder, authority.client(client), CLIENT, CLIENT_KEY)
        told.append(f"{folder / CLIENT}, {folder / CLIENT_KEY}: upload as the set's client certificate and key")
    typer.echo("\n".join(told))


def authority_in(folder: Path) -> Authority:
    """The authority whose files are in `folder`, made where there are none.

    Raises:
        UsageError: the folder cannot be written, or holds something else under these names.
    """
    try:
        if (folder / CA).exists() and (folder / CA_KEY).exists():
            return Authority.load(str(folder / CA), (folder / CA).read_bytes(), (folder / CA_KEY).read_bytes())
        folder.mkdir(parents=True, exist_ok=True)
        made = Authority.root("wican-rig pki")
        _write(folder / CA, made.certificate_pem)
        _write(folder / CA_KEY, made.key_pem, private=True)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}; choose a folder that can be written") from error
    return made


def write_identity(folder: Path, leaf: Leaf, certificate: str, key: str) -> None:
    """Writes chain and key of a server or client, the key for its owner only."""
    _write(folder / certificate, leaf.chain_pem)
    _write(folder / key, leaf.key_pem, private=True)


def _write(path: Path, data: bytes, *, private: bool = False) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("pki", help=_HELP)(pki)
