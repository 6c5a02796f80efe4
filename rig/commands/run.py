"""``wican-rig run``: the conformance suite, on the emulator or on a bench."""

import fnmatch
import os
from pathlib import Path
from typing import Annotated

import pytest
import typer

from rig.bench import read_bench_file
from rig.controller import Controller
from rig.errors import UsageError
from rig.profile import read_profile
from rig.requirements import catalogue, suites_folder
from rig.tally import INTERRUPTED

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
"""

_WORKERS_PER_CORE = 5
"""Scenarios mostly wait, so an emulated bench takes little of a core; measured on two cores."""


_PLUGINS = ("--disable-plugin-autoload", "-p", "xdist.plugin", "-p", "rig.pytest_plugin", "-p", "no:cacheprovider")
"""What else is installed must not change a verdict; a plugin that is wanted can be named after ``--``."""
_WITHOUT_VERDICT = {
    pytest.ExitCode.OK: 0,
    pytest.ExitCode.INTERRUPTED: INTERRUPTED,
    pytest.ExitCode.USAGE_ERROR: 2,
    pytest.ExitCode.NO_TESTS_COLLECTED: 0,
}


def run(  # noqa: PLR0913 (a command line has as many parameters as options)
    *,
    bench: Annotated[Path | None, typer.Option(metavar="FILE", help="Bench file of the device to drive.")] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="Profile of the emulated device: document, 4.40p, 4.50p.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="ID-GLOB", help="Judge only these requirements; may be repeated.")] = None,
    slow: Annotated[bool, typer.Option("--slow", help="Include the long observations (soak, backoff).")] = False,
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
    pytest_args: Annotated[list[str] | None, typer.Argument(metavar="[-- PYTEST-ARGS]", help="Passed on to pytest.")] = None,
) -> None:
    """Composes the pytest call; the plugin does the rest."""
    if bench and (profile or defect or variant or feature):
        raise UsageError("--profile, --defect, --variant and --feature are for the emulator; a bench file names its own device")
    for glob in only or []:
        if not fnmatch.filter(catalogue(), glob):
            raise UsageError(f"--only {glob}: no requirement of that name; `wican-rig run --list` shows them all")
    if bench:
        read_bench_file(bench)
    read_profile(profile or "document")
    suites = suites_folder()
    arguments = [str(suites), "-c", str(suites / "conformance.ini"), f"--rootdir={suites.parent}", *_PLUGINS]
    single = bench is not None or list_only
    count = 1 if single else workers or _WORKERS_PER_CORE * (os.cpu_count() or 1)
    if count > 1:
        arguments += ["-n", str(count), "--dist", "loadscope"]
    arguments += [f"--rig-boot-seconds={boot_seconds}", *([] if pytest_args else ["--rig-progress", "-rN", "--no-summary"])]
    for option, values in {"only": only, "defect": defect, "variant": variant, "feature": feature}.items():
        arguments += [f"--rig-{option}={value}" for value in values or []]
    for option, value in {"bench": bench, "profile": profile, "seed": seed, "out": out}.items():
        arguments += [f"--rig-{option}={value}"] if value is not None else []
    for option, wanted in {"slow": slow, "require-all": require_all, "keep-secrets": keep_secrets, "list": list_only}.items():
        arguments += [f"--rig-{option}"] if wanted else []
    raise typer.Exit(_run([*arguments, *(pytest_args or [])]))


class _Ending:
    """Sees whether the run judged anything, when pytest lets go of its configuration."""

    judged = False

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Asks the controller."""
        controller = config.pluginmanager.get_plugin(Controller.NAME)
        self.judged = isinstance(controller, Controller) and controller.has_judged


def _run(arguments: list[str]) -> int:
    """Pytest in this process; the exit code is that of the run (design, decision 3), not pytest's."""
    ending = _Ending()
    code = pytest.main(arguments, plugins=[ending])
    return int(code) if ending.judged else _WITHOUT_VERDICT.get(pytest.ExitCode(code), 3)


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("run", help=_HELP)(run)
