"""``wican-rig doctor``: what is wrong with a bench, before a test blames the device."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from rig.bench import read_bench_file
from rig.bench.checkup import Depth, Patient, Result, State, examine
from rig.errors import BenchError

_HELP = """
Examine a bench: one line per check, in order, and a remedy for each that fails.

By default the device is rebooted once with a configuration of the rig's, to see whether requests and answers get through, and its
power and Wi-Fi are switched if the bench file says how. It gets its own configuration back afterwards. With --quick nothing is
changed. docs/bench.md says what each line means. Exit code: 0 a run can begin, 2 the bench file is wrong, 3 it cannot.

Examples:

    wican-rig doctor my-bench.toml

    wican-rig doctor my-bench.toml --quick
"""

_SIGNS = {State.GOOD: "ok", State.ADVICE: "note", State.BAD: "BAD", State.NOT_ASKED: "-"}


def doctor(
    *,
    bench: Annotated[Path, typer.Argument(metavar="BENCH", help="Bench file; fixtures/benches has examples.")],
    quick: Annotated[bool, typer.Option("--quick", help="Look only: no reboot, nothing is stored or switched.")] = False,
) -> None:
    """Prints what is found as it is found."""
    file = read_bench_file(bench)
    healthy = True
    try:
        with ExitStack() as stack:
            patient = Patient(file, stack)
            for result in examine(patient, Depth.QUICK if quick else Depth.FULL):
                healthy = healthy and result.finding.state is not State.BAD
                _show(result)
            secured = patient.secured
    except BenchError as error:
        typer.echo(f" BAD  {'put back':<11} {error}\n{'':18}`wican-rig restore` tries again")
        raise typer.Exit(3) from error
    if secured:
        typer.echo(f"  ok  {'put back':<11} the device has its own configuration back")
    typer.echo("a run can begin" if healthy else "a run would come to nothing: see BAD, from the top")
    raise typer.Exit(0 if healthy else 3)


def _show(result: Result) -> None:
    finding = result.finding
    typer.echo(f"{_SIGNS[finding.state]:>4}  {result.check:<11} {finding.said}")
    if finding.remedy:
        typer.echo(f"{'':18}-> {finding.remedy}")


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("doctor", help=_HELP)(doctor)
