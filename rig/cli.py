"""The command ``wican-rig``."""

import sys

import typer

from rig.commands import emulate, qualify, run
from rig.errors import BenchError, UsageError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Conformance rig for the HTTPS destination of the WiCAN-PRO: drives a real or an emulated device and judges what it sends.",
)
run.add_to(app)
emulate.add_to(app)
qualify.add_to(app)


def main() -> None:
    """Entry point: one clear sentence and the right exit code instead of a traceback."""
    try:
        app()
    except UsageError as error:
        sys.exit(_said(error, 2))
    except BenchError as error:
        sys.exit(_said(error, 3))


def _said(error: Exception, code: int) -> int:
    typer.echo(f"wican-rig: {error}", err=True)
    return code
