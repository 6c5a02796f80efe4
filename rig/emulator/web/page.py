"""The page of the device: one of our own that is used as the firmware's is, by the same ids and classes (web API facts, 7)."""

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files

from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.web.call import HTML, Answer, Call, Handler

_SCRIPT = "application/javascript"
_SCRIPTS = ("main", "destinations", "parameters", "certificates", "status", "state", "dom", "release")
_FILES = {
    "/": ("index.html", HTML),
    "/style.css": ("style.css", "text/css"),
    "/logo.svg": ("logo.svg", "image/svg+xml"),
    **{f"/{name}.js": (f"{name}.js", _SCRIPT) for name in _SCRIPTS},
}
_EMPTY = ("/lucide_icons.js", "/ws_client.js", "/terminal.js")
"""Scripts that the firmware's page asks for and this one has no use for."""

_SLOT = "const PAGE = {};"


async def _serve(call: Call) -> Answer:
    if call.path in _EMPTY:
        return Answer(200, b"", _SCRIPT)
    name, content_type = _FILES[call.path]
    text = _read(name).replace(_SLOT, f"const PAGE = {json.dumps(_differences(call.device.behaviour))};")
    return Answer(200, text.encode(), content_type)


@cache
def _read(name: str) -> str:
    return (files("rig.emulator.web") / "static" / name).read_text(encoding="utf-8")


def _differences(behaviour: Behaviour) -> dict[str, bool]:
    """What the page of this release does differently."""
    return {
        "hides_grouping": not behaviour.grouping_obeyed,
        "forgets_cert_sets": behaviour.page_forgets_cert_sets,
        "submit_always": behaviour.page_submits_always,
        "takes_any_url": behaviour.page_takes_any_url,
        "takes_any_answer": behaviour.page_takes_any_answer,
        "keeps_old_token": behaviour.page_keeps_old_token,
        "checks_only_with_grouping": behaviour.page_checks_only_with_grouping,
    }


def with_piece_replaced(behaviour: Behaviour, path: str, old: str, new: str) -> Behaviour:
    """The page with a piece of the file at `path` replaced as it is served, for defects and variants of the page.

    Raises:
        ValueError: when the page is served, and the piece is not there.
    """

    def alter(answer: Answer, call: Call) -> Answer:
        if call.path != path or call.method != "GET":
            return answer
        text = answer.body.decode()
        if old not in text:
            raise ValueError(f"{path} has no {old!r} that could be replaced")
        return replace(answer, body=text.replace(old, new).encode())

    return behaviour.altered(Point.WEB_ANSWER, alter)


FILES: dict[str, Handler] = dict.fromkeys((*_FILES, *_EMPTY), _serve)
