"""The command ``wican-rig``. Only the command that is asked for is imported: the emulator must not wait for the report."""

import sys
from collections.abc import Iterable
from importlib import import_module

import typer

from rig.errors import RigError, UsageError

COMMANDS = ("run", "doctor", "restore", "report", "compare", "deviations", "costs", "qualify", "emulate", "vehicle", "receive", "pki")
"""Each is a module of `rig.commands`, in the order in which a newcomer needs them."""


def application(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with these commands."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="markdown")
    app.callback()(_wican_rig)
    for name in commands:
        import_module(f"rig.commands.{name}").add_to(app)
    return app


def _wican_rig() -> None:
    """Conformance rig for the HTTPS destination of the WiCAN-PRO: drives a real or an emulated device and judges what it sends."""


def main() -> None:
    """Entry point: one clear sentence and the right exit code instead of a traceback."""
    asked = [word for word in sys.argv[1:2] if word in COMMANDS]
    try:
        application(asked or COMMANDS)()
    except UsageError as error:
        sys.exit(_said(error, 2))
    except RigError as error:
        sys.exit(_said(error, 3))


def _said(error: Exception, code: int) -> int:
    typer.echo(f"wican-rig: {error}", err=True)
    return code
