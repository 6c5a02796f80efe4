"""The controlling process of a run: hears of every verdict, shows how it goes on, and writes the run's files at its end."""

from collections.abc import Iterable
from typing import ClassVar, cast

import pytest

from rig.costs import estimate
from rig.outcome import Outcome
from rig.progress import Progress
from rig.session import Board, RunOptions, RunWriter

PROPERTY = "rig"
"""Under this name outcomes travel in pytest's reports, and facts between workers and controller."""


def outcome_of(report: pytest.TestReport) -> Outcome | None:
    """The outcome that a report carries, if its test judges a requirement."""
    for name, plain in report.user_properties:
        if name == PROPERTY:
            return Outcome.from_plain(cast("dict[str, object]", plain))
    return None


_PHYSICAL_BOOT_S = 12.0
"""From the order to reboot until the web API of a device is back, about."""


class Controller:
    """A pytest plugin of the process that controls; without pytest-xdist that is the only one."""

    NAME: ClassVar = "rig-controller"

    def __init__(self, options: RunOptions) -> None:
        self.writer = RunWriter(options)
        self._options = options
        self._begun = False
        self._interrupted = False
        self._unreadable: list[str] = []
        self._progress = Progress(Board(options.out))

    @property
    def has_judged(self) -> bool:
        """Whether the run judged anything, so that the exit code is its own."""
        return self.writer.has_judged

    def pytest_report_header(self) -> list[str]:
        """Seed of the run, so that it can be repeated."""
        return [f"wican-rig: seed {self._options.seed}"]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without workers this process collects."""
        self._begin(session.config, (item.nodeid for item in session.items))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be read ends the run: why, in its last line."""
        if report.failed:
            said = str(report.longrepr).strip().splitlines()
            self._unreadable.append(f"{report.nodeid} cannot be collected: {said[-1] if said else 'no reason given'}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: object) -> None:
        """A worker is about to start: it is told what was settled here."""
        getattr(node, "workerinput", {})[PROPERTY] = (self._options.seed, str(self._options.out))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        """A worker has collected; all collect the same."""
        self._begin(getattr(node, "config", None), ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object, error: object) -> None:  # noqa: ARG002 (the hook's signature)
        """A worker is done: what its bench found."""
        self.writer.add_bench(getattr(node, "workeroutput", {}).get(PROPERTY))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A phase of a test is over."""
        if outcome := outcome_of(report):
            self.writer.add(outcome)
            if report.when == "teardown":
                self._progress.settled(self.writer.of_test(outcome.test))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Ctrl-C or SIGTERM; pytest tells a suite that cannot be collected by the same hook."""
        self._interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Writes what was judged, also after an interruption."""
        self._progress.end()
        stopped = exitstatus == pytest.ExitCode.INTERRUPTED
        if self.has_judged or (stopped and self.writer.is_asked):
            broken = exitstatus in {3, 4} or (stopped and not self._interrupted)
            session.exitstatus = self.writer.finish(interrupted=self._interrupted, broken=broken)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Counts of verdicts, what failed, and where the report is."""
        for line in self._unreadable:
            terminalreporter.write_line(line)
        if self.has_judged:
            terminalreporter.section("conformance")
            for line in self.writer.in_words():
                terminalreporter.write_line(line)

    def _begin(self, config: pytest.Config | None, tests: Iterable[str]) -> None:
        named = list(tests)
        if config is not None and config.option.rig_progress:
            reporter = config.pluginmanager.get_plugin("terminalreporter")
            if isinstance(reporter, pytest.TerminalReporter):
                reporter.showfspath = False
            if not self._begun and isinstance(reporter, pytest.TerminalReporter):
                reporter.write_line(self._foreseen(config, named))
            self._begun = True
            self._progress.begin(named)

    def _foreseen(self, config: pytest.Config, tests: Iterable[str]) -> str:
        """How long it will take and how often the device will boot, before anything starts."""
        boot_s = _PHYSICAL_BOOT_S if config.option.rig_bench else config.option.rig_boot_seconds
        benches = getattr(config.option, "numprocesses", None) or 1
        more = ", and the long observations" if config.option.rig_slow else ""
        return f"{estimate((test.partition('::')[0] for test in tests), benches, boot_s)}{more}"
