"""Which path is served by what; everything else follows one rule (web API facts, 1.1)."""

from rig.emulator.behaviour import Behaviour
from rig.emulator.web import certs, documents, page, system, vehicle, webhook
from rig.emulator.web.call import Answer, Call, Handler, Route, refused

_GET: dict[str, Handler] = {
    **documents.LOADS,
    **page.FILES,
    "/check_status": system.status,
    "/load_car_config": vehicle.config_block,
    "/autopid_data": vehicle.telemetry,
    "/cert_manager/sets": certs.listed,
    "/scan_available_pids": vehicle.scan,
    "/std_pid_info": vehicle.standard_list,
    "/wifi_scan": vehicle.networks,
}
_POST: dict[str, Route] = {
    **documents.STORES,
    "/system_reboot": Route(system.reboot, may_be_empty=True),
    "/system_commands": Route(system.command, bad_length=Answer(reset=True)),
    "/cert_manager/sets": Route(certs.uploaded, certs.LIMIT, refused("upload", 500)),
}
_NEWER_GET: dict[str, Handler] = {
    "/api/destinations_stats": vehicle.counters,
    "/api/webhook": webhook.shown,
    "/autopid/test_pid": vehicle.test_pid,
    "/restart_tracker": system.restarts,
}
_NEWER_POST: dict[str, Route] = {
    "/api/webhook": Route(webhook.stored, webhook.LIMIT, refused("invalid content length")),
    "/autopid/test_pid": Route(vehicle.test_pid, may_be_empty=True),
    "/autopid/test_can_filter": Route(vehicle.test_filter, may_be_empty=True),
}
"""What came after 4.40p."""


async def _nothing_there(_: Call) -> Answer:
    return Answer(404, b"Nothing matches the given URI")


async def _not_allowed(_: Call) -> Answer:
    return refused("Specified method is invalid for this resource", 405)


NOT_ALLOWED = Route(_not_allowed, may_be_empty=True)


def find(behaviour: Behaviour, method: str, path: str) -> Route:
    """What serves a request. Because a catch-all serves every GET, an unknown path is 404 there and 405 otherwise."""
    newer = behaviour.newer_than_440
    if path == certs.PREFIX or path.startswith(f"{certs.PREFIX}/"):
        return _below_cert_manager(method, path)
    if newer and path.startswith("/restart_tracker/") and method == "GET":
        return Route(system.restarts, may_be_empty=True)
    if method == "GET":
        handler = _GET.get(path) or (_NEWER_GET.get(path) if newer else None) or _nothing_there
        return Route(handler, may_be_empty=True)
    if method == "POST":
        return _POST.get(path) or (_NEWER_POST.get(path) if newer else None) or NOT_ALLOWED
    if method == "DELETE" and path == "/api/webhook" and newer:
        return Route(webhook.forgotten, may_be_empty=True)
    return NOT_ALLOWED


def _below_cert_manager(method: str, path: str) -> Route:
    if path == "/cert_manager/sets" and method == "GET":
        return Route(certs.listed, may_be_empty=True)
    if path == "/cert_manager/sets" and method == "POST":
        return _POST[path]
    return Route(certs.below, may_be_empty=True) if method in {"GET", "POST", "DELETE"} else NOT_ALLOWED
