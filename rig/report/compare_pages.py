"""A comparison for people: one HTML file, and Markdown for a CI server. What a device said is escaped in both."""

import base64
import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rig.report.compare import Comparison, TimingChange, VerdictChange, WireChange
from rig.report.overview import MARKS
from rig.report.results import Results
from rig.report.summary import escaped
from rig.report.words import amount, bounded, milliseconds, visible

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = "tbody th,td{overflow-wrap:break-word}.wide{min-width:38rem}.wide td{white-space:normal}.kind{white-space:nowrap!important}"
_MOST_ROWS = 300


def comparison_html(comparison: Comparison) -> str:
    """The page."""
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8") + _STYLE
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = _environment().get_template("compare.html.j2")
    return template.render(
        comparison=comparison,
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        marks=MARKS,
        headline=headline(comparison),
        runs=runs(comparison),
        grounds=grounds(comparison),
    )


def comparison_markdown(comparison: Comparison) -> str:
    """The text for a step summary."""
    lines = [f"# {headline(comparison)}", "", *_table(("", "before", "after"), runs(comparison))]
    if comparison.verdicts:
        lines += ["", "## Verdicts", "", *_table(("requirement", "", "before", "after", "why"), map(_verdict_row, comparison.verdicts))]
    if comparison.timing:
        head = ("scenario", "destination", "cycle", "median before", "after")
        lines += ["", "## Intervals", "", *_table(head, map(_timing_row, comparison.timing))]
    if comparison.wire:
        lines += ["", "## On the wire", "", *_table(("", "what", "", "before", "after"), map(_wire_row, comparison.wire))]
    return "\n".join([*lines, "", grounds(comparison)]) + "\n"


def _verdict_row(change: VerdictChange) -> tuple[str, ...]:
    return change.requirement, change.direction, _words(change.before), _words(change.after), change.reason


def _timing_row(change: TimingChange) -> tuple[str, ...]:
    where = f"{change.destination}, boot {change.boot}"
    return change.scenario, where, f"{change.cycle_ms:g} ms", _ms(change.before_ms), _ms(change.after_ms)


def _wire_row(change: WireChange) -> tuple[str, ...]:
    return change.fact.group, change.fact.name, change.kind, "; ".join(change.before), "; ".join(change.after)


def headline(comparison: Comparison) -> str:
    """The result in one line."""
    if not comparison.differs:
        return "Nothing changed"
    parts = {
        "verdict": len(comparison.verdicts),
        "interval": len(comparison.timing),
        "fact on the wire": len(comparison.wire),
    }
    words = [amount(count, what, "facts on the wire" if what.startswith("fact") else None) for what, count in parts.items() if count]
    return f"Changed: {', '.join(words)}"


def grounds(comparison: Comparison) -> str:
    """What was looked at, so that silence means something."""
    requirements = amount(len(comparison.after.requirements), "requirement")
    scenarios = amount(comparison.scenarios, "scenario")
    series = amount(comparison.series, "series of intervals", "series of intervals")
    facts = amount(comparison.facts, "fact")
    return f"Compared: {requirements}, and in the {scenarios} that both runs have {series} and {facts} of the wire."


def runs(comparison: Comparison) -> list[tuple[str, str, str]]:
    """The two runs side by side."""
    sides = [list(_run(results)) for results in (comparison.before, comparison.after)]
    return [(name, before, after) for (name, before), (_, after) in zip(*sides, strict=True)]


def _run(results: Results) -> Iterator[tuple[str, str]]:
    subject, run = results.subject, results.run
    yield "run", run.id
    yield "started", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(run.started))
    yield "device", f"{subject.device_id} ({subject.kind})"
    yield "firmware", subject.firmware
    yield "profile", subject.profile
    yield "features", ", ".join(subject.features) or "none"
    yield "seed", str(run.seed)
    yield "clock error", "not measured" if run.clock_error_ms is None else milliseconds(run.clock_error_ms)
    yield "exit code", str(run.exit_code)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    written = [[escaped(cell) for cell in cells] for cells in rows]
    more = ["", f"and {len(written) - _MOST_ROWS} more"] if len(written) > _MOST_ROWS else []
    return ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *written[:_MOST_ROWS])] + more


def _words(verdict: str | None) -> str:
    if verdict is None:
        return "not in this run"
    mark = MARKS.get(verdict)
    return f"{mark.sign} {mark.words}" if mark else verdict


def _ms(value: float) -> str:
    return f"{value:.1f} ms"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"bounded": bounded, "ms": _ms}
    return environment
