"""``wican-rig qualify``: the suite against every seeded defect and every harmless variant."""

import fnmatch
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from rig.errors import UsageError
from rig.matrix import Catch, Qualification
from rig.qualification import Qualifier, listed

_HELP = """
Prove that the suite catches what it should, and nothing else.

Every defect of the emulator is switched on in a run of its own, and the requirement that it breaks has to fail; every harmless
variant is switched on, and nothing may fail. By default only the requirements that matter are asked; --thorough asks all of them.
The matrix is kept in reports/qualify.json, and the next run of the same suite shows it on its first page.
Exit code: 0 all well, 1 a defect survived (or crashed the run) or a variant raised a false alarm, 2 usage.

Examples:

    wican-rig qualify

    wican-rig qualify --only 'context-*' -n 4

    wican-rig qualify --thorough --slow
"""

_JOBS_PER_CORE = 10
"""Runs mostly wait; measured on two cores."""


def qualify(
    *,
    only: Annotated[
        list[str] | None, typer.Option(metavar="ID-GLOB", help="Only defects and variants of these ids; may be repeated.")
    ] = None,
    requirement: Annotated[list[str] | None, typer.Option(metavar="ID-GLOB", help="Only defects that break these requirements.")] = None,
    thorough: Annotated[bool, typer.Option("--thorough", help="Ask every requirement of every defect.")] = False,
    slow: Annotated[bool, typer.Option("--slow", help="Include defects that only long observations or explorations can catch.")] = False,
    jobs: Annotated[int | None, typer.Option("-n", metavar="N", help="Runs side by side.")] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the matrix goes.")] = Path("reports/qualify.json"),
    keep: Annotated[Path | None, typer.Option(metavar="DIR", help="Keep the runs in this folder; default: they are deleted.")] = None,
) -> None:
    """Runs the matrix and says how it went."""
    seeds, variants = listed()
    if only:
        seeds = [seed for seed in seeds if any(fnmatch.fnmatchcase(seed.id, glob) for glob in only)]
        variants = [variant for variant in variants if any(fnmatch.fnmatchcase(variant.id, glob) for glob in only)]
        if not seeds and not variants:
            raise UsageError(f"no defect and no variant matches {', '.join(only)}; `wican-rig emulate --list-defects` shows them all")
    if requirement:
        seeds = [seed for seed in seeds if any(fnmatch.fnmatchcase(seed.requirements[0], glob) for glob in requirement)]
        variants = [] if not only else variants
    with tempfile.TemporaryDirectory(prefix="wican-rig-qualify-") as scratch:
        qualifier = Qualifier(keep or Path(scratch), jobs or _JOBS_PER_CORE * (os.cpu_count() or 1), thorough=thorough, slow=slow)
        matrix = qualifier.qualify(seeds, variants, lambda said, done, of: typer.echo(f"[{done:>3}/{of}] {said}"))
    matrix.write(out)
    for line in _in_words(matrix):
        typer.echo(line)
    typer.echo(f"matrix: {out}")
    raise typer.Exit(0 if matrix.good else 1)


def _in_words(matrix: Qualification) -> list[str]:
    lines = [
        f"{seed.outcome}: {seed.id} (breaks {seed.requirement}; failed: {', '.join(seed.failed) or 'nothing'}){_because(seed.excuse)}"
        for seed in matrix.defects
        if seed.outcome != Catch.CLAIMED.value
    ]
    lines += [f"false alarm: {variant.id} ({', '.join(variant.failed)})" for variant in matrix.variants if variant.failed]
    return [*lines, ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in matrix.counts.items())]


def _because(excuse: str) -> str:
    return f": {excuse}" if excuse else ""


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("qualify", help=_HELP)(qualify)
