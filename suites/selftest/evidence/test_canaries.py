import base64
import json
from urllib.parse import quote

import pytest

from rig.evidence import Redactor, ScenarioRecorder, secrets_of
from rig.evidence.canaries import Canaries, hunt

CONFIGURATION = {"wifi_mode": "BLEStation", "sta_ssid": "x", "sta_pass": "yyyyyyyy", "mqtt_user": "", "port": "35000"}


@pytest.fixture
def canaries() -> Canaries:
    return Canaries.fresh()


def test_canaries_take_the_place_of_credentials_and_of_nothing_else(canaries):
    planted = canaries.in_main_configuration(CONFIGURATION)
    assert planted == CONFIGURATION | {name: canaries.values[name] for name in ("sta_ssid", "sta_pass", "mqtt_user")}


def test_every_canary_is_a_secret_to_the_rig(canaries):
    names = dict.fromkeys(canaries.values, "")
    found = secrets_of(canaries.in_main_configuration(names), canaries.automate_document())
    assert set(found) == set(canaries.values.values())


@pytest.mark.parametrize(
    "written",
    [
        lambda value: value,
        lambda value: value.upper(),
        lambda value: json.dumps({"sta_pass": value}),
        lambda value: quote(value, safe="").lower(),
        lambda value: base64.b64encode(b"user:" + value.encode()).decode(),
        lambda value: "prefix" + base64.urlsafe_b64encode(b"us:" + value.encode()).decode(),
    ],
)
def test_a_canary_is_found_in_every_form(written, canaries, tmp_path):
    file = tmp_path / "evidence" / "serial.log"
    file.parent.mkdir()
    file.write_text(f"I (1) wifi: {written(canaries.values['sta_pass'])} connected")
    (found,) = hunt(tmp_path, [canaries])
    assert (found.file, found.name) == ("evidence/serial.log", "sta_pass")


def test_the_canaries_of_every_bench_are_found(tmp_path):
    benches = [Canaries.fresh() for _ in range(3)]
    (tmp_path / "serial.log").write_text(" ".join(values.values["sta_pass"] for values in benches[:2]))
    (tmp_path / "can.log").write_text(benches[2].values["bearer"].upper())
    found = {(one.file, one.name) for one in hunt(tmp_path, benches)}
    assert found == {("serial.log", "sta_pass"), ("can.log", "bearer")}
    assert hunt(tmp_path, [Canaries.fresh()]) == []


def test_a_run_without_canaries_is_clean(canaries, tmp_path):
    (tmp_path / "results.json").write_text(json.dumps({"x": "0123456789abcdef" * 100}))
    assert hunt(tmp_path, [canaries]) == []


@pytest.mark.parametrize("name", ["sta_pass", "bearer"])
@pytest.mark.parametrize("keep_secrets", [False, True])
def test_the_recorder_lets_no_canary_through_unless_told_to(keep_secrets, name, canaries, exchanger, tmp_path):
    secrets = secrets_of(canaries.in_main_configuration(CONFIGURATION), canaries.automate_document())
    run = tmp_path / "run"
    recorder = ScenarioRecorder(run / "evidence", Redactor(secrets, key=b"key"), keep_secrets=keep_secrets)
    recorder.event("note", json.dumps(canaries.values[name]))
    exchanger.post(json.dumps({"status": {"x": canaries.values[name]}}).encode())
    recorder.keep("receiver-1", exchanger.connections, exchanger.requests)
    recorder.close()
    port = exchanger.connections[0].peer[1]
    expected = [f"evidence/capsule.pcapng: the canary planted as {name} stands there in the plain text of port {port}, as text"]
    assert [str(found) for found in hunt(run, [canaries])] == (expected if keep_secrets else [])


def test_what_could_not_be_looked_into_is_no_clean_bill(canaries, exchanger, tmp_path):
    recorder = ScenarioRecorder(tmp_path / "run", Redactor((), key=b"key"))
    connection = exchanger.post(b"{}")
    connection.key_log = [line[:-2] + "00" for line in connection.key_log]
    recorder.keep("receiver-1", exchanger.connections, exchanger.requests)
    recorder.close()
    (found,) = hunt(tmp_path / "run", [canaries])
    assert "could not be looked into" in found.form
