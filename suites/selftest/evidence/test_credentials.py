import json

import pytest

from rig.evidence import secrets_of

MAIN = {
    "wifi_mode": "BLEStation",
    "sta_ssid": "Home Net",
    "sta_pass": "wifi-password",
    "sta_fallbacks": [{"ssid": "Garage", "pass": "garage-pass", "security": "wpa2"}],
    "home_ssid": "Home",
    "drive_password": "drive-pass",
    "ap_pass": "@meatpi#",
    "ap_ssid": "WiCAN_aabbccddeeff",
    "ble_pass": "654321",
    "batt_alert_ssid": "Alert Net",
    "batt_alert_pass": "alert-pass",
    "batt_alert_url": "mqtt://alice:al%40ice-pw@broker.example:1883",
    "batt_mqtt_user": "alert-user",
    "mqtt_user": "mqtt-user",
    "mqtt_pass": "mqtt-pass",
    "mqtt_url": "mqtt://broker.example",
    "mqtt_tx_topic": "wican/aabbccddeeff/can/tx",
    "mqtt_en": "disable",
    "port": "35000",
    "home_security": "wpa2",
}


def test_credentials_of_the_main_configuration_are_secrets():
    assert set(secrets_of(MAIN, None)) == {
        "Home Net", "wifi-password", "Garage", "garage-pass", "Home", "drive-pass", "@meatpi#", "654321", "Alert Net", "alert-pass",
        "alice", "al@ice-pw", "alert-user", "mqtt-user", "mqtt-pass",
    }  # fmt: skip


def test_tokens_of_the_automate_document_are_secrets():
    document = {
        "group_api_token": "group-token",
        "cycle": "5000",
        "destinations": [
            {
                "type": "HTTPS",
                "destination": "https://user:url-pass@collector.example/in?token=url-token&source=wican",
                "api_token": "abrp-token",
                "cert_set": "default",
                "auth": {
                    "type": "api_key_header",
                    "bearer": "bearer-token",
                    "api_key": "header-key",
                    "api_key_header_name": "x-api-key",
                    "basic_username": "basic-user",
                    "basic_password": "basic-pass",
                },
                "query_params": [{"key": "apikey", "value": "query-key"}, {"key": "vin", "value": "WVW"}],
            }
        ],
        "pids": [{"Name": "Speed", "PID": "010D"}],
    }
    assert set(secrets_of({}, json.dumps(document).encode())) == {
        "group-token", "user", "url-pass", "url-token", "abrp-token", "bearer-token", "header-key", "basic-user", "basic-pass", "query-key",
    }  # fmt: skip


@pytest.mark.parametrize("document", [None, b"", b"NONE", b"{", b"[" * 100_000, b"\xff", b"[1]"])
def test_a_document_that_says_nothing_has_no_secrets(document):
    assert secrets_of({}, document) == ()


@pytest.mark.parametrize("value", ["", "enable", "disable", "default", "none", True, None, {}])
def test_words_that_only_say_on_or_off_are_no_secrets(value):
    assert secrets_of({"mqtt_pass": value}, None) == ()


def test_what_is_nested_without_end_is_not_followed_without_end():
    nested: object = "deep-secret"
    for _ in range(2000):
        nested = {"mqtt_pass": nested}
    assert secrets_of({"a": nested, "sta_pass": "wifi-password"}, None) == ("wifi-password",)


def test_long_secrets_come_first_and_each_once():
    assert secrets_of({"sta_pass": "abcdefghij", "mqtt_pass": "abcdefghij", "sta_ssid": "abc"}, None) == ("abcdefghij", "abc")
