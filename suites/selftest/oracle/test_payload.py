"""Bodies, good and hostile: what is read, and what is said to be wrong."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.oracle import payload
from rig.oracle.payload import read

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=10,
)


def telemetry(text: str) -> payload.Body:
    return read(b'{"autopid_data": {' + text.encode() + b"}}")


@given(st.dictionaries(st.text(), ANY_JSON, max_size=4))
def test_every_json_object_is_read_as_it_is(value):
    for body in (json.dumps(value).encode(), json.dumps(value, ensure_ascii=False, indent=1).encode()):
        found = read(body)
        assert found.problems == ()
        assert found.data == value


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\u0d81e+-.NaNtrue ').map(str.encode))
def test_whatever_arrives_is_read_or_refused_in_words(body):
    found = read(body)
    assert found.problems or isinstance(found.data, dict)
    found_again = [payload.not_flat(found), payload.long_decimals(found), payload.undocumented_keys(found)]
    assert all(isinstance(entry, str) for listed in found_again for entry in listed)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "no valid JSON"),
        (b'{"a": 1', "no valid JSON"),
        (b'{"a": 1} {"b": 2}', "no valid JSON"),
        (b"\xef\xbb\xbf{}", "no valid JSON"),
        (b"[1]", "no object, but an array"),
        (b"12", "no object, but a number"),
        (b"null", "no object, but null"),
        (b'{"unit": "\xb0C"}', "no valid UTF-8 at byte 10: b0 43"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b'{"a": 01}', "no valid JSON"),
        (b"{'a': 1}", "no valid JSON"),
        (b'{"a": "\\ud800"}', "half a surrogate pair"),
        (b'{"a": 1, "a": 2}', "key 'a' is there 2 times"),
        (b'{"s": {"x": 1, "x": 1, "x": 1}}', "key 'x' is there 3 times"),
        (b'{"a":' + b"[" * 21 + b"]" * 21 + b"}", "nested 22 deep"),
        (b'{"a": "' + b"x" * (1 << 20) + b'"}', "larger than 1048576 bytes"),
    ],
)
def test_what_is_wrong_is_said(body, problem):
    assert problem in "; ".join(read(body).problems)


def test_brackets_in_texts_do_not_nest():
    assert read(json.dumps({"a": "[" * 50, 'quote " [[' * 30: "\\"}).encode()).problems == ()
    assert read(b'{"a":' + b"[" * 19 + b"]" * 19 + b"}").problems == ()


def test_units_that_are_not_ascii_arrive():
    assert read('{"config": {"T": {"class": "temperature", "unit": "°C"}}}'.encode()).config["T"] == {"class": "temperature", "unit": "°C"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"' + b'\\"' * 500_000,
        b'{"' + b'\\"' * 500_000 + b"\\",
        b"{" + b",".join(b'"k%d":1' % number for number in range(70_000)) + b"}",
        b"{" + b",".join([b'"k":1'] * 150_000) + b"}",
        b"{" + b",".join(b'"k%d":1' % (number // 2) for number in range(70_000)) + b"}",
        b"[" * 1_000_000,
        b'{"a":' + b"9" * 1_000_000 + b"}",
        b'{"a":1e' + b"9" * 1_000_000 + b"}",
    ],
)
def test_a_hostile_body_costs_bounded_time_and_words(body):
    began = time.process_time()
    found = read(body)
    payload.long_decimals(found)
    assert time.process_time() - began < 2
    assert sum(map(len, found.problems)) < 10_000


@pytest.mark.parametrize(
    ("literal", "fine"),
    [
        ("62.35", True), ("62.10", True), ("12.0", True), ("4147", True), ("-40", True), ("1e3", True), ("6.235e1", True), ("0", True),
        ("62.349998474", False), ("62.100", False), ("1e-3", False), ("0.001", False), ("1.5e-2", False), ("-7.125", False),
    ],
)  # fmt: skip
def test_decimals_are_counted_in_the_text(literal, fine):
    assert payload.long_decimals(telemetry(f'"P": {literal}')) == ([] if fine else [f"P is {literal}"])


def test_a_timestamp_is_no_parameter():
    body = telemetry('"P": 1.5, "timestamp": 1730000000.123')
    assert payload.long_decimals(body) == []
    assert body.parameters == {"P": 1.5}
    assert body.telemetry.keys() == {"P", "timestamp"}


def test_telemetry_is_flat():
    assert payload.not_flat(telemetry('"A": 1, "B": "on", "C": null')) == []
    assert payload.not_flat(telemetry('"params": {"A": 1}, "list": [1]')) == ["params", "list"]


@pytest.mark.parametrize(
    ("literal", "fine"), [("1", True), ("-2.5", True), ('"1"', False), ("true", False), ("null", False), ("1e999", False), ("{}", False)]
)
def test_numeric_parameters_are_finite_numbers(literal, fine):
    found = payload.not_numbers(telemetry(f'"P": {literal}, "STATE": "on"'), ["P", "ABSENT"])
    assert bool(found) is not fine


def test_blocks_that_are_no_objects_count_as_empty():
    body = read(b'{"autopid_data": 5, "config": [], "status": null}')
    assert (body.telemetry, body.config, body.status, body.parameters) == ({}, {}, {}, {})


def test_keys_beside_the_telemetry_are_named():
    body = read(b'{"autopid_data": {}, "status": {}, "ts": 1, "extra": 2}')
    assert payload.beside_telemetry(body) == ["extra", "status", "ts"]
    assert payload.beside_telemetry(body, payload.BUILD_METRICS) == ["extra", "status"]


def test_undocumented_keys_are_listed_as_paths():
    body = read(b'{"autopid_data": {"A": 1, "timestamp": 5}, "config": {"A": {"class": "x", "unit": "y", "min": 0}}, "gps": {}, "fw": "4"}')
    assert payload.undocumented_keys(body) == ["gps", "autopid_data.timestamp", "config.A.min"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"device_id": "aabb", "fw": "4.40"', {"device_id": "as documented", "fw": "as documented"}),
        ('"ts": 1730000000', {"ts": "as documented"}),
        ('"ts": 1730000000000', {"ts": "as documented"}),
        ('"ts": "now"', {"ts": "not as documented: a text"}),
        ('"ts": 12', {"ts": "not as documented: a number"}),
        ('"can": [], "metrics": {}', {"can": "as documented", "metrics": "as documented"}),
        ('"metrics": []', {"metrics": "not as documented: an array"}),
        ('"other": 1', {}),
    ],
)
def test_keys_of_section_5_mean_what_it_says(text, found):
    assert payload.build_metrics(read(b"{" + text.encode() + b"}")) == found


def test_keys_that_speak_of_secrets_are_named_and_their_values_are_not():
    status = {
        "sta_ssid": "home", "sta_pass": "hunter2", "mqtt_user": "u", "mqtt_tx_topic": "wican/x", "api_token": "t", "ap_ssid_en": "disable",
        "home_password": "", "compass": "N", "keyless": "x", "port": "35000", "device_id": "aabb", "vpn": {"private_key": "k"},
        "networks": [{"ssid": "a"}], "batt_alert_pass": "p", "token_valid": True,
    }  # fmt: skip
    found = payload.secret_looking(read(json.dumps(status).encode()).data)
    assert sorted(found) == [
        "api_token", "batt_alert_pass", "mqtt_tx_topic", "mqtt_user", "networks.0.ssid", "sta_pass", "sta_ssid", "vpn.private_key",
    ]  # fmt: skip
