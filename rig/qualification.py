"""How good the suite is at catching: it is run against every seeded defect and every harmless variant of the emulator.

Which requirement a defect breaks stands in ``fixtures/defects.toml``, which nothing else reads. A defect is *claimed* when the
requirement it breaks fails, caught by an *other* when a different one does, it *survives* when nothing fails, and has
*crashed* when the run came to no verdicts. Where its requirement cannot be asked, such as without a browser, it is *not run* and
counts neither way. A variant that fails anything is a false alarm.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from rig.conformance import Order
from rig.errors import RigError, UsageError
from rig.matrix import Catch, CaughtSeed, Qualification, TriedVariant, suite_hash
from rig.report.results import Results
from rig.requirements import catalogue, fixtures_folder

RUN_LIMIT_S = 900.0
EXPLORE = "90s"
EXPLORE_BENCHES = 4
"""How long, and on how many benches, a defect is looked for that only exploring finds."""
EXPLORATION_COSTS = 6
"""As much as so many runs: a bench that explores restarts its device all the time."""
_QUIETER = 4
"""By so much fewer runs side by side."""
_INCONCLUSIVE = " (inconclusive)"
_FAILS = {"fail", "known_deviation"}


@dataclass(frozen=True)
class Seed:
    """A defect and the requirements it breaks, the blamed one first; `excuse` is why it may survive, if it may.

    `explore` says that it is looked for by exploring, because no ordinary test can be expected to come upon it.
    """

    id: str
    summary: str
    requirements: tuple[str, ...]
    needs: tuple[str, ...] = ()
    slow: bool = False
    explore: bool = False
    excuse: str = ""


@dataclass(frozen=True)
class Variant:
    """A harmless difference, and the requirements in which it could show."""

    id: str
    summary: str
    requirements: tuple[str, ...] = ()


def listed() -> tuple[list[Seed], list[Variant]]:
    """Every defect and variant that the emulator lists, joined with what the fixtures say of them.

    Raises:
        UsageError: the two lists do not agree, or a requirement is unknown.
    """
    file = fixtures_folder() / "defects.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    known = {str(entry["id"]): entry for entry in table.get("defect", [])}
    harmless = {str(entry["id"]): entry for entry in table.get("variant", [])}
    said = _said_by_the_emulator()
    offered = {line["id"]: line for line in said if line.get("kind", "defect") == "defect"}
    variants = {line["id"]: line for line in said if line.get("kind") == "variant"}
    if apart := (offered.keys() ^ known.keys()) | (variants.keys() ^ harmless.keys()):
        raise UsageError(f"{file}: {min(apart)!r} is not both there and in `wican-rig emulate --list-defects`; write or delete its entry")
    seeds = [_seed(file, known[name], offered[name]["summary"]) for name in sorted(known)]
    return seeds, [Variant(name, variants[name]["summary"], tuple(harmless[name].get("requirements", ()))) for name in sorted(harmless)]


def _seed(file: Path, entry: Mapping[str, object], summary: str) -> Seed:
    requirements = entry.get("requirements")
    if not isinstance(requirements, list) or not requirements or not set(requirements) <= catalogue().keys():
        raise UsageError(
            f"{file}: {entry['id']}: requirements has to list ids of the catalogue, the blamed one first, not {requirements!r}"
        )
    needs = entry.get("needs", [])
    return Seed(
        id=str(entry["id"]),
        summary=summary,
        requirements=tuple(requirements),
        needs=tuple(needs) if isinstance(needs, list) else (),
        slow=bool(entry.get("slow")),
        explore=bool(entry.get("explore")),
        excuse=str(entry.get("excuse", "")),
    )


def _said_by_the_emulator() -> list[dict[str, str]]:
    command = [sys.executable, "-m", "rig.emulator", "--list-defects"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own program)
    if done.returncode:
        raise RigError(f"the emulator does not list its defects: {done.stderr.strip().splitlines()[-1:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


@dataclass(frozen=True)
class _Done:
    """What became of a task, None where it was not run; `unsure` tells that a busy machine may be why it was only inconclusive."""

    became: CaughtSeed | TriedVariant | None
    unsure: bool = False


@dataclass(frozen=True)
class Qualifier:
    """Runs the matrix: `jobs` runs side by side, each with the requirements that matter (all of them if `thorough`)."""

    work: Path
    jobs: int
    thorough: bool = False
    slow: bool = False

    def qualify(self, seeds: Iterable[Seed], variants: Iterable[Variant], tell: Callable[[str, int, int], None]) -> Qualification:
        """The matrix; `tell` hears of every finished run: what became of it, how many are done, of how many."""
        tasks: list[Seed | Variant] = [*variants]  # first, because a variant is asked most
        tasks += [seed for seed in seeds if self._has_time_for(seed)]
        caught: list[CaughtSeed] = []
        tried: list[TriedVariant] = []
        for number, (task, done) in enumerate(self._all(tasks), 1):
            match done.became:
                case CaughtSeed() as seed:
                    caught.append(seed)
                    said = seed.outcome
                case TriedVariant() as variant:
                    tried.append(variant)
                    said = "ALARM" if variant.failed else "quiet"
                case None:
                    said = "not run"
            tell(f"{said:>8}  {task.id}", number, len(tasks))
        caught.sort(key=lambda seed: seed.id)
        tried.sort(key=lambda variant: variant.id)
        counts = {catch.value: sum(seed.outcome == catch.value for seed in caught) for catch in Catch}
        counts["not_run"] = len(tasks) - len(caught) - len(tried)
        counts["false_alarms"] = sum(bool(variant.failed) for variant in tried)
        return Qualification(suite_hash(), self.thorough, tuple(caught), tuple(tried), counts)

    def _all(self, tasks: Sequence[Seed | Variant]) -> Iterator[tuple[Seed | Variant, _Done]]:
        """Each as it ends; explorations come later, each on several benches.

        What was inconclusive while all these runs kept the machine busy is asked once more on a quieter one.
        """
        exploring = [task for task in tasks if isinstance(task, Seed) and task.explore]
        unsure: list[Seed | Variant] = []
        for task, done in self._side_by_side([task for task in tasks if task not in exploring], self.jobs):
            if done.unsure:
                unsure.append(task)
            else:
                yield task, done
        yield from self._side_by_side(unsure, max(1, self.jobs // _QUIETER))
        yield from self._side_by_side(exploring, max(1, self.jobs // EXPLORATION_COSTS))

    def _side_by_side(self, tasks: Sequence[Seed | Variant], jobs: int) -> Iterator[tuple[Seed | Variant, _Done]]:
        with ThreadPoolExecutor(jobs) as pool:
            running = {pool.submit(self._try, task): task for task in tasks}
            for done in as_completed(running):
                yield running[done], done.result()

    def _has_time_for(self, seed: Seed) -> bool:
        return self.slow or not (seed.slow or (seed.explore and not self.thorough))

    def _try(self, task: Seed | Variant) -> _Done:
        only = () if self.thorough else task.requirements
        order = Order(only=only, workers=1, seed=1, out=self.work / task.id, report=False)
        if isinstance(task, Variant):
            verdicts = self._verdicts(replace(order, variants=(task.id,)))
            alarms = _alarms(verdicts)
            return _Done(TriedVariant(task.id, alarms), bool(alarms) and all(name.endswith(_INCONCLUSIVE) for name in alarms))
        if task.explore:
            order = replace(order, only=(), explore=EXPLORE, workers=EXPLORE_BENCHES)
        verdicts = self._verdicts(replace(order, defects=(task.id,), features=task.needs, slow=task.slow))
        failed = tuple(name for name, verdict in (verdicts or {}).items() if verdict in _FAILS)
        became = outcome(task, verdicts, failed)
        if became is None:
            return _Done(None)
        blamed = (verdicts or {}).get(task.requirements[0])
        caught = CaughtSeed(task.id, task.requirements[0], became.value, failed, task.excuse)
        return _Done(caught, became is Catch.SURVIVED and blamed == "inconclusive")

    def _verdicts(self, order: Order) -> dict[str, str] | None:
        folder = order.out or self.work
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").unlink(missing_ok=True)
        child = _CHILDREN.Process(target=_run, args=(order, folder / "terminal.log"), name=folder.name)
        child.start()
        child.join(RUN_LIMIT_S)
        if child.is_alive():
            child.kill()
            child.join()
        child.close()
        try:
            results = Results.read(folder / "results.json")
        except (OSError, UsageError):
            return None
        if not results.run.complete:
            return None
        return {requirement.id: requirement.verdict for requirement in results.requirements}


_CHILDREN = get_context("forkserver")
"""A run's imports take as long as its questions; they are made once, and every run is forked from there."""
_CHILDREN.set_forkserver_preload(["rig.conformance", "rig.pytest_plugin"])


def _run(order: Order, log: Path) -> None:
    """A run in this process, which has no other use; what it prints goes into `log`."""
    with log.open("w", encoding="utf-8") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    sys.exit(order.carry_out())


def _alarms(verdicts: Mapping[str, str] | None) -> tuple[str, ...]:
    """What a harmless variant set off: requirements that failed, or of which nothing is known."""
    if verdicts is None:
        return ("crashed",)
    bad = {"fail", "error", "inconclusive"}
    return tuple(name if verdict == "fail" else f"{name} ({verdict})" for name, verdict in verdicts.items() if verdict in bad)


def outcome(seed: Seed, verdicts: Mapping[str, str] | None, failed: tuple[str, ...]) -> Catch | None:
    """What became of a defect, by the verdicts of its run (None where it came to none) and the requirements that failed.

    None where its requirement was not run.
    """
    if verdicts is None or "error" in verdicts.values():
        return Catch.CRASHED
    if seed.requirements[0] in failed:
        return Catch.CLAIMED
    if failed:
        return Catch.OTHER
    return None if verdicts.get(seed.requirements[0]) == "not_run" and not seed.explore else Catch.SURVIVED
