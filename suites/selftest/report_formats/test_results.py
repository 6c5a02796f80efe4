import json
import math
from dataclasses import replace

import jsonschema
import pytest

from rig.errors import UsageError
from rig.report.results import SCHEMA_FILE, Results
from rig.requirements import Level
from rig.verdict import Verdict

SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def valid(results, folder) -> dict[str, object]:
    results.write(folder / "results.json")
    plain = json.loads((folder / "results.json").read_bytes())
    jsonschema.validate(plain, SCHEMA)
    return plain


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_what_is_written_is_valid_and_is_read_back(results, tmp_path):
    more = {"stale": ["auth/x"], "tolerances": {"median_ms": 100.0}, "versions": {"wican-rig": "0.1.0"}}
    written = results(qualification={"caught": 40, "of": 40}, **more)
    valid(written, tmp_path)
    assert Results.read(tmp_path / "results.json") == written
    assert Results.read(tmp_path) == written


def test_the_file_has_the_keys_that_the_interface_promises(results, tmp_path):
    plain = valid(results(), tmp_path)
    assert list(plain) == ["schema", "subject", "run", "requirements"]
    assert list(plain["subject"]) == ["kind", "device_id", "firmware", "profile", "features"]
    assert list(plain["run"])[:10] == [
        "id", "started", "seconds", "seed", "workers", "boots", "clock_error_ms", "exit_code", "complete", "qualification",
    ]  # fmt: skip
    assert list(plain["requirements"][0]) == ["id", "area", "section", "level", "verdict", "reason", "text", "tests"]
    assert list(plain["requirements"][0]["tests"][0]) == ["id", "role", "verdict", "seconds", "expected", "observed", "evidence"]


def test_the_schema_knows_every_verdict_and_level():
    assert set(SCHEMA["$defs"]["verdict"]["enum"]) == {verdict.value for verdict in Verdict}
    assert set(SCHEMA["$defs"]["requirement"]["properties"]["level"]["enum"]) == {level.value for level in Level}


@pytest.mark.parametrize("key", ["schema", "subject", "run", "requirements"])
def test_a_missing_key_is_not_valid_and_not_read(key, results, tmp_path):
    plain = valid(results(), tmp_path)
    del plain[key]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, SCHEMA)
    (tmp_path / "results.json").write_text(json.dumps(plain))
    with pytest.raises(UsageError, match=f"'{key}' is missing"):
        Results.read(tmp_path)


def test_figures_that_are_none_become_null(results, tmp_path):
    plain = valid(results(clock_error_ms=math.nan, seconds=math.inf), tmp_path)
    assert (plain["run"]["clock_error_ms"], plain["run"]["seconds"]) == (None, None)
    assert math.isnan(Results.read(tmp_path).run.seconds)


def test_what_a_device_says_cannot_break_the_file(results, requirement, hostile, tmp_path):
    said = requirement("trust/x", Verdict.FAIL, reason=hostile)
    plain = valid(results(said), tmp_path)
    assert plain["requirements"][0]["reason"] == hostile


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "has to be an object, not a list"),
        ('{"schema": 2}', "schema 2; this version reads schema 1"),
        ('{"schema": "1"}', "'schema' has to be a whole number, not a text"),
        ('{"schema": 1, "subject": {"kind": 1}}', "subject: 'kind' has to be a text, not a number"),
    ],
)
def test_what_is_no_results_file_is_said_in_one_sentence(content, message, tmp_path):
    file = tmp_path / "results.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageError, match=message) as caught:
        Results.read(tmp_path)
    assert str(file) in str(caught.value)


def test_keys_of_a_later_version_are_passed_over(results, tmp_path):
    plain = valid(results(), tmp_path)
    plain["run"]["invented"] = plain["requirements"][0]["invented"] = 1
    (tmp_path / "results.json").write_text(json.dumps(plain))
    assert Results.read(tmp_path) == results()


def test_a_file_that_cannot_be_replaced_whole_is_not_touched(results, tmp_path, monkeypatch):
    results().write(tmp_path / "results.json")
    before = (tmp_path / "results.json").read_bytes()
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        replace(results(), requirements=[]).write(tmp_path / "results.json")
    assert (tmp_path / "results.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]
