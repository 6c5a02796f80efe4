"""The page: everything that was read, put into one self-contained HTML file."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rig.report import overview as first_screen
from rig.report import words
from rig.report.books import BOOKS, Account, books, received
from rig.report.cadence import Cadence, cadence
from rig.report.cases import BUDGETS, Budget, cases
from rig.report.document import read_document
from rig.report.hello import Handshakes, handshakes
from rig.report.interference import Interference, interference
from rig.report.painted import PaintedSection, Status, painted
from rig.report.privacy import Privacy, privacy
from rig.report.recorded import Scenario, read_scenario
from rig.report.results import Results
from rig.tolerance import Tolerances

LARGEST = 3_000_000
"""Bytes that the page may have."""
_SIGNS = {
    Status.CONTRADICTED: "✗",
    Status.KNOWN_DEVIATION: "≠",
    Status.PROVEN: "✓",
    Status.PARTLY_PROVEN: "◐",
    Status.MEASURED: "∿",
    Status.NOT_TESTED: "○",
    Status.NOT_OBSERVABLE: "⊘",
    Status.ADVICE: "☞",
    Status.ILLUSTRATION: "“",
    Status.OUT_OF_SCOPE: "\N{EN DASH}",
}
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Material:
    """What the page is made of, besides the cases, which depend on how much room there is."""

    results: Results
    scenarios: Mapping[str, Scenario]
    document: Sequence[PaintedSection]
    cadence: Sequence[Cadence]
    interference: Interference | None
    privacy: Privacy
    books: Sequence[Account]
    received: tuple[int, int, int]
    handshakes: Handshakes
    tolerances: Tolerances


def page_of(folder: Path, results: Results) -> str:
    """The page of the run in `folder`, with as much detail as fits into 3 MB."""
    material = gathered(folder, results)
    html = ""
    for budget in BUDGETS:
        html = rendered(material, budget)
        if len(html.encode()) <= LARGEST:
            break
    return html


def gathered(folder: Path, results: Results) -> Material:
    """Reads the evidence that the results point at."""
    folders = dict.fromkeys(path for requirement in results.requirements for test in requirement.tests for path in test.evidence)
    scenarios = {path: read_scenario(folder, path) for path in sorted(folders) if words.local_link(path)}
    tolerances = _tolerances(results)
    guard_ms = results.run.clock_error_ms or 0.0
    recorded = list(scenarios.values())
    return Material(
        results=results,
        scenarios=scenarios,
        document=painted(read_document(), {requirement.id: requirement for requirement in results.requirements}),
        cadence=cadence(recorded, tolerances, guard_ms),
        interference=interference(recorded, tolerances, guard_ms),
        privacy=privacy(recorded),
        books=books(recorded),
        received=received(recorded),
        handshakes=handshakes(recorded),
        tolerances=tolerances,
    )


def _tolerances(results: Results) -> Tolerances:
    known = Tolerances.__dataclass_fields__
    return Tolerances(**{key: value for key, value in results.run.tolerances.items() if key in known})


def rendered(material: Material, budget: Budget) -> str:
    """The page with so much detail."""
    results = material.results
    style, script = _asset("report.css"), _asset("report.js")
    return _environment().get_template("report.html.j2").render(
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'",
        overview=first_screen.overview(results),
        material=material,
        results=results,
        cases=cases(results.requirements, material.scenarios, budget),
        areas=first_screen.areas(results.requirements),
        marks=first_screen.MARKS,
        statuses=_statuses(material.document),
        status_signs={status.name: sign for status, sign in _SIGNS.items()},
        document_version=read_document().version,
        features=first_screen.features(results.subject),
        again=first_screen.again(results),
        book_names=BOOKS,
        tolerances=first_screen.tolerances_in_words(material.tolerances),
    )


def _statuses(sections: Sequence[PaintedSection]) -> list[tuple[Status, int]]:
    found = [sentence.status for section in sections for sentence in section.sentences]
    return [(status, found.count(status)) for status in Status if status in found]


@cache
def _environment() -> Environment:
    """Templates that escape everything, and fail on anything they do not know."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=_seen,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "size": words.size,
        "duration": words.duration,
        "ms": words.milliseconds,
        "first_line": words.first_line,
        "bounded": words.bounded,
        "link": words.local_link,
        "anchor": words.anchor,
    }
    environment.globals |= {"amount": words.amount}
    return environment


def _seen(value: object) -> object:
    """What a device sent is shown with everything unseen in it written out; markup of our own stays."""
    return words.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _asset(name: str) -> Markup:
    """A file of ours that goes into the page as it is."""
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 (our own file, nothing of a device in it)


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
