"""``wican-rig run``: the conformance suite, on the emulator or on a bench."""

from pathlib import Path
from typing import Annotated

import typer

from rig.conformance import Order

_HELP = """
Run the conformance suite and leave a report in reports/latest/index.html.

Without options the suite drives the emulator. With --bench it drives a device that is already running; docs/bench.md says how
to write the file. Exit code: 0 all well, 1 a requirement failed, 2 usage, 3 bench or rig in trouble, 4 a listed deviation is
gone, 130 interrupted (the report is written all the same).

Examples:

    wican-rig run

    wican-rig run --only 'auth/*' --only boot/context-only-once

    wican-rig run --bench my-bench.toml --slow

    wican-rig run --profile 4.50p --seed 7 -- --maxfail=1

    wican-rig run --explore 10m --seed 7
"""


def run(  # noqa: PLR0913 (a command line has as many parameters as options)
    *,
    bench: Annotated[Path | None, typer.Option(metavar="FILE", help="Bench file of the device to drive.")] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="Profile of the emulated device: document, 4.40p, 4.50p.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="ID-GLOB", help="Judge only these requirements; may be repeated.")] = None,
    slow: Annotated[bool, typer.Option("--slow", help="Include the long observations (soak, backoff).")] = False,
    explore: Annotated[
        str | None, typer.Option(metavar="T", help="In place of the suite, try sequences against a model for so long: 90s, 10m, 1h.")
    ] = None,
    replay: Annotated[Path | None, typer.Option(metavar="FILE", help="In place of the suite, play a sequence that was found.")] = None,
    workers: Annotated[int | None, typer.Option("-n", metavar="N", help="Emulated benches side by side.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="S", help="Seed of order and chance; printed by every run.")] = None,
    boot_seconds: Annotated[float, typer.Option(metavar="S", help="How long the emulated device is away when it boots.")] = 0.4,
    defect: Annotated[list[str] | None, typer.Option(metavar="ID", help="Switch on a defect of the emulated device.")] = None,
    variant: Annotated[list[str] | None, typer.Option(metavar="ID", help="Switch on a harmless variant of it.")] = None,
    feature: Annotated[list[str] | None, typer.Option(metavar="F", help="Switch on a feature of it.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of this run; default a new one below reports/.")] = None,
    list_only: Annotated[bool, typer.Option("--list", help="List requirements, their tests and needed features; run nothing.")] = False,
    require_all: Annotated[bool, typer.Option("--require-all", help="Requirements that were not run make the exit code 3.")] = False,
    keep_secrets: Annotated[bool, typer.Option("--keep-secrets", help="Keep TLS keys of connections that carried secrets.")] = False,
    report: Annotated[bool, typer.Option(" /--no-report", help="Write results.json and evidence only.")] = True,
    pytest_args: Annotated[list[str] | None, typer.Argument(metavar="[-- PYTEST-ARGS]", help="Passed on to pytest.")] = None,
) -> None:
    """Hands the order on."""
    order = Order(
        bench=bench,
        profile=profile,
        only=tuple(only or ()),
        slow=slow,
        explore=explore,
        replay=replay,
        workers=workers,
        seed=seed,
        boot_seconds=boot_seconds,
        defects=tuple(defect or ()),
        variants=tuple(variant or ()),
        features=tuple(feature or ()),
        out=out,
        list_only=list_only,
        require_all=require_all,
        keep_secrets=keep_secrets,
        report=report,
        pytest_arguments=tuple(pytest_args or ()),
    )
    raise typer.Exit(order.carry_out())


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("run", help=_HELP)(run)
