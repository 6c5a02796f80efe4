"""From ``results.json`` and the evidence of a run to what people and CI servers read. Nothing here judges.

`render` writes ``index.html`` (one self-contained page), ``junit.xml`` and ``summary.md`` beside the results.
"""

from pathlib import Path

from rig.evidence.files import write_atomically
from rig.report.junit import junit_xml
from rig.report.results import Results
from rig.report.summary import summary_markdown

PAGE = "index.html"
JUNIT = "junit.xml"
SUMMARY = "summary.md"


def render(folder: Path) -> Path:
    """Writes the report of the run in `folder`, from its results and evidence alone; returns the page.

    Raises:
        UsageError: the folder holds no results that this version reads.
    """
    from rig.report.page import page_of  # noqa: PLC0415 (its library of charts is half the start of a worker, which draws none)

    results = Results.read(folder)
    write_atomically(folder / JUNIT, junit_xml(results))
    write_atomically(folder / SUMMARY, summary_markdown(results))
    write_atomically(folder / PAGE, page_of(folder, results))
    return folder / PAGE


__all__ = ["render"]
