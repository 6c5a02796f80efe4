"""The first screen: what was tested, how it went, what failed; and how to run it again."""

import shlex
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from rig.errors import UsageError
from rig.profile import read_profile
from rig.report.results import RequirementResult, Results, Run, Subject
from rig.report.summary import EXIT_WORDS, VERDICT_WORDS
from rig.report.words import amount, duration, milliseconds
from rig.tolerance import Tolerances
from rig.verdict import Verdict

NOT_QUALIFIED = "not qualified here: wican-rig qualify"
_BENCH_FEATURES = {"power_control", "wifi_control", "default_bundle_anchor"}


class Mark(Enum):
    """How a verdict is shown: a sign that is read without colour, and words."""

    FAIL = Verdict.FAIL
    ERROR = Verdict.ERROR
    INCONCLUSIVE = Verdict.INCONCLUSIVE
    KNOWN_DEVIATION = Verdict.KNOWN_DEVIATION
    PASS = Verdict.PASS
    NOT_APPLICABLE = Verdict.NOT_APPLICABLE
    NOT_RUN = Verdict.NOT_RUN

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict.value
        self.sign, self.words, self.meaning = VERDICT_WORDS[verdict]
        self.style = verdict.value.replace("_", "-")


MARKS = {mark.verdict: mark for mark in Mark}
_TROUBLE = (Mark.FAIL, Mark.ERROR, Mark.INCONCLUSIVE)


@dataclass(frozen=True)
class Share:
    """One verdict's part of the whole; `start` and `width` are percent of the bar."""

    mark: Mark
    count: int
    start: float
    width: float


@dataclass(frozen=True)
class Overview:
    """The first screen's facts."""

    headline: str
    tone: str
    subject: tuple[tuple[str, str], ...]
    caution: str
    shares: tuple[Share, ...]
    total: int
    kill_score: str
    kill_note: str
    clock: str
    run: tuple[tuple[str, str], ...]
    trouble: tuple[RequirementResult, ...]
    deviations: tuple[RequirementResult, ...]
    stale: tuple[str, ...]


def overview(results: Results) -> Overview:
    """The first screen of a run."""
    requirements = results.requirements
    counts = Counter(requirement.verdict for requirement in requirements)
    score, note = kill_score(results.run.qualification)
    headline, tone = _headline(results, counts)
    return Overview(
        headline=headline,
        tone=tone,
        subject=_subject(results.subject),
        caution=_caution(results.subject),
        shares=_shares(counts),
        total=len(requirements),
        kill_score=score,
        kill_note=note,
        clock="not measured" if results.run.clock_error_ms is None else milliseconds(results.run.clock_error_ms),
        run=_run(results.run),
        trouble=tuple(item for mark in _TROUBLE for item in requirements if item.verdict == mark.verdict),
        deviations=tuple(item for item in requirements if item.verdict == Mark.KNOWN_DEVIATION.verdict),
        stale=tuple(results.run.stale),
    )


def _headline(results: Results, counts: Mapping[str, int]) -> tuple[str, str]:
    """One sentence, and the verdict that gives it its colour."""
    fails, deviations = counts.get(Mark.FAIL.verdict, 0), counts.get(Mark.KNOWN_DEVIATION.verdict, 0)
    open_ones = counts.get(Mark.INCONCLUSIVE.verdict, 0) + counts.get(Mark.ERROR.verdict, 0)
    passes = counts.get(Mark.PASS.verdict, 0)
    unfinished = "" if results.run.complete else " The run was interrupted; what follows is what it had by then."
    if fails:
        return f"{amount(fails, 'requirement')} failed.{unfinished}", Mark.FAIL.style
    if open_ones:
        return f"Nothing failed, but {amount(open_ones, 'requirement')} stayed without an answer.{unfinished}", Mark.INCONCLUSIVE.style
    if not passes and not deviations:
        return f"No requirement was judged.{unfinished}", Mark.NOT_RUN.style
    if deviations:
        words = amount(deviations, "known deviation")
        return f"Nothing failed beyond {words}.{unfinished}", Mark.KNOWN_DEVIATION.style
    return f"All {passes} requirements that were judged passed.{unfinished}", Mark.PASS.style if not unfinished else Mark.INCONCLUSIVE.style


def _subject(subject: Subject) -> tuple[tuple[str, str], ...]:
    return (
        ("Device", subject.device_id),
        ("Kind", subject.kind),
        ("Firmware", subject.firmware),
        ("Judged with profile", subject.profile),
    )


def _caution(subject: Subject) -> str:
    if subject.kind == "emulated":
        return "An emulated device: a pass here proves the rig, never a device."
    return "A physical device, judged by the product document; failures its profile lists are told apart."


def _shares(counts: Mapping[str, int]) -> tuple[Share, ...]:
    total = sum(counts.values()) or 1
    shares, start = [], 0.0
    for mark in Mark:
        count = counts.get(mark.verdict, 0)
        shares.append(Share(mark, count, start, 100 * count / total))
        start += 100 * count / total
    return tuple(shares)


def kill_score(qualification: Mapping[str, object] | None) -> tuple[str, str]:
    """How many seeded defects the suite caught, and what to know besides; where nobody tried, how to.

    The counts are those of ``qualify.json``: claimed (blamed on the right requirement), other, survived, crashed; those
    that were not run count neither way.
    """
    counts = (qualification or {}).get("counts", qualification)
    numbers = {key: value for key, value in counts.items() if isinstance(value, int)} if isinstance(counts, Mapping) else {}
    claimed, other = numbers.get("claimed", 0), numbers.get("other", 0)
    total = claimed + other + numbers.get("survived", 0) + numbers.get("crashed", 0)
    if not total:
        return "unknown", NOT_QUALIFIED
    return f"{claimed + other} of {total}", f"seeded defects caught, {claimed} of them blamed on the right requirement"


def _run(run: Run) -> tuple[tuple[str, str], ...]:
    return (
        ("Run", run.id),
        ("Started", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(max(0.0, min(run.started, 4e9))))),
        ("Took", duration(run.seconds)),
        ("Boots", str(run.boots)),
        ("Workers", str(run.workers)),
        ("Seed", str(run.seed)),
        ("Exit code", f"{run.exit_code} ({EXIT_WORDS.get(run.exit_code, 'unknown')})"),
    )


def features(subject: Subject) -> list[tuple[str, str]]:
    """Each declared feature, and who declares it."""
    try:
        listed = read_profile(subject.profile).features
    except UsageError:
        listed = frozenset()
    return [(name, _source(name, listed, subject.profile)) for name in subject.features]


def _source(name: str, listed: frozenset[str], profile: str) -> str:
    if name in _BENCH_FEATURES:
        return "the bench"
    return f"device profile {profile}" if name in listed else "the command line (--feature)"


def again(results: Results) -> str:
    """The command that runs this once more: the one that was given, with the seed it ended up with."""
    command = list(results.run.command)
    if not command:
        given = ["--bench", "FILE"] if results.subject.kind == "physical" else ["--profile", results.subject.profile]
        command = ["wican-rig", "run", *given]
    if not any(part.startswith("--seed") for part in command):
        place = command.index("--") if "--" in command else len(command)
        command[place:place] = ["--seed", str(results.run.seed)]
    return shlex.join(command)


def tolerances_in_words(tolerances: Tolerances) -> list[tuple[str, str]]:
    """The table of tolerances as people say it."""
    t = tolerances
    return [
        ("Median interval", f"{t.median_ms:g} ms, or {t.median_ratio:.0%} of the cycle if that is more"),
        ("Single interval", f"{t.interval_ms:g} ms, or {t.interval_ratio:.0%} of the cycle if that is more"),
        ("Two POSTs of one destination", f"never under {t.minimum_gap_ms:g} ms apart"),
        ("Median with a slow server", f"moves by at most {t.answer_time_ms:g} ms"),
        ("First POST", f"one cycle and {t.first_post_s:g} s after the web API is back"),
        ("Fresh value", f"the parameter's period, one cycle and {t.fresh_s:g} s"),
        ("Numeric value", f"{t.value:g}"),
        ("The device's clock", f"{t.clock_s:g} s"),
    ]


def areas(requirements: Sequence[RequirementResult]) -> list[str]:
    """The areas, in the order in which they come."""
    return list(dict.fromkeys(requirement.area for requirement in requirements))
