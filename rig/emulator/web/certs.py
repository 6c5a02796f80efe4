"""The certificate manager: named sets of CA, client certificate and client key (web API facts, 4)."""

from rig.emulator.storage import SET_NAME, merged
from rig.emulator.web.call import Answer, Call, refused, told
from rig.emulator.web.multipart import parts

LIMIT = 6_000_000
PREFIX = "/cert_manager"
_FIELDS = {"ca_cert": "ca", "client_cert": "client_cert", "client_key": "client_key"}
_LONGEST_NAME = 24


async def listed(call: Call) -> Answer:
    """Names of the sets, and which parts each has; contents are never told."""
    sets = call.device.storage.read_sets().values()
    rows = [
        {
            "name": found.name,
            "has_ca": found.ca is not None,
            "has_client_cert": found.client_cert is not None,
            "has_client_key": found.client_key is not None,
        }
        for found in sets
    ]
    return told(rows[: call.device.behaviour.max_cert_sets])


async def uploaded(call: Call) -> Answer:
    """Makes a set, or replaces the supplied parts of one; it counts from the next boot on."""
    device = call.device
    name = _name(call)
    if name is None:
        return refused("bad name")
    stored = device.storage.read_set(name)
    full = len(device.storage.set_names()) >= device.behaviour.max_cert_sets
    if stored is None and full and device.behaviour.cert_names_checked:
        return refused("too many sets")
    try:
        fields = parts(call.headers.get("content-type", ""), call.body)
    except ValueError:
        return refused("upload", 500)
    known = {part: fields[field] for field, part in _FIELDS.items() if field in fields}
    if not known:
        return refused("upload", 500)
    device.store_set(merged(stored, name, known))
    await device.apply_stored()
    return told({"ok": True})


async def deleted(call: Call) -> Answer:
    """Forgets a set; what a boot has loaded stays loaded."""
    name = call.path.removeprefix(f"{PREFIX}/sets/")
    if call.query or not SET_NAME.fullmatch(name):
        return refused("bad name")
    if call.device.storage.read_set(name) is None:
        return refused("nf", 404)
    call.device.storage.delete_set(name)
    await call.device.apply_stored()
    return told({"ok": True})


async def below(call: Call) -> Answer:
    """Everything else below the prefix."""
    if call.method == "DELETE" and call.path.startswith(f"{PREFIX}/sets/"):
        return await deleted(call)
    return refused("missing segment" if call.path == PREFIX else "route", 404)


def _name(call: Call) -> str | None:
    name = call.parameter("name") or ""
    if not call.device.behaviour.cert_names_checked:
        name = name[:_LONGEST_NAME]
    elif name == "default":
        return None
    return name if SET_NAME.fullmatch(name) else None
