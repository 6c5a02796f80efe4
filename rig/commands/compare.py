"""``wican-rig compare``: what changed between two runs."""

from pathlib import Path
from typing import Annotated

import typer

from rig.evidence.files import write_atomically
from rig.report.compare import compare as compared
from rig.report.compare_pages import comparison_html, comparison_markdown, headline

_HELP = """
Show what changed between two runs, for instance of two firmware releases.

Verdicts, timing, and what a backend sees on the wire: keys, types, units, headers and TLS facts that were added, removed or
changed. Writes compare.html and compare.md. Exit code: 0 no difference, 1 a difference, 2 usage.

Example:

    wican-rig compare reports/20261125-090000 reports/latest
"""


def compare(
    before: Annotated[Path, typer.Argument(metavar="A", help="Folder of the earlier run.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Folder of the later run.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the comparison goes; default the folder of B.")] = None,
) -> None:
    """Compares, writes and says how it went."""
    comparison = compared(before, after)
    folder = out or after
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "compare.html", comparison_html(comparison))
    write_atomically(folder / "compare.md", comparison_markdown(comparison))
    typer.echo(headline(comparison))
    typer.echo(f"comparison: {folder / 'compare.html'}")
    raise typer.Exit(comparison.exit_code)


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("compare", help=_HELP)(compare)
