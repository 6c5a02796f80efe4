"""``wican-rig restore``: gives a device its own configuration back after a run that could not."""

from pathlib import Path
from typing import Annotated

import typer

from rig.bench import backup as backups
from rig.bench import read_bench_file
from rig.bench.backup import Backup
from rig.bench.restart import Allowance
from rig.bench.safekeeping import give_back
from rig.device.mdns import locate
from rig.device.physical import PhysicalDevice
from rig.errors import BenchError, UsageError

_HELP = """
Give devices their own configuration back.

A run keeps main configuration, Automate document and car profile of a device before it changes anything, and puts them back at
its end. Where it was killed, this command does it: it takes the rig's certificate sets away, stores what the device had, reboots
it, compares, and only then forgets the backup. Without a device it does so for every backup that waits; with none waiting it does
nothing, so CI may call it before each run. Exit code: 0 nothing is owed any more, 3 a device could not be given its own back.

Examples:

    wican-rig restore --list

    wican-rig restore

    wican-rig restore --bench my-bench.toml

    wican-rig restore aabbccddeeff --url http://192.168.0.147
"""


def restore(
    *,
    device: Annotated[str | None, typer.Argument(metavar="[DEVICE]", help="Id of the device; default: all that wait.")] = None,
    bench: Annotated[Path | None, typer.Option(metavar="FILE", help="Reach the device as this bench file says.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where the device is now, if its address has changed.")] = None,
    only_list: Annotated[bool, typer.Option("--list", help="Say which backups wait, and do nothing.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Delete the backup; the device stays as the rig left it.")] = False,
) -> None:
    """Goes through the backups that are meant."""
    file = read_bench_file(bench) if bench else None
    waiting = backups.waiting_devices()
    if device is not None and device not in waiting:
        raise UsageError(f"no backup of device {device} waits; there are {', '.join(waiting) or 'none'} in {backups.folder()}")
    chosen = [device] if device is not None else waiting
    if (url or discard) and len(chosen) > 1:
        raise UsageError(f"backups of {', '.join(waiting)} wait; name the one that is meant")
    if not chosen:
        typer.echo("no device is owed anything")
    trouble = False
    for name in chosen:
        backup = backups.read(name)
        if backup is None or only_list:
            typer.echo(f"{name}: {backup.taken_text if backup else 'gone'}, {backup.url if backup else ''}".rstrip(", "))
        elif discard:
            backups.forget(name)
            typer.echo(f"{name}: the backup is deleted")
        else:
            where, allowance = (url or backup.url, Allowance()) if file is None else (url or file.url, file.allowance)
            trouble = not _restored(backup, where, allowance) or trouble
    raise typer.Exit(3 if trouble else 0)


def _restored(backup: Backup, url: str, allowance: Allowance) -> bool:
    if backup.owner_is_alive:
        typer.echo(f"{backup.device_id}: {backups.waiting(backup)}", err=True)
        return False
    try:
        device = PhysicalDevice(locate(url), web_timeout_s=allowance.web_s)
        give_back(device, backup, allowance)
    except BenchError as error:
        typer.echo(f"{backup.device_id}: {error}; the backup stays", err=True)
        return False
    backups.forget(backup.device_id)
    typer.echo(f"{backup.device_id}: has its configuration of {backup.taken_text} back")
    return True


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("restore", help=_HELP)(restore)
