"""The main configuration: which keys it must have, and what a fresh device starts with (web API facts, 1.4)."""

import random

from rig.emulator.configuration.jsontext import Fields, parse

_MANDATORY = (
    "wifi_mode", "ap_ch", "sta_ssid", "sta_pass", "can_datarate", "can_mode", "port_type", "port", "ap_pass", "protocol",
    "ble_pass", "sleep_status", "ble_status", "sleep_volt", "batt_alert_ssid", "batt_alert_pass", "batt_alert_volt",
    "batt_alert_protocol", "batt_alert_url", "batt_alert_port", "batt_alert_topic", "batt_mqtt_user", "batt_mqtt_pass",
    "batt_alert_time", "mqtt_en", "mqtt_url", "mqtt_port", "mqtt_user", "mqtt_pass", "mqtt_elm327_log", "mqtt_tx_topic",
    "mqtt_rx_topic", "mqtt_status_topic",
)  # fmt: skip
_LENGTHS = {
    "sta_ssid": (1, 32), "sta_pass": (8, 64), "ap_pass": (8, 64), "protocol": (2, 64), "ble_pass": (4, 16),
    "mqtt_rx_topic": (1, 1024), "mqtt_status_topic": (1, 1024),
}  # fmt: skip


def flaw_of(data: bytes, *, lenient: bool = False) -> str | None:
    """Why this cannot be a main configuration, in words; None if it can."""
    try:
        parsed = parse(data, lenient=lenient)
    except ValueError:
        return "Invalid JSON format"
    if not isinstance(parsed, dict):
        return "Invalid JSON format"
    for key in _MANDATORY:
        value = parsed.get(key)
        if not isinstance(value, str):
            return f"{key} is missing or no string"
        shortest, longest = _LENGTHS.get(key, (0, 4096))
        if not shortest <= len(value.encode()) <= longest:
            return f"{key} must have {shortest} to {longest} characters"
    others = (key for key, value in parsed.items() if not isinstance(value, str) and key != "sta_fallbacks")
    return next((f"{key} is no string" for key in others), None)


def read(data: bytes | None, *, lenient: bool = False) -> Fields | None:
    """The main configuration; None where it is missing or unusable."""
    if data is None or flaw_of(data, lenient=lenient):
        return None
    parsed = parse(data, lenient=lenient)
    return parsed if isinstance(parsed, dict) else None


def factory(device_id: str) -> Fields:
    """What a device has as it leaves the factory: an access point, and no AutoPID."""
    topic = f"wican/{device_id}"
    return {
        "wifi_mode": "AP", "ap_ch": "6", "ap_ssid_en": "disable", "ap_ssid": "", "ap_auto_disable": "disable",
        "sta_ssid": "MeatPi", "sta_pass": "TomatoSauce", "sta_security": "wpa3", "sta_fallbacks": [],
        "home_ssid": "MeatPi", "home_password": "TomatoSauce", "home_security": "wpa3", "home_protocol": "elm327",
        "drive_ssid": "MeatPi", "drive_password": "TomatoSauce", "drive_security": "wpa3", "drive_protocol": "elm327",
        "drive_connection_type": "wifi", "drive_mode_timeout": "60",
        "can_datarate": "500K", "can_mode": "normal", "port_type": "tcp", "port": "35000", "ap_pass": "@meatpi#",
        "protocol": "elm327", "ble_pass": "123456", "ble_status": "disable", "ble_power": "9",
        "sleep_status": "enable", "sleep_disable_agree": "no", "sleep_volt": "13.1", "sleep_time": "5", "wakeup_volt": "13.5",
        "periodic_wakeup": "disable", "wakeup_interval": "90",
        "batt_alert": "disable", "batt_alert_ssid": "MeatPi", "batt_alert_pass": "TomatoSauce", "batt_alert_volt": "11.0",
        "batt_alert_protocol": "mqtt", "batt_alert_url": "mqtt://127.0.0.1", "batt_alert_port": "1883",
        "batt_alert_topic": "CAR1/voltage", "batt_mqtt_user": "meatpi", "batt_mqtt_pass": "meatpi", "batt_alert_time": "1",
        "mqtt_en": "disable", "mqtt_url": "mqtt://127.0.0.1", "mqtt_port": "1883", "mqtt_user": "meatpi", "mqtt_pass": "meatpi",
        "mqtt_security": "none", "mqtt_cert_set": "default", "mqtt_skip_cn": "disable", "mqtt_tx_en": "disable",
        "mqtt_rx_en": "disable", "mqtt_elm327_log": "disable", "mqtt_tx_topic": f"{topic}/can/tx",
        "mqtt_rx_topic": f"{topic}/can/rx", "mqtt_status_topic": f"{topic}/can/status", "webhook_en": "disable",
        "logger_status": "disable", "log_filesystem": "littlefs", "log_storage": "sdcard", "log_period": "10",
        "imu_threshold": "8", "elm327_udp_log": "disable",
    }  # fmt: skip


def ready_for_use(device_id: str, source: random.Random) -> Fields:
    """What an emulated device starts with: in a Wi-Fi network, AutoPID on, with credentials of its own that open nothing.

    Every secret is made up for this device and says what it is, so that it can be looked for wherever it must not appear.
    """

    def made_up(what: str) -> str:
        return f"canary-{what}-{source.getrandbits(48):012x}"

    secrets = {
        key: made_up(what)
        for key, what in {
            "sta_pass": "sta", "ap_pass": "ap", "home_password": "home", "drive_password": "drive", "batt_alert_pass": "alert",
            "batt_mqtt_user": "bmu", "batt_mqtt_pass": "bmp", "mqtt_user": "mqu", "mqtt_pass": "mqp", "sta_ssid": "net",
            "home_ssid": "home-net", "drive_ssid": "drive-net", "batt_alert_ssid": "alert-net",
        }.items()
    }  # fmt: skip
    return factory(device_id) | {
        "wifi_mode": "APStation",
        "protocol": "auto_pid",
        "sleep_status": "disable",
        "sleep_disable_agree": "yes",
        "ble_pass": str(source.randrange(200_000, 999_999)),
        **secrets,
    }
