"""Config and status blocks: what is wrong with them is said."""

import pytest

from rig.oracle import blocks

STATUS = {
    "device_id": "aabbccddeeff", "fw_version": "4.50", "git_version": "v4.50p", "hw_version": "WiCAN-OBD-PRO",
    "ecu_status": "online", "sta_status": "Connected", "wifi_mode": "BLEStation", "sta_ip": "192.168.0.146",
}  # fmt: skip
EXPECTED = {"0C-EngineRPM": ("speed", "rpm"), "TestCustom": ("none", "none"), "T": ("temperature", "°C")}
CONFIG = {name: {"class": class_, "unit": unit} for name, (class_, unit) in EXPECTED.items()}


def test_a_whole_config_block_is_right():
    assert blocks.config_block(CONFIG, EXPECTED, ["T", "TestCustom", "timestamp"]) == []
    assert blocks.config_block({**CONFIG, "more": {}}, EXPECTED) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"T": None}, "T is missing"),
        ({"T": "°C"}, "T is no object"),
        ({"T": {"class": "temperature", "unit": "C"}}, "T has unit 'C', not '°C'"),
        ({"TestCustom": {"class": "none"}}, "TestCustom has unit None, not 'none'"),
        ({"TestCustom": {"class": 5, "unit": "none"}}, "TestCustom has class 5, not 'none'"),
    ],
)
def test_what_is_wrong_with_a_config_block(change, problem):
    assert blocks.config_block({**CONFIG, **change}, EXPECTED) == [problem]


def test_telemetry_names_nothing_that_config_does_not():
    assert blocks.config_block(CONFIG, EXPECTED, ["T", "GPS", "GPS"]) == ["GPS is in telemetry only"]


def test_parameters_that_are_switched_off_are_not_named():
    assert blocks.named(CONFIG, ["T", "OFF"]) == ["T"]


def test_a_whole_status_block_is_right():
    assert blocks.status_block(STATUS) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"device_id": ""}, "device_id is empty"),
        ({"fw_version": 4.5}, "fw_version is no text"),
        ({"sta_status": None}, "sta_status is no text"),
        ({"hw_version": "WiCAN-USB"}, "hw_version is 'WiCAN-USB', which does not name the WiCAN-OBD-PRO"),
    ],
)
def test_what_is_wrong_with_a_status_block(change, problem):
    assert blocks.status_block({**STATUS, **change}) == [problem]


@pytest.mark.parametrize("name", blocks.REQUIRED_STATUS)
def test_every_field_of_the_status_block_is_needed(name):
    assert blocks.status_block({key: value for key, value in STATUS.items() if key != name}) == [f"{name} is missing"]


@pytest.mark.parametrize(
    ("value", "problems"),
    [
        ("192.168.0.146", []),
        ("192.168.0.7", ["sta_ip is 192.168.0.7, not 192.168.0.146"]),
        ("n/a", ["sta_ip is 'n/a', no IP address"]),
        (None, ["sta_ip is missing"]),
        (5, ["sta_ip is 5, no IP address"]),
    ],
)
def test_the_station_address(value, problems):
    assert blocks.station_ip({"sta_ip": value}, "192.168.0.146") == problems


def test_without_a_known_address_any_will_do():
    assert blocks.station_ip(STATUS) == []


def test_status_agrees_with_the_web_api():
    api = {**STATUS, "ecu_status": "offline", "uptime": "1"}
    assert blocks.disagreements(STATUS, api) == []
    assert blocks.disagreements(STATUS, api, settled=True) == ["ecu_status is 'online' in the POST and 'offline' in the web API"]
    assert blocks.disagreements({}, {"wifi_mode": "AP"}) == ["wifi_mode is None in the POST and 'AP' in the web API"]


def test_sensitive_fields_are_named_without_their_values():
    assert blocks.sensitive({**STATUS, "sta_pass": "hunter2", "mqtt_pass": ""}) == ["sta_pass"]
