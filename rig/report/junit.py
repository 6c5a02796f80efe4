"""``junit.xml``: the verdicts for CI servers, one test case per requirement, one suite per area.

A fail is a failure; error and inconclusive are errors, because they say nothing about the device; known deviation, not
applicable and not run are skips with their reason. So the counts of a CI server are the counts of the run.
"""

import re
from collections.abc import Iterable
from itertools import groupby
from xml.etree import ElementTree

from rig.report.results import RequirementResult, Results, TestResult
from rig.verdict import Verdict

_OUTCOME = {
    Verdict.FAIL.value: "failure",
    Verdict.ERROR.value: "error",
    Verdict.INCONCLUSIVE.value: "error",
    Verdict.KNOWN_DEVIATION.value: "skipped",
    Verdict.NOT_APPLICABLE.value: "skipped",
    Verdict.NOT_RUN.value: "skipped",
}
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (2.2, Char) does not have, not even as a reference."""


def junit_xml(results: Results) -> str:
    """The text of the file."""
    top = ElementTree.Element("testsuites", {"name": "wican-rig", **_counts(results.requirements), "time": _time(results.run.seconds)})
    by_area = sorted(results.requirements, key=lambda requirement: requirement.area)
    for area, group in groupby(by_area, key=lambda requirement: requirement.area):
        requirements = list(group)
        tests = {test.id: test for requirement in requirements for test in requirement.tests}
        suite = ElementTree.SubElement(
            top, "testsuite", {"name": _clean(area), **_counts(requirements), "time": _time(_seconds(tests.values()))}
        )
        _properties(suite, _of_run(results))
        for requirement in requirements:
            _case(suite, requirement)
    ElementTree.indent(top)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(top, encoding="unicode") + "\n"


def _of_run(results: Results) -> dict[str, str]:
    subject, run = results.subject, results.run
    return {
        "subject": subject.kind,
        "device_id": subject.device_id,
        "firmware": subject.firmware,
        "profile": subject.profile,
        "run": run.id,
        "seed": str(run.seed),
        "exit_code": str(run.exit_code),
        "complete": str(run.complete).lower(),
    }


def _case(suite: ElementTree.Element, requirement: RequirementResult) -> None:
    name = {"classname": f"wican-rig.{_clean(requirement.area)}", "name": _clean(requirement.id)}
    case = ElementTree.SubElement(suite, "testcase", name | {"time": _time(_seconds(requirement.tests))})
    facts = {"requirement": requirement.id, "level": requirement.level, "section": requirement.section, "verdict": requirement.verdict}
    _properties(case, facts)
    if outcome := _OUTCOME.get(requirement.verdict):
        said = ElementTree.SubElement(case, outcome, {"type": requirement.verdict, "message": _clean(_message(requirement))})
        if outcome != "skipped":
            said.text = _clean(_account(requirement))
            return
    if requirement.tests:
        ElementTree.SubElement(case, "system-out").text = _clean(_account(requirement))


def _message(requirement: RequirementResult) -> str:
    first = (requirement.reason.strip().splitlines() or [requirement.text])[0]
    return f"{requirement.verdict.replace('_', ' ')}: {first}"


def _account(requirement: RequirementResult) -> str:
    lines = [requirement.text, *([f"why: {requirement.reason}"] if requirement.reason else [])]
    for test in requirement.tests:
        lines += [f"{test.verdict}  {test.id} ({test.role})", f"  expected: {test.expected}"]
        lines += [f"  observed: {test.observed}"] if test.observed else []
        lines += [f"  evidence: {path}" for path in test.evidence]
    return "\n".join(lines)


def _properties(parent: ElementTree.Element, values: dict[str, str]) -> None:
    properties = ElementTree.SubElement(parent, "properties")
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", {"name": name, "value": _clean(value)})


def _counts(requirements: Iterable[RequirementResult]) -> dict[str, str]:
    outcomes = [_OUTCOME.get(requirement.verdict, "passed") for requirement in requirements]
    return {
        "tests": str(len(outcomes)),
        "failures": str(outcomes.count("failure")),
        "errors": str(outcomes.count("error")),
        "skipped": str(outcomes.count("skipped")),
    }


def _seconds(tests: Iterable[TestResult]) -> float:
    return sum(test.seconds for test in tests)


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _clean(text: str) -> str:
    return _NO_XML.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)
