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
from rig.exploration.summary import summary
from rig.session import BenchKeeper

EVIDENCE = pytest.StashKey[tuple[str, ...]]()
"""Where the evidence of a test is, if not in its module's scenario."""
_BEGAN = pytest.StashKey[float]()
_REST_S = 4.0
"""What is left of the time for the verdicts and the report."""
_SEEDS_APART = 100_000
"""So that no two benches draw the same."""
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

    def __init__(self, keeper: BenchKeeper, lane: int) -> None:
        self._keeper = keeper
        self._lane = lane
        self.run_folder = keeper.options.out

    def begin(self, name: str) -> Bench:
        """Begins a scenario; the one before it has ended."""
        self._keeper.bench.end(keep=False)
        self._keeper.begin(self._module(name))
        return self._keeper.bench

    def end(self, *, keep: bool) -> None:
        """Ends it."""
        self._keeper.bench.end(keep=keep)

    def folder(self, name: str) -> Path:
        """Where its evidence is, relative to the folder of the run."""
        return Path(self._keeper.evidence(self._module(name))[0])

    def forget(self, folder: Path) -> None:
        """Deletes evidence that was kept."""
        shutil.rmtree(self.run_folder / folder, ignore_errors=True)

    def _module(self, name: str) -> str:
        return f"explore/lane-{self._lane}-{name}.py"


def lane_of(config: pytest.Config) -> int:
    """Which of several benches explores in this process, from 1; each runs all of the tests (``--dist each``)."""
    worker = str(getattr(config, "workerinput", {}).get("workerid", "gw0"))
    return int(worker.removeprefix("gw")) + 1


def name_of(item: pytest.Item) -> str:
    """Under what name a test is judged: where several benches run it, with the bench's number."""
    several = hasattr(item.config, "workerinput") and item.get_closest_marker("explore")
    return f"{item.nodeid}@{lane_of(item.config)}" if several else item.nodeid


@pytest.fixture(scope="module")
def exploration(request: pytest.FixtureRequest, rig_keeper: BenchKeeper) -> Findings:
    """What the sequences of this run came to; they are tried when this is first asked for."""
    config, lane = request.config, lane_of(request.config)
    explorer = Explorer(_Scenes(rig_keeper, lane), rig_keeper.options.seed + _SEEDS_APART * (lane - 1))
    try:
        if config.option.rig_replay:
            explorer.replay(read_script(config.option.rig_replay))
        else:
            used_s = time.monotonic() - config.stash[_BEGAN]
            explorer.explore(seconds_of(config.option.rig_explore) - used_s - _REST_S)
    finally:
        explorer.found.told.write(rig_keeper.options.out, lane)
    return explorer.found


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Callable[[tuple[str, ...]], None]:
    """Says where the evidence of a test is, if not in its module's scenario: paths relative to the folder of the run."""

    def say(paths: tuple[str, ...]) -> None:
        request.node.stash[EVIDENCE] = paths

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Figures, and the scripts of what was found."""
    exploring = config.option.rig_explore or config.option.rig_replay
    if not hasattr(config, "workerinput") and exploring and (lines := summary(config.option.rig_out)):
        terminalreporter.section("exploration")
        for line in lines:
            terminalreporter.write_line(line)
