"""The bench of one process, opened when first asked for."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from rig.bench import Bench, emulated_parts, open_bench
from rig.errors import BenchError
from rig.evidence import Redactor, ScenarioRecorder, secrets_of
from rig.evidence.canaries import Canaries
from rig.evidence.files import write_atomically
from rig.outcome import Outcome
from rig.session.live import Board
from rig.session.options import RunOptions
from rig.tally import deviates
from rig.verdict import Verdict

_START_UP_S = 15.0
"""Benches side by side start together, and what is measured while they do is worth little."""


class BenchKeeper:
    """Opens the bench of this process when it is first asked for, and records its scenarios."""

    def __init__(self, options: RunOptions) -> None:
        self.options = options
        """What the run was asked for."""
        self._bench: Bench | None = None
        self._failure: BenchError | None = None
        self._redactor = Redactor(())
        self._folder: Path | None = None
        self._subject: dict[str, object] = {}
        self._canaries: dict[str, str] = {}
        self._board = Board(options.out)

    @property
    def bench(self) -> Bench:
        """The bench; opened once, and where that failed, or where it broke down later, it fails again with the same words."""
        if self._failure is not None:
            raise BenchError(str(self._failure))
        if self._bench is not None and self._bench.health.given_up is not None:
            raise BenchError(self._bench.health.given_up)
        if self._bench is None:
            try:
                self._bench = self._open()
            except BenchError as error:
                self._failure = error
                raise
        return self._bench

    def _open(self) -> Bench:
        bench = open_bench(self.options.bench) if self.options.bench else Bench(emulated_parts(self.options.emulator))
        try:
            self._canaries = _planted(bench) if bench.device.kind == "emulated" and self.options.report else {}
            status = bench.device.web.status()
            self._redactor = Redactor(secrets_of(bench.device.web.main_configuration(), bench.device.web.automate_document()))
        except BenchError:
            bench.close()
            raise
        self._subject = {
            "kind": self.options.bench.kind if self.options.bench else bench.device.kind,
            "device_id": str(status.get("device_id", "unknown")),
            "firmware": str(status.get("git_version", "unknown")),
            "profile": bench.profile.name,
            "features": sorted(bench.features),
        }
        if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
            bench.wait_until_calm(_START_UP_S)
        return bench

    def begin(self, module: str) -> None:
        """A scenario starts; its evidence goes to a folder of its own."""
        self._folder = self.options.out / _evidence_folder(module)
        self.bench.begin(ScenarioRecorder(self._folder, self._redactor, keep_secrets=self.options.keep_secrets))
        self.bench.on_event = lambda kind, text: self._board.show(module, kind, self._redactor.text(text))

    def end(self) -> None:
        """The scenario is over."""
        if self._bench is not None:
            self._bench.end()

    def evidence(self, test: str) -> tuple[str, ...]:
        """Where the evidence of a test's scenario is, relative to the run's folder; the files appear when it ends."""
        return (_evidence_folder(test.partition("::")[0]).as_posix(),)

    def deviation(self, test: str, verifies: Iterable[str], verdict: Verdict) -> Verdict:
        """`verdict`, or known deviation where the profile lists that this test fails for all it judges."""
        if verdict is not Verdict.FAIL or self._bench is None:
            return verdict
        judged, profile = tuple(verifies), self._bench.profile
        known = judged and all(deviates(test, requirement, profile) for requirement in judged)  # a control judges none
        return Verdict.KNOWN_DEVIATION if known else verdict

    def ailment(self, verdict: Verdict) -> str | None:
        """What of the bench itself has broken down, where a test came to nothing good; None if nothing has."""
        if self._bench is None or verdict not in {Verdict.FAIL, Verdict.INCONCLUSIVE}:
            return None
        return self._bench.health.ailment()

    def redacted(self, text: str) -> str:
        """`text` without what the device keeps secret."""
        return self._redactor.text(text)

    def verdict(self, name: str, outcome: Outcome) -> None:
        """Notes a verdict on the scenario's timeline."""
        if self._bench is not None:
            self._bench.event("verdict", f"{name}: {outcome.verdict.value} {outcome.observed}".strip())

    def close(self) -> dict[str, object]:
        """Lets the bench go; what it was and how it did, for the controller."""
        facts: dict[str, object] = {"failure": str(self._failure) if self._failure else None}
        if self._bench is not None:
            bench = self._bench
            facts |= {"subject": self._subject, "boots": bench.boots, "clock_error_ms": bench.clock_error_ms}
            facts |= {"tolerances": asdict(bench.tolerance), "canaries": self._canaries}
            facts |= {"trouble": self._let_go(bench)}
            self._bench = None
        self._board.clear()
        return facts

    def _let_go(self, bench: Bench) -> str | None:
        """Closes the bench; why its device did not get back what it had, where that is so."""
        trouble = None
        try:
            bench.close()
        except BenchError as error:
            trouble = f"{error}; `wican-rig restore` tries again"
        if bench.backup is not None:
            prints = {"device_id": bench.backup.device_id, "configuration": bench.backup.fingerprints()}
            given_back = {"given_back": trouble is None, "cert_sets_untouched": sorted(bench.backup.sets)}
            write_atomically(self.options.out / "device.json", json.dumps(prints | given_back, indent=1, ensure_ascii=False))
        return trouble


def _planted(bench: Bench) -> dict[str, str]:
    """Secrets made up for this run, put on the device before the rig reads what it has to keep to itself."""
    canaries = Canaries.fresh()
    web = bench.device.web
    configuration = canaries.in_main_configuration(web.main_configuration())
    web.store_automate_document(canaries.automate_document())
    bench.restart(lambda: web.store_main_configuration(configuration))
    return dict(canaries.values)


def _evidence_folder(module: str) -> Path:
    area, file = Path(module).parts[-2:]
    return Path("evidence") / area / Path(file).stem
