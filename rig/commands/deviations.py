"""``wican-rig deviations``: a draft of a firmware's known deviations, from a run."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rig.report.results import RequirementResult, Results

_HELP = """
Draft the known deviations of a firmware from a run of it.

Prints a [[deviation]] table for every requirement that failed, with the tests that failed. Write the reason, and what is seen
instead, in your own words before you add it to a profile in fixtures/devices: a deviation without a reason explains nothing.

Example:

    wican-rig run --bench my-bench.toml; wican-rig deviations reports/latest > draft.toml
"""


def deviations(run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run, with its results.json.")]) -> None:
    """Prints the draft."""
    results = Results.read(run)
    failed = [requirement for requirement in results.requirements if requirement.verdict in {"fail", "known_deviation"}]
    typer.echo(f"# Draft from run {results.run.id}: {results.subject.firmware}, {len(failed)} requirements failed.")
    for requirement in failed:
        typer.echo(_table(requirement))


def _table(requirement: RequirementResult) -> str:
    failed = [test for test in requirement.tests if test.verdict in {"fail", "known_deviation"}]
    names = ",\n    ".join(json.dumps(test.id.rpartition("suites/")[2]) for test in failed)
    observed = failed[0].observed.strip().splitlines()[0] if failed and failed[0].observed.strip() else ""
    return "\n".join(
        [
            "",
            f"# {requirement.text}",
            "[[deviation]]",
            f"requirement = {json.dumps(requirement.id)}",
            f"tests = [\n    {names},\n]",
            'basis = "measured"',
            'reason = "say here why this firmware does so"',
            f"instead = {json.dumps(observed, ensure_ascii=False)}",
        ]
    )


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("deviations", help=_HELP)(deviations)
