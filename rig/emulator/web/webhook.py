"""The webhook, a separate feature of 4.50p: its settings are kept and told, and nothing is sent (web API facts, 1.6)."""

import json

from rig.emulator.configuration.jsontext import Fields, Json, parse
from rig.emulator.web.call import Answer, Call, refused, told

_FILE = "webhook.json"
LIMIT = 2048


async def shown(call: Call) -> Answer:
    """The settings, and counters that stay at nothing."""
    if call.query:
        return refused("route", 404)
    return told(_view(call))


async def stored(call: Call) -> Answer:
    """Takes new settings; 201 the first time."""
    if call.query:
        return refused("route", 404)
    known = call.device.storage.read(_FILE)
    try:
        order = parse(call.body)
    except ValueError:
        return refused("invalid json")
    if not isinstance(order, dict):
        return refused("invalid json")
    if known and json.loads(known).get("manual_override") and "manual_override" not in order:
        return told(_view(call))
    if flaw := _flaw(order):
        return refused(flaw)
    kept: dict[str, Json] = {
        "url": order.get("url", ""),
        "manual_override": order.get("manual_override", False),
        "enabled": order.get("enabled", True) is not False,
        "interval": order.get("interval", 0),
    }
    if "urls" in order:
        kept["urls"] = order["urls"]
    call.device.store(_FILE, json.dumps(kept).encode())
    return told(_view(call), 200 if known else 201)


async def forgotten(call: Call) -> Answer:
    """Forgets the settings."""
    if call.query:
        return refused("route", 404)
    call.device.storage.delete(_FILE)
    return Answer(204)


def _view(call: Call) -> dict[str, object]:
    known = json.loads(call.device.storage.read(_FILE) or b"{}")
    urls = {"urls": known["urls"]} if known.get("urls") else {}
    return {
        "url": known.get("url", ""),
        **urls,
        "manual_override": known.get("manual_override", False),
        "enabled": known.get("enabled", False),
        "last_post": "",
        "status": "unknown" if call.device.autopid else "disabled",
        "retries": 0,
        "interval": known.get("interval", 0),
        "success_count": 0,
        "fail_count": 0,
        "last_error_time": "",
        "last_error": "",
    }


def _flaw(order: Fields) -> str | None:
    """The text with which settings are refused; None for good ones."""
    if not isinstance(order.get("manual_override", False), bool):
        return "invalid manual override"
    if not _web(order.get("url")):
        return "invalid url"
    return _flaw_of_list(order) if "urls" in order else None


def _flaw_of_list(order: Fields) -> str | None:
    urls = order["urls"]
    if not isinstance(urls, list):
        return "invalid urls"
    if not urls:
        return "empty urls"
    if len(urls) > 2:
        return "too many urls"
    if not all(isinstance(url, str) for url in urls):
        return "invalid urls entry"
    if not all(_web(url) for url in urls):
        return "invalid url entry"
    return None if urls[0] == order.get("url") else "url must match urls[0]"


def _web(url: Json) -> bool:
    return isinstance(url, str) and url.startswith(("http://", "https://"))
