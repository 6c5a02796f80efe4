"""The end of an exploration in a few lines, put together from what each of its lanes left in the folder of the run."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from rig.evidence.files import write_atomically

FOLDER = Path("evidence/explore")
"""Where an exploration leaves what it found, relative to the folder of the run."""


@dataclass(frozen=True)
class Told:
    """A script that is worth telling: what it showed, how often and when first (s), its cost and its steps."""

    promise: str
    observed: str
    file: str
    seen: int
    after_s: float
    cost: tuple[int, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Lane:
    """What one bench came to."""

    plays: int = 0
    boots: int = 0
    seconds: float = 0.0
    broken: tuple[Told, ...] = ()
    unjudged: tuple[Told, ...] = field(default=())

    def write(self, run: Path, lane: int) -> None:
        """Leaves it in the folder of the run."""
        write_atomically(run / FOLDER / f"lane-{lane}.json", json.dumps(asdict(self), ensure_ascii=False, indent=1))

    @classmethod
    def read(cls, file: Path) -> Self:
        """What `write` left."""
        plain = json.loads(file.read_text(encoding="utf-8"))
        told = {name: tuple(Told(**{**one, "cost": tuple(one["cost"])}) for one in plain[name]) for name in ("broken", "unjudged")}
        return cls(**{**plain, **told})


def summary(run: Path) -> list[str]:
    """Figures of all lanes, and for each promise that was broken its shortest script; nothing where nobody explored."""
    lanes = [Lane.read(file) for file in sorted((run / FOLDER).glob("lane-*.json"))]
    if not lanes:
        return []
    plays, boots, seconds = sum(lane.plays for lane in lanes), sum(lane.boots for lane in lanes), max(lane.seconds for lane in lanes)
    pace = f", {60 * plays / seconds:.0f} a minute" if seconds else ""
    shortest = _shortest(told for lane in lanes for told in lane.broken)
    benches = f" on {len(lanes)} benches" if len(lanes) > 1 else ""
    lines = [f"{plays} sequences of {boots} boots in {seconds:.0f} s{benches}{pace}; {len(shortest)} promises broken"]
    for told in shortest:
        lines += ["", f"{told.promise}: {told.observed}", f"first after {told.after_s:.0f} s, shortest script {run / told.file}:"]
        lines += [f"    {step}" for step in told.steps]
    for told in (told for lane in lanes for told in lane.unjudged):
        lines += ["", f"could not be judged: {told.observed}; script {run / told.file}"]
    return lines


def _shortest(broken: Iterable[Told]) -> list[Told]:
    best: dict[str, Told] = {}
    for told in sorted(broken, key=lambda told: told.cost):
        best.setdefault(told.promise, told)
    return list(best.values())
