"""``wican-rig emulate``: the reference device as a process of its own; with ``--to`` one that posts to somebody's endpoint."""

import os
import sys

import typer

_HELP = """
Run an emulated WiCAN-PRO, or with --to try an endpoint of your own with one.

Without --to everything after the command goes to the emulator; `wican-rig emulate --help` shows its options. Once it serves it
prints one line: {"url":…,"serial":…,"pid":…}. SIGKILL is a power cut, SIGUSR1 and SIGUSR2 take the Wi-Fi away and give it back.

With --to URL an emulated car drives, an emulated device posts to that URL, and each exchange is told in one line;
`wican-rig emulate --to --help` shows the options.

Examples:

    wican-rig emulate --state-dir /tmp/wican --http 127.0.0.1:8080

    wican-rig emulate --to https://my.endpoint/ingest --bearer @token.txt --cycle 5000 --vehicle drive
"""


def emulate(context: typer.Context) -> None:
    """Becomes the emulator: the rig never imports it."""
    if any(word == "--to" or word.startswith("--to=") for word in context.args):
        from rig.commands.post import post  # noqa: PLC0415 (the emulator must not wait for what it does not need)

        post(context.args)
    if "--help" in context.args:
        typer.echo("With --to URL an emulated device in an emulated car posts to that URL: see `wican-rig emulate --to --help`.\n")
        sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "rig.emulator", *context.args])  # noqa: S606 (our own program, no shell)


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    settings = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    app.command("emulate", help=_HELP, context_settings=settings)(emulate)
