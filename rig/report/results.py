"""``results.json``: what a run found, for programs. Its JSON Schema is ``results.schema.json`` beside this module.

Within one schema number keys are added, never changed. Verdicts and levels are the values of `rig.verdict.Verdict` and
`rig.requirements.Level`; texts from the device stand as it sent them, so whoever shows them has to escape them.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Self

from rig.errors import UsageError
from rig.evidence.files import write_atomically
from rig.report.reading import Table

RESULTS = "results.json"
SCHEMA_FILE = Path(__file__).with_name("results.schema.json")


@dataclass(frozen=True)
class Subject:
    """What was tested. `kind` is "physical" or "emulated": an emulated pass proves the rig, never a device."""

    kind: str
    device_id: str
    firmware: str
    profile: str
    features: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """The run itself.

    `started` is seconds since 1970, `clock_error_ms` the largest error of the rig's own stamps that a worker measured (None:
    not measured). `complete` is False for an interrupted run. `qualification` says how many seeded defects the suite caught,
    where that is known. `stale` names known deviations that no longer show. `tolerances`, `versions` and `command` are what
    the run used; empty where it did not say.
    """

    id: str
    started: float
    seconds: float
    seed: int
    workers: int
    boots: int
    clock_error_ms: float | None
    exit_code: int
    complete: bool
    qualification: Mapping[str, object] | None = None
    stale: Sequence[str] = field(default_factory=list)
    tolerances: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True)
class TestResult:
    """One test behind a requirement. `role` is "verifies" or "control"; `evidence` are paths below the run's folder."""

    __test__: ClassVar[bool] = False  # its name must not make pytest collect it

    id: str
    role: str
    verdict: str
    seconds: float
    expected: str = ""
    observed: str = ""
    evidence: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True)
class RequirementResult:
    """A requirement with its verdict, why, and the tests behind it."""

    id: str
    area: str
    section: str
    level: str
    verdict: str
    reason: str
    text: str
    tests: Sequence[TestResult] = field(default_factory=list)


@dataclass(frozen=True)
class Results:
    """All of ``results.json``."""

    subject: Subject
    run: Run
    requirements: Sequence[RequirementResult]
    schema: int = 1

    def to_json(self) -> str:
        """The text of the file."""
        plain = asdict(self)
        ordered = {"schema": plain.pop("schema")} | plain
        return json.dumps(_finite(ordered), ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    def write(self, path: Path) -> None:
        """Writes the file in one step."""
        write_atomically(path, self.to_json())

    @classmethod
    def read(cls, path: Path) -> Self:
        """The results in a file, or in the ``results.json`` of a run's folder.

        Raises:
            UsageError: there is none, it is no results file, or it is of a later schema than this version knows.
        """
        file = path / RESULTS if path.is_dir() else path
        try:
            plain = json.loads(file.read_bytes())
        except OSError as error:
            raise UsageError(f"{file}: cannot be read ({error.strerror}); a run's folder holds a {RESULTS}") from error
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{file}: no JSON ({error})") from error
        table = Table.of(plain, str(file))
        if table.whole("schema") != cls.schema:
            raise UsageError(f"{file}: schema {table.whole('schema')}; this version reads schema {cls.schema}")
        return cls(
            subject=_subject(table.table("subject")),
            run=_run(table.table("run")),
            requirements=[_requirement(entry) for entry in table.tables("requirements")],
        )


def _subject(table: Table) -> Subject:
    return Subject(
        kind=table.text("kind"),
        device_id=table.text("device_id"),
        firmware=table.text("firmware"),
        profile=table.text("profile"),
        features=table.texts("features"),
    )


def _run(table: Table) -> Run:
    return Run(
        id=table.text("id"),
        started=table.number("started"),
        seconds=table.number("seconds"),
        seed=table.whole("seed"),
        workers=table.whole("workers"),
        boots=table.whole("boots"),
        clock_error_ms=table.number("clock_error_ms") if table.has("clock_error_ms") else None,
        exit_code=table.whole("exit_code"),
        complete=table.flag("complete"),
        qualification=table.table("qualification").values if table.has("qualification") else None,
        stale=table.texts("stale") if table.has("stale") else [],
        tolerances=table.numbers("tolerances") if table.has("tolerances") else {},
        versions={key: str(value) for key, value in table.table("versions").values.items()} if table.has("versions") else {},
        command=table.texts("command") if table.has("command") else [],
    )


def _requirement(table: Table) -> RequirementResult:
    return RequirementResult(
        id=table.text("id"),
        area=table.text("area"),
        section=table.text("section"),
        level=table.text("level"),
        verdict=table.text("verdict"),
        reason=table.text("reason"),
        text=table.text("text") if table.has("text") else "",
        tests=[_test(entry) for entry in table.tables("tests")],
    )


def _test(table: Table) -> TestResult:
    return TestResult(
        id=table.text("id"),
        role=table.text("role"),
        verdict=table.text("verdict"),
        seconds=table.number("seconds"),
        expected=table.text("expected"),
        observed=table.text("observed"),
        evidence=table.texts("evidence"),
    )


def _finite(value: object) -> object:
    """JSON has neither NaN nor infinity; a figure that is none becomes null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
