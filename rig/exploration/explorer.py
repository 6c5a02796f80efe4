"""Tries sequences until the time is over; what fails is made small, and kept as a script."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.strategies import SearchStrategy

from rig.bench import Bench
from rig.errors import BenchError
from rig.exploration.findings import Finding, Findings, Unjudged
from rig.exploration.plans import plans
from rig.exploration.play import Patience, Play, TimeIsUp
from rig.exploration.shrinking import shrunk
from rig.oracle.commands import Script
from rig.oracle.conduct import Broken, Judged

_BATCH = 9
"""Plans drawn under one seed. With fewer than ten Hypothesis starts with none that are small on purpose: a boot is dear."""
_BOOT_S = 4.0
"""What another boot may cost, so that none is begun that would not end in time."""
_SHRINK_SHARE = 0.5
"""How much of the time that is left may go into making one finding small."""
_TROUBLES_IN_A_ROW = 3


class Scenes(Protocol):
    """Where plays happen: each in a scenario of its own, whose evidence is kept only if it is worth it."""

    @property
    def run_folder(self) -> Path:
        """The folder of the run."""

    def begin(self, name: str) -> Bench:
        """Begins a scenario on the bench."""

    def end(self, *, keep: bool) -> None:
        """Ends it."""

    def folder(self, name: str) -> Path:
        """Where the evidence of a scenario is, relative to the folder of the run."""

    def forget(self, folder: Path) -> None:
        """Deletes evidence that was kept."""


class _Found(AssertionError):  # noqa: N818 (ends a batch; nobody else sees it)
    """A promise was broken."""

    def __init__(self, promise: str) -> None:
        super().__init__(promise)
        self.promise = promise


class Explorer:
    """Explores with the bench that `scenes` gives; what it finds stands in `found`, also while it goes on."""

    def __init__(self, scenes: Scenes, first_seed: int) -> None:
        self.found = Findings()
        self._scenes = scenes
        self._seed = first_seed
        self._patience = Patience()
        self._known: dict[Script, list[str]] = {}
        self._settled: set[str] = set()
        self._until = self._shrink_until = float("inf")
        self._troubles_in_a_row = 0
        self._began = time.monotonic()

    def explore(self, seconds: float) -> None:
        """Tries sequences for so long."""
        self._until = time.monotonic() + seconds
        with self._timed():
            features = self._scenes.begin("features").features
            self._scenes.end(keep=False)
            strategy = plans(power="power_control" in features, public="default_bundle_anchor" in features)
            while True:
                self._batch(strategy)

    def replay(self, script: Script) -> None:
        """Plays one script."""
        with self._timed():
            self._play(script)

    # What to try ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _timed(self) -> Iterator[None]:
        self._began = time.monotonic()
        try:
            yield
        except TimeIsUp:
            pass
        finally:
            self.found.seconds = time.monotonic() - self._began

    def _batch(self, strategy: SearchStrategy[Script]) -> None:
        """Some plans under the next seed, up to the first that breaks a promise not yet settled; that one is made small."""

        @seed(self._seed)
        @settings(
            max_examples=_BATCH,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            print_blob=False,
        )
        @given(strategy)
        def each(script: Script) -> None:
            if new := [promise for promise in self._broken_by(script) if promise not in self._settled]:
                raise _Found(new[0])

        self._seed += 1
        try:
            each()
        except _Found as found:
            self._make_small(found.promise)

    def _make_small(self, promise: str) -> None:
        """Looks for the shortest script that breaks the promise, for a share of the time that is left."""
        self._settled.add(promise)
        now = time.monotonic()
        self._shrink_until = now + _SHRINK_SHARE * (self._until - now)
        try:
            shrunk(self.found.findings[promise].script, lambda script: promise in self._broken_by(script))
        except TimeIsUp:
            if time.monotonic() + _BOOT_S > self._until or self._gave_up:
                raise
        finally:
            self._shrink_until = float("inf")

    def _broken_by(self, script: Script) -> list[str]:
        """Which promises a script breaks; a script that was played before is not played again."""
        if script not in self._known:
            self._check_time()
            self._known[script] = [broken.promise for broken in self._play(script).broken]
        return self._known[script]

    def _check_time(self) -> None:
        if time.monotonic() + _BOOT_S > min(self._until, self._shrink_until):
            raise TimeIsUp

    # One play ---------------------------------------------------------------------------------------------------------

    def _play(self, script: Script) -> Judged:
        self.found.plays += 1
        name = f"sequence-{self.found.plays}"
        folder = self._scenes.folder(name)
        bench, judged, keep = self._scenes.begin(name), Judged(), False
        boots = bench.boots
        try:
            play = Play(bench, f"x{self.found.plays}", self._patience, self._check_time)
            judged = play.judge(script)
            script = play.played
            keep = any(self.found.is_shorter(broken.promise, script) for broken in judged.broken)
            self._troubles_in_a_row = 0
        except BenchError as error:
            keep = True
            self._give_up(Unjudged(script, str(error), folder))
        finally:
            self.found.boots += bench.boots - boots
            self._scenes.end(keep=keep)
        self.found.reached += judged.reached
        for broken in judged.broken:
            self._find(script, broken, folder)
        if self._gave_up:
            raise TimeIsUp
        return judged

    @property
    def _gave_up(self) -> bool:
        return self._troubles_in_a_row >= _TROUBLES_IN_A_ROW

    def _give_up(self, unjudged: Unjudged) -> None:
        self._troubles_in_a_row += 1
        self.found.unjudged.append(unjudged)
        unjudged.write(self._scenes.run_folder)

    def _find(self, script: Script, broken: Broken, folder: Path) -> None:
        """Keeps the script if it is the shortest that shows this; evidence that no finding points at any more goes."""
        findings, known = self.found.findings, self.found.findings.get(broken.promise)
        self._patience.broken.add(broken.promise)
        self.found.found_after_s.setdefault(broken.promise, time.monotonic() - self._began)
        if known is not None and not self.found.is_shorter(broken.promise, script):
            findings[broken.promise] = replace(known, plays=known.plays + 1)
            return
        finding = Finding(broken, script, folder, 1 + (known.plays if known else 0))
        findings[broken.promise] = finding
        finding.write(self._scenes.run_folder)
        if known is not None and known.folder not in {one.folder for one in findings.values()}:
            self._scenes.forget(known.folder)
