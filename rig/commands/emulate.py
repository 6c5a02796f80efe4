"""``wican-rig emulate``: the reference device as a process of its own."""

import os
import sys

import typer

_HELP = """
Run an emulated WiCAN-PRO.

Everything after the command goes to the emulator; `wican-rig emulate --help` shows its options. Once it serves it prints one
line: {"url":…,"serial":…,"pid":…}. SIGKILL is a power cut, SIGUSR1 and SIGUSR2 take the Wi-Fi away and give it back.

Example:

    wican-rig emulate --state-dir /tmp/wican --http 127.0.0.1:8080
"""


def emulate(context: typer.Context) -> None:
    """Becomes the emulator: the rig never imports it."""
    os.execv(sys.executable, [sys.executable, "-m", "rig.emulator", *context.args])  # noqa: S606 (our own program, no shell)


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    settings = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    app.command("emulate", help=_HELP, context_settings=settings)(emulate)
