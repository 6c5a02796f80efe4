"""What an exploration came to: for each promise whether sequences put it to the test, and the shortest that broke it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from rig.errors import BenchError
from rig.exploration.script import Kept, in_words, lines_of
from rig.exploration.shrinking import cost
from rig.exploration.summary import Lane, Told
from rig.marks import not_run
from rig.oracle.commands import Script
from rig.oracle.conduct import Broken


@dataclass(frozen=True)
class Finding:
    """A promise that was broken: the shortest script that shows it, and where script and evidence are (in the run's folder)."""

    broken: Broken
    script: Script
    folder: Path
    plays: int = 1

    @property
    def file(self) -> Path:
        """The script as a file."""
        return self.folder / f"{self.broken.promise.replace('/', '-')}.toml"

    def write(self, run: Path) -> None:
        """Writes the script into the folder of the run."""
        Kept(self.script, self.broken.promise, self.broken.expected, self.broken.observed).write(run / self.file)


@dataclass(frozen=True)
class Unjudged:
    """A sequence that the bench could not see through, and why."""

    script: Script
    why: str
    folder: Path

    @property
    def file(self) -> Path:
        """The script as a file."""
        return self.folder / "unjudged.toml"

    def write(self, run: Path) -> None:
        """Writes the script into the folder of the run."""
        Kept(self.script, observed=self.why).write(run / self.file)


@dataclass
class Findings:
    """Grows while the exploration goes on; `found_after_s` is when each promise was first seen broken (s since the beginning)."""

    findings: dict[str, Finding] = field(default_factory=dict)
    unjudged: list[Unjudged] = field(default_factory=list)
    reached: Counter[str] = field(default_factory=Counter)
    found_after_s: dict[str, float] = field(default_factory=dict)
    plays: int = 0
    boots: int = 0
    seconds: float = 0.0

    def is_shorter(self, promise: str, script: Script) -> bool:
        """Whether nothing as short is known to break the promise."""
        known = self.findings.get(promise)
        return known is None or cost(script) < cost(known.script)

    def conclude(self, promise: str) -> str:
        """In words how often the promise was put to the test.

        Raises:
            AssertionError: a sequence broke it; the script stands in the message.
            BenchError: some sequences could not be judged.
            pytest.skip.Exception: none put it to the test.
        """
        if finding := self.findings.get(promise):
            raise AssertionError(f"{finding.broken} [{finding.file.name}: {in_words(finding.script)}]")
        if self.unjudged:
            first = self.unjudged[0]
            raise BenchError(f"{len(self.unjudged)} of {self.plays} sequences could not be judged: {first.why} [{first.file}]")
        if not self.reached[promise]:
            not_run(f"none of {self.plays} sequences put it to the test")
        return f"held {self.reached[promise]} times in {self.plays} sequences of {self.boots} boots"

    def evidence(self, promise: str) -> tuple[str, ...]:
        """Folder and script of what broke the promise, relative to the folder of the run."""
        finding = self.findings.get(promise)
        return (finding.folder.as_posix(), finding.file.as_posix()) if finding else ()

    @property
    def told(self) -> Lane:
        """What is worth telling at the end."""
        broken = [
            Told(
                promise=promise,
                observed=str(one.broken),
                file=one.file.as_posix(),
                seen=one.plays,
                after_s=self.found_after_s.get(promise, 0.0),
                cost=cost(one.script),
                steps=tuple(lines_of(one.script)),
            )
            for promise, one in self.findings.items()
        ]
        unjudged = [Told("", one.why, one.file.as_posix(), 1, 0.0, (), ()) for one in self.unjudged]
        return Lane(self.plays, self.boots, self.seconds, tuple(broken), tuple(unjudged))
