"""``wican-rig emulate --to``: an emulated WiCAN-PRO in an emulated car posts to an endpoint, for those who write endpoints."""

import os
import signal
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from rig.errors import UsageError
from rig.profile import read_profile
from rig.requirements import fixtures_folder
from rig.trial.summary import Summary, line_of
from rig.trial.trial import Trial, Wanted
from rig.vehicle import read_vehicle

_HELP = """
Try an endpoint: an emulated car drives, and an emulated WiCAN-PRO posts its telemetry to your URL.

Names are resolved and certificates verified as they really are. Each exchange is told in one line: status, size of the body, how
long it took, and in plain words what went wrong. It ends with a summary, after --count exchanges or by Ctrl-C. Exit code: 0 all
were accepted, 1 one was not (or none came), 2 usage, 3 the emulated bench is in trouble.

Examples:

    wican-rig emulate --to https://my.endpoint/ingest --bearer @token.txt --cycle 5000 --vehicle drive

    wican-rig emulate --to https://localhost:8443/ --ca my-ca.pem --cert device.pem --key device.key --count 3
"""


def _post(  # noqa: PLR0913 (a command line has as many parameters as options)
    *,
    to: Annotated[str, typer.Option(metavar="URL", help="Where to post: https://…, or http://… for the device's type HTTP POST.")],
    bearer: Annotated[str | None, typer.Option(metavar="@FILE|env:NAME", help="Bearer token, from a file or the environment.")] = None,
    cycle: Annotated[int, typer.Option(metavar="MS", help="Milliseconds between POSTs; 0 posts on changes only.")] = 5000,
    vehicle: Annotated[str, typer.Option(metavar="drive|still|FILE", help="A car on a drive, standing still, or from a file.")] = "drive",
    seed: Annotated[int, typer.Option(metavar="S", help="Seed of the drive: the same seed is the same drive.")] = 1,
    count: Annotated[int | None, typer.Option(metavar="N", min=1, help="End after so many exchanges.")] = None,
    ca: Annotated[Path | None, typer.Option(metavar="FILE", help="PEM of the CA to trust; default the public roots.")] = None,
    cert: Annotated[Path | None, typer.Option(metavar="FILE", help="PEM of the device's client certificate.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="PEM of its key.")] = None,
    profile: Annotated[str, typer.Option(metavar="P", help="How the device behaves: document, 4.40p, 4.50p.")] = "document",
) -> None:
    """Starts the trial and tells what comes of it."""
    read_profile(profile)
    _checked_url(to)
    if cycle < 0 or 0 < cycle < 1000:
        raise UsageError(f"--cycle {cycle}: 1000 ms or more, or 0 for POSTs on changes only")
    wanted = Wanted(
        url=to,
        bearer=_token(bearer) if bearer is not None else None,
        cycle_ms=cycle,
        seed=seed if vehicle == "drive" else None,
        fixture=None if vehicle in {"drive", "still"} else read_vehicle(_vehicle_file(vehicle)),
        ca=_pem(ca, "--ca"),
        certificate=_pem(cert, "--cert"),
        key=_pem(key, "--key"),
        profile=profile,
    )
    _checked_pair(cert, key)
    raise typer.Exit(_tell(wanted, count))


def _tell(wanted: Wanted, count: int | None) -> int:
    summary, counted = Summary(), None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Trial(wanted) as trial:
            every = f"every {wanted.cycle_ms} ms" if wanted.cycle_ms else "on changes"
            typer.echo(f"emulated WiCAN-PRO {trial.device_id} ({wanted.profile}) posts to {wanted.url} {every}; its page: {trial.page}")
            summary.begin()
            try:
                for exchange in trial.exchanges():
                    summary.exchanges.append(exchange)
                    typer.echo(line_of(exchange))
                    if exchange.number == count:
                        break
            except KeyboardInterrupt:
                typer.echo()
            counted = trial.counted()
    except KeyboardInterrupt:
        typer.echo()
    for line in summary.lines(counted):
        typer.echo(line)
    return 0 if summary.good else 1


def _checked_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme.lower() in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(url) > 1024:
        raise UsageError(f"--to {url}: has to be a URL such as https://my.endpoint/ingest, of up to 1024 characters")


def _token(source: str) -> str:
    """A token never stands on the command line, where every user of the machine can read it."""
    if source.startswith("@"):
        token = _read(Path(source[1:]), "--bearer").decode("utf-8", "replace").strip()
    elif source.startswith("env:"):
        token = os.environ.get(source[4:], "").strip()
    else:
        raise UsageError("--bearer: the token comes from a file (--bearer @FILE) or the environment (--bearer env:NAME)")
    if not token or any(character.isspace() for character in token):
        raise UsageError(f"--bearer {source}: holds no token of one word")
    return token


def _vehicle_file(name: str) -> Path:
    """A file, or the name of one of the vehicles that the rig brings."""
    own = fixtures_folder() / "vehicles" / f"{name}.toml"
    return own if own.is_file() else Path(name)


def _pem(file: Path | None, option: str) -> bytes | None:
    if file is None:
        return None
    content = _read(file, option)
    if b"-----BEGIN " not in content:
        raise UsageError(f"{option} {file}: holds no PEM")
    return content


def _checked_pair(cert: Path | None, key: Path | None) -> None:
    if (cert is None) != (key is None):
        raise UsageError("--cert and --key belong together")
    if cert is None or key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(cert, key, password="")
    except (ssl.SSLError, OSError) as error:
        raise UsageError(f"--cert {cert} and --key {key}: cannot be used together ({error})") from error


def _read(file: Path, option: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{option} {file}: cannot be read ({error.strerror})") from error


def post(arguments: Sequence[str]) -> None:
    """Runs the command with these arguments, and ends the process with its exit code."""
    app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    app.command(help=_HELP)(_post)
    words = ["--help"] if "--help" in arguments else [*arguments]  # else --to would take --help for a URL
    typer.main.get_command(app).main(words, prog_name="wican-rig emulate")
