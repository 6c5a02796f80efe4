"""``wican-rig report``: a run's report, rendered again from its files."""

from pathlib import Path
from typing import Annotated

import typer

from rig.report import render

_HELP = """
Render the report of a run again.

Nothing is asked of a device: results.json and the evidence folder are all it takes, so a run can be sent to somebody else and
rendered there. Writes index.html, junit.xml and summary.md into the run's folder.

Example:

    wican-rig report reports/latest
"""


def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run, with its results.json.")]) -> None:
    """Renders and says where."""
    typer.echo(f"report: {render(run)}")


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("report", help=_HELP)(report)
