"""What exploring adds to the pytest plugin: its options, its fixtures, and which tests are asked for."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.bench import Bench
from rig.errors import UsageError
from rig.exploration.explorer import Explorer
from rig.exploration.findings import Findings
from rig.exploration.script import read_script
from rig.session import BenchKeeper, RunOptions

EVIDENCE = pytest.StashKey[tuple[str, ...]]()
"""Where the evidence of a test is, if not in its module's scenario."""
_FINDINGS = pytest.StashKey[Findings]()
_BEGAN = pytest.StashKey[float]()
_REST_S = 4.0
"""What is left of the time for the verdicts and the report."""
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
MARK = "explore: tries sequences, with --explore or --replay only"


def seconds_of(text: str) -> float:
    """A length of time such as 90s, 10m or 1h, in seconds.

    Raises:
        UsageError: it is none, or too short for anything.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip())
    if match is None or (seconds := float(match[1]) * _UNITS[match[2]]) < 2 * _REST_S:
        raise UsageError(f"--explore {text}: has to be a length of time such as 90s, 10m or 1h, and at least {2 * _REST_S:g}s")
    return seconds


def add_options(group: pytest.OptionGroup) -> None:
    """The options of an exploration."""
    group.addoption("--rig-explore", metavar="T", help="in place of the suite, try sequences against a model for so long (90s, 10m, 1h)")
    group.addoption("--rig-replay", type=Path, metavar="FILE", help="in place of the suite, play the sequence of a script")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the mark, and finds what is wrong with the options."""
    config.addinivalue_line("markers", MARK)
    config.stash[_BEGAN] = time.monotonic()
    try:
        if config.option.rig_explore:
            seconds_of(config.option.rig_explore)
        if config.option.rig_replay:
            read_script(config.option.rig_replay)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


def asked_for(config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests that explore where that was asked for, and all others where it was not."""
    exploring = bool(config.option.rig_explore or config.option.rig_replay)
    return [item for item in items if bool(item.get_closest_marker("explore")) is exploring]


class _Scenes:
    """Plays as scenarios of the keeper's bench."""

    def __init__(self, keeper: BenchKeeper, options: RunOptions) -> None:
        self._keeper = keeper
        self.run_folder = options.out

    def begin(self, name: str) -> Bench:
        """Begins a scenario; the one before it has ended."""
        self._keeper.bench.end(keep=False)
        self._keeper.begin(_module(name))
        return self._keeper.bench

    def end(self, *, keep: bool) -> None:
        """Ends it."""
        self._keeper.bench.end(keep=keep)

    def folder(self, name: str) -> Path:
        """Where its evidence is, relative to the folder of the run."""
        return Path(self._keeper.evidence(_module(name))[0])

    def forget(self, folder: Path) -> None:
        """Deletes evidence that was kept."""
        shutil.rmtree(self.run_folder / folder, ignore_errors=True)


def _module(name: str) -> str:
    return f"explore/{name}.py"


@pytest.fixture(scope="module")
def exploration(request: pytest.FixtureRequest, rig_keeper: BenchKeeper, rig_options: RunOptions) -> Findings:
    """What the sequences of this run came to; they are tried when this is first asked for."""
    config = request.config
    explorer = Explorer(_Scenes(rig_keeper, rig_options), rig_options.seed)
    config.stash[_FINDINGS] = explorer.found
    if config.option.rig_replay:
        explorer.replay(read_script(config.option.rig_replay))
    else:
        used_s = time.monotonic() - config.stash[_BEGAN]
        explorer.explore(seconds_of(config.option.rig_explore) - used_s - _REST_S)
    return explorer.found


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Callable[[tuple[str, ...]], None]:
    """Says where the evidence of a test is, if not in its module's scenario: paths relative to the folder of the run."""

    def say(paths: tuple[str, ...]) -> None:
        request.node.stash[EVIDENCE] = paths

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Figures, and the scripts of what was found."""
    if (findings := config.stash.get(_FINDINGS, None)) is not None:
        terminalreporter.section("exploration")
        for line in findings.in_words(config.option.rig_out):
            terminalreporter.write_line(line)
