"""The two blocks of the first POST: status (also ``/check_status``) and config (web API facts, 3)."""

import ipaddress
from typing import TYPE_CHECKING

from rig.emulator.behaviour import Point

if TYPE_CHECKING:
    from rig.emulator.device import Device

SENSITIVE = frozenset(
    {
        "sta_ssid", "sta_pass", "sta_security", "home_ssid", "home_password", "home_security", "drive_ssid", "drive_password",
        "drive_security", "sta_ip", "batt_alert_ssid", "batt_alert_pass", "batt_alert_url", "batt_alert_port", "batt_mqtt_user",
        "batt_mqtt_pass", "mqtt_url", "mqtt_port", "mqtt_user", "mqtt_pass", "mqtt_cert_set", "mqtt_security", "mqtt_skip_cn",
    }
)  # fmt: skip
"""Keys that 4.45p and later leave out of what is posted."""

_NEWER_THAN_440 = frozenset(
    {
        "ap_ssid_en", "ap_ssid", "elm327_udp_log", "obd_chip_status", "uptime", "restart_boot_count",
        "restart_unexpected_reset_count", "restart_last_reset_reason", "restart_last_planned_reason", "restart_last_source",
        "restart_last_boot_timestamp_unix", "timestamp", "time_synced", "dns_main", "dns_backup",
    }
)  # fmt: skip

_ORDER = (
    "wifi_mode", "ap_ch", "ap_ssid_en", "ap_ssid", "ap_auto_disable", "sta_ssid", "sta_pass", "sta_security", "home_ssid",
    "home_password", "home_security", "drive_ssid", "drive_password", "drive_security", "home_protocol", "drive_protocol",
    "drive_connection_type", "drive_mode_timeout", "sta_status", "sta_ip", "mdns", "ble_status", "ble_power", "can_datarate",
    "can_mode", "port_type", "port", "fw_version", "hw_version", "git_version", "protocol", "sleep_status",
    "sleep_disable_agree", "sleep_volt", "sleep_time", "wakeup_volt", "periodic_wakeup", "wakeup_interval", "batt_alert",
    "batt_alert_ssid", "batt_alert_pass", "batt_alert_url", "batt_alert_port", "batt_mqtt_user", "batt_mqtt_pass",
    "batt_alert_protocol", "batt_alert_volt", "batt_alert_topic", "batt_alert_time", "logger_status", "log_filesystem",
    "log_period", "log_storage", "imu_threshold", "elm327_udp_log", "obd_chip_status", "uptime", "restart_boot_count",
    "restart_unexpected_reset_count", "restart_last_reset_reason", "restart_last_planned_reason", "restart_last_source",
    "restart_last_boot_timestamp_unix", "timestamp", "time_synced", "dns_main", "dns_backup", "batt_voltage", "mqtt_en",
    "mqtt_url", "mqtt_port", "mqtt_user", "mqtt_pass", "mqtt_cert_set", "mqtt_security", "mqtt_skip_cn", "mqtt_tx_topic",
    "mqtt_rx_topic", "mqtt_status_topic", "device_id", "subnet_overlap", "ecu_status", "vpn_status", "vpn_ip",
)  # fmt: skip

VOLTAGE = 13.6
"""Supply of the emulated device in volts: high enough that it never sleeps."""


def status_block(device: "Device", *, posted: bool) -> dict[str, object]:
    """The status block; what is `posted` leaves out what this release counts as sensitive."""
    values = {key: value for key, value in device.active.main.items() if isinstance(value, str)} | _present(device)
    behaviour = device.behaviour
    hidden = set() if behaviour.newer_than_440 else set(_NEWER_THAN_440)
    if posted and not behaviour.status_posts_secrets:
        hidden |= SENSITIVE - ({"sta_ip"} if behaviour.status_posts_address else set())
    block: dict[str, object] = {key: values.get(key, "") for key in _ORDER if key not in hidden}
    altered: dict[str, object] = behaviour.pass_through(Point.STATUS, block, (device, posted))
    return altered


def config_block(device: "Device") -> dict[str, object]:
    """Class and unit of every configured parameter."""
    listed = [parameter for parameter in device.active.parameters if parameter.in_config]
    block = {parameter.name: {"class": parameter.class_, "unit": parameter.unit} for parameter in listed}
    altered: dict[str, object] = device.behaviour.pass_through(Point.CONFIG, block, device)
    return altered


def uptime(seconds: float) -> str:
    """``00:01:23``, from one day on ``1d 00:01:23``."""
    days, rest = divmod(int(seconds), 86_400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days}d {clock}" if days else clock


def station_address(listening: str) -> str:
    """The address in the Wi-Fi network: where the web API is reached."""
    try:
        return "127.0.0.1" if ipaddress.ip_address(listening).is_unspecified else listening
    except ValueError:
        return "127.0.0.1"


def _present(device: "Device") -> dict[str, object]:
    """What does not stand in the main configuration."""
    behaviour, tracker, clock = device.behaviour, device.tracker, device.clock
    latest = tracker.latest
    return {
        "sta_status": "Connected" if device.link_up else "Not Connected",
        "sta_ip": device.address if device.link_up else "0.0.0.0",
        "mdns": f"wican_{device.device_id}.local",
        "fw_version": behaviour.firmware,
        "hw_version": "WiCAN-OBD-PRO",
        "git_version": device.git_version,
        "batt_alert": "disable",
        "obd_chip_status": "Ready",
        "uptime": uptime(clock.uptime_s()),
        "restart_boot_count": tracker.boots,
        "restart_unexpected_reset_count": tracker.unexpected,
        "restart_last_reset_reason": latest.reset if latest else "unknown",
        "restart_last_planned_reason": latest.request.planned if latest else "none",
        "restart_last_source": latest.request.source if latest else "unknown",
        "restart_last_boot_timestamp_unix": int(latest.unix) if latest else 0,
        "timestamp": int(clock.unix()),
        "time_synced": clock.synchronised,
        "dns_main": device.address,
        "dns_backup": "N/A",
        "batt_voltage": f"{VOLTAGE:.1f}V",
        "device_id": device.device_id,
        "subnet_overlap": "no",
        "ecu_status": "online" if device.ecu_online else "offline",
        "vpn_status": "disabled",
        "vpn_ip": "",
    }
