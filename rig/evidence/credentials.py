"""Which values on a device are secrets: what the rig did not make and others must not read.

That are Wi-Fi, MQTT and alert credentials of the main configuration, and the tokens, keys and passwords of the Automate
document that was on the device before the rig came. Tokens and certificates that the rig makes for one run are none.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from urllib.parse import parse_qsl, unquote, urlsplit

NAMES = (
    "sta_ssid", "sta_pass", "home_ssid", "home_password", "drive_ssid", "drive_password", "ap_pass", "ble_pass",
    "batt_alert_ssid", "batt_alert_pass", "batt_mqtt_user", "batt_mqtt_pass", "mqtt_user", "mqtt_pass",
)  # fmt: skip
"""Credentials in the main configuration and in the status block (web API of 4.40p and 4.50p).

``ap_ssid`` is none: it is the device's own name, which it broadcasts, and 4.50p has it in every first POST.
"""

_TELLING = re.compile(
    r"(?<!ap_)ssid$|pass(word|wd|phrase|key)?$|pwd$|secret|token|bearer|api_?key$|private_?key|preshared|credential|user(_?name)?$",
    re.IGNORECASE,
)
_WORDS = frozenset(
    {"", "0", "1", "default", "disable", "disabled", "enable", "enabled", "false", "no", "none", "null", "off", "on", "true", "yes"}
)
"""What stands in a field that holds no secret; no password is worth hiding every such word of the evidence."""
_DEEPEST = 20


def secrets_of(main_configuration: Mapping[str, object], automate_document: bytes | None) -> tuple[str, ...]:
    """Every secret that the device holds, once each, long ones first.

    An Automate document that is no JSON has none that a device could use.
    """
    found = set(_in(main_configuration))
    with suppress(ValueError, RecursionError):
        found |= set(_in(json.loads(automate_document or b"null")))
    return tuple(sorted(found, key=lambda secret: (-len(secret), secret)))


def _in(value: object, key: str = "", depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _in(item, str(name), depth + 1)
        yield from _parameter(value)
    elif isinstance(value, list):
        for item in value:
            yield from _in(item, key, depth + 1)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        text = str(value)
        if _TELLING.search(key) and text.lower() not in _WORDS:
            yield text
        elif "://" in text:
            yield from _of_url(text)


def _parameter(pair: Mapping[str, object]) -> Iterator[str]:
    """A query parameter is two fields, and the one says what the other holds."""
    key, value = pair.get("key"), pair.get("value")
    if isinstance(key, str) and isinstance(value, str) and _TELLING.search(key) and value.lower() not in _WORDS:
        yield value


def _of_url(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=False)
    except ValueError:
        return
    yield from (unquote(part) for part in (parts.username, parts.password) if part)
    yield from (value for name, value in pairs if _TELLING.search(name) and value.lower() not in _WORDS)
