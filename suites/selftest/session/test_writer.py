"""The files of a run are written however it ends, and a secret in one of them fails it."""

import pytest

from rig.device.emulated import EmulatorOptions
from rig.evidence.canaries import Canaries
from rig.outcome import Outcome
from rig.report.results import Results
from rig.session import RunOptions, RunWriter
from rig.verdict import Verdict

REQUIREMENT = "auth/bearer-header"
SUBJECT = {"kind": "emulated", "device_id": "aabbccddeeff", "firmware": "v5.00p", "profile": "document", "features": ["console"]}


@pytest.fixture
def writer(tmp_path):
    options = RunOptions(tmp_path / "run", None, EmulatorOptions(), (), 7, require_all=False, keep_secrets=False)
    made = RunWriter(options)
    made.collected([REQUIREMENT], [REQUIREMENT])
    return made


def outcome(verdict, observed=""):
    return Outcome("suites/auth/test_x.py::test_a", (REQUIREMENT,), (), verdict, 1.5, "one header", observed, ("evidence/auth/test_x",))


def facts(**more):
    return {"subject": SUBJECT, "boots": 2, "clock_error_ms": 0.3, **more}


def test_a_run_that_passed(writer):
    writer.add(outcome(Verdict.PASS))
    writer.add_bench(facts())
    assert writer.finish(interrupted=False, broken=False) == 0
    results = Results.read(writer.options.out)
    assert (results.run.boots, results.run.seed, results.run.complete) == (2, 7, True)
    assert (writer.options.out / "index.html").is_file()
    assert (writer.options.out.parent / "latest").resolve() == writer.options.out.resolve()


def test_a_failure_says_requirement_expected_observed_and_evidence(writer):
    writer.add(outcome(Verdict.FAIL, "two headers"))
    writer.add_bench(facts())
    assert writer.finish(interrupted=False, broken=False) == 1
    told = "\n".join(writer.in_words())
    for words in (REQUIREMENT, "one header", "two headers", "evidence/auth/test_x", "auth/test_x.py::test_a"):
        assert words in told


def test_what_was_not_run_says_why_unless_nobody_selected_it(writer):
    writer.collected([REQUIREMENT, "auth/changed-token"], [REQUIREMENT])
    writer.add(outcome(Verdict.NOT_RUN, "no browser"))
    writer.add_bench(facts())
    writer.finish(interrupted=False, broken=False)
    told = [line.strip() for line in writer.in_words()]
    assert "not run  1: no browser" in told
    assert [line for line in told if "not selected" in line] == []


def test_an_interrupted_run_leaves_what_was_judged(writer):
    writer.add(outcome(Verdict.PASS))
    assert writer.finish(interrupted=True, broken=False) == 130
    results = Results.read(writer.options.out)
    assert not results.run.complete
    assert {row.verdict for row in results.requirements if row.id == REQUIREMENT} == {"pass"}


def test_trouble_in_the_rig_is_no_pass(writer):
    writer.add(outcome(Verdict.PASS))
    assert writer.finish(interrupted=False, broken=True) == 3


def test_a_canary_in_a_file_of_the_run_fails_it(writer):
    canaries = Canaries.fresh()
    writer.add(outcome(Verdict.PASS))
    writer.add_bench(facts(canaries=dict(canaries.values)))
    leaky = writer.options.out / "evidence" / "auth"
    leaky.mkdir(parents=True)
    (leaky / "serial.log").write_text(f"password is {canaries.values['sta_pass']}\n", encoding="utf-8")
    assert writer.finish(interrupted=False, broken=False) == 3
    assert any("serial.log" in line and "sta_pass" in line for line in writer.in_words())
    assert Results.read(writer.options.out).run.exit_code == 3


def test_later_phases_join_the_outcome_of_a_test(writer):
    writer.add(outcome(Verdict.PASS, "noted"))
    writer.add(outcome(Verdict.ERROR, "teardown broke"))
    assert writer.of_test("suites/auth/test_x.py::test_a").verdict is Verdict.ERROR
