"""``wican-rig costs``: the table of what each scenario costs, from a run."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rig.errors import UsageError

_HELP = """
Print what each scenario of a run cost: seconds, and boots of the device.

The table belongs into suites/costs.toml; a run starts its longest scenarios first and says beforehand how long it will take.

Example:

    wican-rig run && wican-rig costs reports/latest > suites/costs.toml
"""


def costs(run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run, with its evidence.")]) -> None:
    """Prints the table."""
    areas: dict[str, list[str]] = {}
    for file in sorted((run / "evidence").glob("*/*/timeline.jsonl")):
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        stamps = [float(line["stamp_s"]) for line in lines]
        boots = sum(line["kind"] == "boot" for line in lines)
        if stamps:
            areas.setdefault(file.parts[-3], []).append(f"{file.parts[-2]} = [{max(stamps) - min(stamps):.0f}, {boots}]")
    if not areas:
        raise UsageError(f"{run}: there is no evidence in this folder; name the folder of a run")
    typer.echo("# Seconds and boots of each scenario on the emulator: written by `wican-rig costs` from a run.")
    for area, rows in areas.items():
        typer.echo("\n".join(["", f"[{area}]", *rows]))


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("costs", help=_HELP)(costs)
