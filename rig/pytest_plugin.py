"""The pytest plugin: options, fixtures and marks of a conformance run, and the verdicts it ends with.

Loaded by ``-p rig.pytest_plugin`` or by conftest.py. Self-tests that use none of its marks are left alone.
"""

import fnmatch
import random
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import cast

import pytest

from rig import browser as browsing
from rig.bench import Bench
from rig.controller import PROPERTY, Controller, outcome_of
from rig.costs import cost
from rig.errors import UsageError
from rig.exploration import plugin as exploring
from rig.marks import NotApplicable
from rig.outcome import Outcome, in_words, verdict_of
from rig.pki import Pki
from rig.requirements import Level, catalogue
from rig.session import BenchKeeper, RunOptions
from rig.verdict import Verdict

_NOTES = pytest.StashKey[list[str]]()
_KEEPER = pytest.StashKey[BenchKeeper]()
_MARKS = {
    "verifies(*ids): the test judges these requirements",
    "control(*ids): the test shows that the bench could have seen the opposite",
    "needs(*features): the test needs features of device or bench beyond those of its requirements",
    "slow: a long observation, run with --slow only",
    "browser: needs a Chromium",
    "dangerous: never sent to a physical device unless asked for by name",
}
_WORDS = {
    Verdict.PASS: ("passed", ".", "PASS"),
    Verdict.FAIL: ("failed", "F", "FAIL"),
    Verdict.ERROR: ("error", "E", "ERROR"),
    Verdict.INCONCLUSIVE: ("inconclusive", "?", "INCONCLUSIVE"),
    Verdict.KNOWN_DEVIATION: ("known deviation", "k", "KNOWN DEVIATION"),
    Verdict.NOT_APPLICABLE: ("not applicable", "-", "NOT APPLICABLE"),
    Verdict.NOT_RUN: ("not run", "s", "NOT RUN"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run; ``wican-rig run`` says the same in friendlier words."""
    group = parser.getgroup("wican-rig")
    group.addoption("--rig-bench", type=Path, metavar="FILE", help="bench file of a device that is already running")
    group.addoption("--rig-profile", default="document", metavar="NAME", help="profile of the emulated device")
    group.addoption("--rig-only", action="append", default=[], metavar="GLOB", help="judge only requirements whose id matches")
    group.addoption("--rig-slow", action="store_true", help="include long observations")
    group.addoption("--rig-seed", type=int, metavar="N", help="seed of order and of everything random (default: a fresh one)")
    group.addoption("--rig-boot-seconds", type=float, default=0.4, metavar="S", help="how long the emulated device is away when it boots")
    group.addoption("--rig-defect", action="append", default=[], metavar="ID", help="switch on a defect of the emulated device")
    group.addoption("--rig-variant", action="append", default=[], metavar="ID", help="switch on a harmless variant")
    group.addoption("--rig-feature", action="append", default=[], metavar="F", help="switch on a feature of the emulated device")
    group.addoption("--rig-out", type=Path, metavar="DIR", help="folder of the run (default: a new one below reports/)")
    group.addoption("--rig-list", action="store_true", help="list requirements, their tests and needed features; run nothing")
    group.addoption("--rig-require-all", action="store_true", help="requirements that were not run make the exit code 3")
    group.addoption("--rig-no-report", action="store_true", help="write results.json and evidence only")
    group.addoption("--rig-progress", action="store_true", help="show how the run goes on in place of pytest's letters")
    group.addoption("--rig-keep-secrets", action="store_true", help="leave TLS keys of connections that carried secrets in the capsule")
    exploring.add_options(group)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marks, and settles what all workers of a run have to agree on: seed and folder."""
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)
    settled = getattr(config, "workerinput", {}).get(PROPERTY)
    if settled:
        config.option.rig_seed, config.option.rig_out = settled[0], Path(settled[1])
    elif config.option.rig_seed is None:
        config.option.rig_seed = random.SystemRandom().randrange(2**32)
    try:
        options = RunOptions.of(config.option)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    config.option.rig_out = options.out
    config.stash[_KEEPER] = BenchKeeper(options)
    config.pluginmanager.register(browsing)
    config.pluginmanager.register(exploring)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(options), Controller.NAME)


# Selection and order --------------------------------------------------------------------------------------------------------


def _ids(item: pytest.Item, mark: str) -> tuple[str, ...]:
    return tuple(requirement for marker in item.iter_markers(mark) for requirement in marker.args)


def _judged(item: pytest.Item) -> tuple[str, ...]:
    return _ids(item, "verifies") + _ids(item, "control")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps what was asked for; modules in random order, long ones first so that workers end together."""
    known = catalogue()
    covered = [requirement for item in items for requirement in _ids(item, "verifies")]
    for item in items:
        for requirement in _judged(item):
            if requirement not in known:
                raise pytest.UsageError(f"{item.nodeid}: no requirement {requirement!r} in the catalogue")
    items[:] = exploring.asked_for(config, items)
    globs = config.option.rig_only
    if globs:
        chosen = [item for item in items if any(fnmatch.fnmatchcase(name, glob) for name in _judged(item) for glob in globs)]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen
    _shuffle(items, config.option.rig_seed)
    controller = config.pluginmanager.get_plugin(Controller.NAME)
    if isinstance(controller, Controller):
        controller.writer.collected(covered, (name for item in items for name in _ids(item, "verifies")))


def _shuffle(items: list[pytest.Item], seed: int) -> None:
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    order = list(modules.values())
    random.Random(seed).shuffle(order)
    order.sort(key=lambda module: -max(cost(module[0].nodeid).seconds, _LONG_S))
    items[:] = [item for module in order for item in module]


_LONG_S = 20.0
"""From here on scenarios start by length, so that benches side by side end together; the others stay in random order."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """With ``--rig-list`` the list takes the place of the tests."""
    if not session.config.option.rig_list:
        return None
    tests: dict[str, list[str]] = {}
    for item in session.items:
        for name in _ids(item, "verifies"):
            tests.setdefault(name, []).append(item.nodeid)
    for requirement in catalogue().values():
        feature = f"  needs {requirement.feature}" if requirement.feature else ""
        print(f"{requirement.id}  ({requirement.level.value}){feature}")  # noqa: T201 (this is the output that was asked for)
        for test in sorted(tests.get(requirement.id, ["no test yet"])):
            print(f"    {test}")  # noqa: T201
    return True


# Fixtures -------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest) -> Bench:
    """The bench of this run (of this worker): device, vehicle, receivers and power."""
    return request.config.stash[_KEEPER].bench


@pytest.fixture(scope="session")
def rig_keeper(request: pytest.FixtureRequest) -> BenchKeeper:
    """Who keeps the bench and its scenarios; for the rig's own fixtures."""
    return request.config.stash[_KEEPER]


@pytest.fixture(scope="session")
def pki(bench: Bench) -> Pki:
    """Authorities and certificates, fresh for this run."""
    return bench.pki


@pytest.fixture
def observed(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Notes in words what was seen, for the report: a measurement, how often, which of several ways the device took."""
    notes = request.node.stash.setdefault(_NOTES, [])
    return cast("Callable[[str], None]", notes.append)


@pytest.fixture(scope="module", autouse=True)
def _scenario(request: pytest.FixtureRequest) -> Iterator[None]:
    module = request.node.nodeid
    if not any(_judged(item) for item in request.session.items if item.nodeid.startswith(module)):
        yield
        return
    keeper = request.config.stash[_KEEPER]
    keeper.begin(module)
    yield
    keeper.end()


# Running --------------------------------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Asks nothing that device or bench does not declare, and nothing long unless told to."""
    judged = _judged(item)
    if not judged:
        return
    if item.get_closest_marker("slow") and not item.config.option.rig_slow:
        pytest.skip("slow: run with --slow")
    if item.get_closest_marker("browser") and not browsing.is_there():
        pytest.skip(browsing.NO_BROWSER)
    bench = item.config.stash[_KEEPER].bench
    needed = {feature for name in judged if (feature := catalogue()[name].feature)} | set(_ids(item, "needs"))
    if missing := needed - bench.features:
        raise NotApplicable(f"device or bench does not declare {', '.join(sorted(missing))}")
    named = any(name in item.config.option.rig_only for name in judged)
    if item.get_closest_marker("dangerous") and bench.device.kind == "physical" and not named:
        pytest.skip("can make a device boot for ever: on a physical device only if asked for by its id")
    bench.event("note", f"test {item.name}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the verdict to pytest's own report."""
    report = yield
    judged = _judged(item)
    if not judged:
        return report
    error = call.excinfo.value if call.excinfo else None
    verdict = verdict_of(error, call.when)
    notes = item.stash.get(_NOTES, []) if call.when == "call" else []
    if verdict is Verdict.FAIL and all(catalogue()[name].level is Level.INFO for name in judged):
        verdict = Verdict.PASS
    keeper = item.config.stash[_KEEPER]
    observed = in_words(error, notes)
    if ailment := keeper.ailment(verdict):
        observed = f"{ailment}; on its own: {verdict.value}" + (f", {observed}" if observed and observed != ailment else "")
        verdict = Verdict.INCONCLUSIVE
    outcome = Outcome(
        test=exploring.name_of(item),
        verifies=_ids(item, "verifies"),
        controls=_ids(item, "control"),
        verdict=keeper.deviation(item.nodeid, _ids(item, "verifies"), verdict),
        seconds=call.duration,
        expected=_promise(item),
        observed=keeper.redacted(observed),
        evidence=item.stash.get(exploring.EVIDENCE, ()) or keeper.evidence(item.nodeid),
    )
    report.user_properties.append((PROPERTY, outcome.to_plain()))
    if outcome.verdict in {Verdict.PASS, Verdict.KNOWN_DEVIATION} and report.outcome == "failed":
        report.outcome = "passed"
    if call.when == "call" or verdict is not Verdict.PASS:
        keeper.verdict(item.name, outcome)
    return report


def _promise(item: pytest.Item) -> str:
    text = getattr(getattr(item, "obj", None), "__doc__", None)
    return text.strip().splitlines()[0] if text else item.name.removeprefix("test_").replace("_", " ")


def pytest_report_teststatus(report: pytest.TestReport | pytest.CollectReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """Verdicts instead of pytest's words, for tests that judge a requirement."""
    outcome = outcome_of(report) if isinstance(report, pytest.TestReport) else None
    if outcome is None:
        return None
    if report.when != "call" and outcome.verdict is Verdict.PASS:
        return "", "", ""
    if config.option.rig_progress:
        return _WORDS[outcome.verdict][0], "", ""
    return _WORDS[outcome.verdict]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Lets the bench of this process go, and hands over what it was."""
    facts = session.config.stash[_KEEPER].close()
    output = getattr(session.config, "workeroutput", None)
    controller = session.config.pluginmanager.get_plugin(Controller.NAME)
    if output is not None:
        output[PROPERTY] = facts
    elif isinstance(controller, Controller):
        controller.writer.add_bench(facts)
