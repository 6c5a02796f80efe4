"""The matrix of a qualification: what became of each seeded defect and each harmless variant, and for which suite it speaks."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path

from rig.requirements import fixtures_folder, suites_folder

FILE = "qualify.json"


class Catch(Enum):
    """What became of a defect."""

    CLAIMED = "claimed"
    OTHER = "other"
    SURVIVED = "survived"
    CRASHED = "crashed"


@dataclass(frozen=True)
class CaughtSeed:
    """A defect with what became of it and every requirement that failed."""

    id: str
    requirement: str
    outcome: str
    failed: tuple[str, ...]
    excuse: str = ""


@dataclass(frozen=True)
class TriedVariant:
    """A variant with every requirement that failed, which should be none."""

    id: str
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Qualification:
    """The matrix, and of which suite and emulator it was made."""

    suite: str
    thorough: bool
    defects: tuple[CaughtSeed, ...] = ()
    variants: tuple[TriedVariant, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether nothing survived without an excuse, nothing crashed and no variant raised a false alarm."""
        lost = {Catch.SURVIVED.value, Catch.CRASHED.value}
        return not any(seed.outcome in lost and not seed.excuse for seed in self.defects) and not any(v.failed for v in self.variants)

    def write(self, file: Path) -> None:
        """Writes ``qualify.json`` in one step."""
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".tmp")
        fresh.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        fresh.replace(file)


def suite_hash() -> str:
    """Fingerprint of suites, rig and fixtures: a qualification speaks for this state of them only."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for root, pattern in ((package, "*.py"), (suites_folder(), "*.py"), (suites_folder(), "*.toml"), (fixtures_folder(), "*.toml")):
        for file in sorted(root.rglob(pattern)):
            if "selftest" not in file.parts:
                digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def matching(file: Path) -> dict[str, object] | None:
    """Counts and hash of the matrix in `file`, if it was made of this suite and this emulator; None otherwise."""
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(table, dict) or table.get("suite") != suite_hash():
        return None
    return {key: table[key] for key in ("suite", "thorough", "counts") if key in table}
