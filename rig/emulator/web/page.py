"""The page of the device."""

from importlib.resources import files

from rig.emulator.web.call import HTML, Answer, Call, Handler

_TYPES = {".html": HTML, ".js": "application/javascript", ".svg": "image/svg+xml"}
_NAMES = {
    "/": "index.html",
    "/main.js": "main.js",
    "/lucide_icons.js": "empty.js",
    "/ws_client.js": "empty.js",
    "/terminal.js": "empty.js",
    "/logo.svg": "logo.svg",
}


async def _serve(call: Call) -> Answer:
    name = _NAMES[call.path]
    return Answer(200, (files("rig.emulator.web") / "static" / name).read_bytes(), _TYPES["." + name.rpartition(".")[2]])


FILES: dict[str, Handler] = dict.fromkeys(_NAMES, _serve)
