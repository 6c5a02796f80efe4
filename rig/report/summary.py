"""``summary.md``: a run on one screen, for the step summary of a CI server. Markdown; what the device said is escaped."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rig.report.results import RequirementResult, Results
from rig.verdict import Verdict

EXIT_WORDS = {
    0: "nothing failed",
    1: "a requirement failed",
    2: "the command was not understood",
    3: "bench or rig kept a question from being answered",
    4: "a known deviation no longer shows",
    130: "interrupted; what was judged until then stands below",
}
VERDICT_WORDS = {
    Verdict.FAIL: ("✗", "fail", "the device's fault"),
    Verdict.ERROR: ("‼", "error", "the rig's fault"),
    Verdict.INCONCLUSIVE: ("?", "inconclusive", "the bench's fault: the question was never reached"),
    Verdict.KNOWN_DEVIATION: ("≠", "known deviation", "fails, and the device profile says so"),
    Verdict.PASS: ("✓", "pass", "the promise was kept"),
    Verdict.NOT_APPLICABLE: ("⊘", "not applicable", "device or bench does not declare the feature"),
    Verdict.NOT_RUN: ("○", "not run", "nobody asked"),
}
_LONGEST = 300
_MOST_ROWS = 300


def summary_markdown(results: Results) -> str:
    """The text of the file: subject, counts, what needs attention, one line each."""
    subject, run = results.subject, results.run
    lines = [
        f"# Conformance of {escaped(subject.device_id)}, firmware {escaped(subject.firmware)}",
        "",
        _subject_line(results),
        "",
        f"Exit code {run.exit_code}: {EXIT_WORDS.get(run.exit_code, 'unknown')}.",
        "",
        *_table(("verdict", "requirements", "meaning"), _count_rows(results.requirements)),
    ]
    for verdict in (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE):
        lines += _section(verdict, results.requirements)
    if run.stale:
        lines += ["", "## Stale", "", "Listed as known deviations, and they passed:", ""]
        lines += [f"- `{escaped(requirement)}`" for requirement in run.stale]
    lines += _section(Verdict.KNOWN_DEVIATION, results.requirements)
    lines += ["", _run_line(results)]
    return "\n".join(lines) + "\n"


def escaped(text: str, limit: int = _LONGEST) -> str:
    """`text` for a place in Markdown where it has to stay what it is: one line, no markup, no HTML, cut at `limit`."""
    line = " ".join(text.split())
    line = line if len(line) <= limit else line[: limit - 1] + "…"
    line = "".join(character if character.isprintable() else f"\\u{{{ord(character):x}}}" for character in line)
    return re.sub(r"[\\`*_{}\[\]<>#!|~$@&]", lambda found: f"&#{ord(found[0])};", line)


def _subject_line(results: Results) -> str:
    subject = results.subject
    words = f"Profile {escaped(subject.profile)}, judged by the product document."
    if subject.kind == "emulated":
        return f"**Emulated device: this proves the rig, never a device.** {words}"
    return f"**Physical device.** {words}"


def _run_line(results: Results) -> str:
    run = results.run
    error = "not measured" if run.clock_error_ms is None else f"{run.clock_error_ms:.2f} ms"
    return (
        f"Run {escaped(run.id)}: {run.seconds:.0f} s, {run.boots} boots, {run.workers} "
        f"{'worker' if run.workers == 1 else 'workers'}, seed {run.seed}, clock error {error}."
    )


def _count_rows(requirements: Sequence[RequirementResult]) -> Iterable[tuple[str, str, str]]:
    counts = Counter(requirement.verdict for requirement in requirements)
    for verdict, (sign, words, meaning) in VERDICT_WORDS.items():
        if counts[verdict.value]:
            yield f"{sign} {words}", str(counts[verdict.value]), meaning


def _section(verdict: Verdict, requirements: Sequence[RequirementResult]) -> list[str]:
    rows = [
        (f"<code>{escaped(requirement.id)}</code>", requirement.level, escaped(requirement.text), escaped(requirement.reason))
        for requirement in requirements
        if requirement.verdict == verdict.value
    ]
    if not rows:
        return []
    sign, words, _ = VERDICT_WORDS[verdict]
    more = [f"and {len(rows) - _MOST_ROWS} more", ""] if len(rows) > _MOST_ROWS else []
    return ["", f"## {sign} {words.capitalize()}", "", *_table(("requirement", "level", "promise", "observed"), rows[:_MOST_ROWS]), *more]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
