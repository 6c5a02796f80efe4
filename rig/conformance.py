"""A run of the suite in this process: what was ordered becomes a call of pytest, and its end the exit code of the run."""

import fnmatch
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from rig.bench import read_bench_file
from rig.controller import Controller
from rig.errors import UsageError
from rig.exploration import read_script, seconds_of
from rig.profile import read_profile
from rig.requirements import catalogue, suites_folder
from rig.tally import INTERRUPTED

WORKERS_PER_CORE = 10
"""Scenarios mostly wait, so an emulated bench takes little of a core; measured on two cores."""
BENCHES_PER_CORE = 3
"""Exploring, a bench restarts its device all the time."""
_PLUGINS = ("--disable-plugin-autoload", "-p", "xdist.plugin", "-p", "rig.pytest_plugin", "-p", "no:cacheprovider")
"""What else is installed must not change a verdict; a plugin that is wanted can be named among pytest's own arguments."""
_OWN_WORDS = ("--rig-progress", "-rN", "--no-summary", "-o", "console_output_style=classic")
_WITHOUT_VERDICT = {
    pytest.ExitCode.OK: 0,
    pytest.ExitCode.INTERRUPTED: INTERRUPTED,
    pytest.ExitCode.USAGE_ERROR: 2,
    pytest.ExitCode.NO_TESTS_COLLECTED: 0,
}


@dataclass(frozen=True)
class Order:
    """What a run is asked for; everything not said is the ordinary case."""

    bench: Path | None = None
    profile: str | None = None
    only: tuple[str, ...] = ()
    slow: bool = False
    explore: str | None = None
    replay: Path | None = None
    workers: int | None = None
    seed: int | None = None
    boot_seconds: float = 0.4
    defects: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    out: Path | None = None
    list_only: bool = False
    require_all: bool = False
    keep_secrets: bool = False
    report: bool = True
    pytest_arguments: tuple[str, ...] = ()

    def check(self) -> None:
        """Finds what is wrong before anything starts.

        Raises:
            UsageError: options that do not go together, or a bench file, profile or requirement that is not there.
        """
        if self.bench and (self.profile or self.defects or self.variants or self.features):
            raise UsageError("--profile, --defect, --variant and --feature are for the emulator; a bench file names its own device")
        for glob in self.only:
            if not fnmatch.filter(catalogue(), glob):
                raise UsageError(f"--only {glob}: no requirement of that name; `wican-rig run --list` shows them all")
        if self.explore and self.replay:
            raise UsageError("--explore tries new sequences and --replay an old one; one of them at a time")
        if self.explore:
            seconds_of(self.explore)
        if self.replay:
            read_script(self.replay)
        if self.bench:
            read_bench_file(self.bench)
        read_profile(self.profile or "document")

    def arguments(self) -> list[str]:
        """The arguments of pytest."""
        suites = suites_folder()
        words = [str(suites), "-c", str(suites / "conformance.ini"), f"--rootdir={suites.parent}", *_PLUGINS]
        single = self.bench is not None or self.list_only or self.replay
        per_core = BENCHES_PER_CORE if self.explore else WORKERS_PER_CORE
        count = 1 if single else self.workers or per_core * (os.cpu_count() or 1)
        if count > 1:
            words += ["-n", str(count), "--dist", "each" if self.explore else "loadscope", "--no-loadscope-reorder"]
        words += [f"--rig-boot-seconds={self.boot_seconds}", *_OWN_WORDS]
        several = {"only": self.only, "defect": self.defects, "variant": self.variants, "feature": self.features}
        words += [f"--rig-{option}={value}" for option, values in several.items() for value in values]
        one = {"bench": self.bench, "profile": self.profile, "seed": self.seed, "out": self.out}
        one |= {"explore": self.explore, "replay": self.replay}
        words += [f"--rig-{option}={value}" for option, value in one.items() if value is not None]
        switches = {
            "slow": self.slow,
            "require-all": self.require_all,
            "keep-secrets": self.keep_secrets,
            "list": self.list_only,
            "no-report": not self.report,
        }
        words += [f"--rig-{option}" for option, wanted in switches.items() if wanted]
        return [*words, *self.pytest_arguments]

    def carry_out(self) -> int:
        """Runs the suite; the exit code is that of the run (design, decision 3), not pytest's.

        Raises:
            UsageError: as `check`.
        """
        self.check()
        ending = _Ending()
        with _ended_like_ctrl_c():
            code = pytest.main(self.arguments(), plugins=[ending])
        return int(code) if ending.judged or code == INTERRUPTED else _WITHOUT_VERDICT.get(pytest.ExitCode(code), 3)


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """SIGTERM, by which CI ends a job, ends a run as Ctrl-C does: the report is written and the device gets its own back."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Ending:
    """Sees whether the run judged anything, when pytest lets go of its configuration."""

    judged = False

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Asks the controller."""
        controller = config.pluginmanager.get_plugin(Controller.NAME)
        self.judged = isinstance(controller, Controller) and controller.has_judged
