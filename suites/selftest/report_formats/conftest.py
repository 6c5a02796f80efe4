from collections.abc import Callable

import pytest

from rig.report.results import RequirementResult, Results, Run, Subject, TestResult
from rig.verdict import Verdict

HOSTILE = 'quote " tag <script>alert(1)</script> pipe | tick ` nul \x00 esc \x1b[0m rtl \u202e lone \udc80 newline\n# heading ]]>'


@pytest.fixture
def requirement() -> Callable[..., RequirementResult]:
    def make(name: str, verdict: Verdict, *, level: str = "must", reason: str = "", seconds: float = 1.5) -> RequirementResult:
        area = name.partition("/")[0]
        test = TestResult(f"suites/{area}/test_x.py::test_{verdict.value}", "verifies", verdict.value, seconds, "promised", reason)
        tests = [] if verdict is Verdict.NOT_RUN else [test]
        return RequirementResult(name, area, "3.1", level, verdict.value, reason, f"What {name} promises.", tests)

    return make


@pytest.fixture
def results(requirement) -> Callable[..., Results]:
    """One requirement with each verdict in each of two areas, unless told which."""

    def make(*requirements: RequirementResult, exit_code: int = 1, kind: str = "emulated", **run: object) -> Results:
        every = [
            requirement(f"{area}/{verdict.value.replace('_', '-')}", verdict, level=level, reason=f"why {verdict.value}")
            for area, level in (("trust", "must"), ("auth", "info"))
            for verdict in Verdict
        ]
        facts: dict[str, object] = {
            "id": "20260102-030405", "started": 1767323045.5, "seconds": 61.25, "seed": 7, "workers": 4, "boots": 12,
            "clock_error_ms": 0.12, "exit_code": exit_code, "complete": True,
        }  # fmt: skip
        subject = Subject(kind, "aabbccddeeff", "v4.50p", "document", ["console"])
        return Results(subject, Run(**facts | run), list(requirements) or every)

    return make


@pytest.fixture
def hostile() -> str:
    """What a device might say to break whoever shows it."""
    return HOSTILE
