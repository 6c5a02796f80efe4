"""From a matplotlib figure to an SVG that can stand inside the page.

Colours become classes, so that the page's style sheet decides them (and a dark page stays readable); text stays text. No style
attribute is left, because the page's Content-Security-Policy allows none.
"""

import io
import re
import xml.etree.ElementTree as ET
from enum import StrEnum

import matplotlib
from markupsafe import Markup
from matplotlib.figure import Figure

_SVG = "http://www.w3.org/2000/svg"
_PIXELS_PER_POINT = 1.5
_LINK = "{http://www.w3.org/1999/xlink}href"


class Ink(StrEnum):
    """The colours of a chart. The value is what matplotlib draws with; the page has a class of the name for each."""

    TEXT = "#1b2733"
    MUTED = "#5b6875"
    GRID = "#dde3e9"
    DATA = "#1d5f9e"
    BAND = "#d6ebe3"
    GUARD = "#f4d58d"
    LIMIT = "#a8481a"
    PAPER = "#fdfdfc"
    CELL_NONE = "#f0f2f4"
    CELL_LOW = "#e3f0f8"
    CELL_MID = "#b5d5ea"
    CELL_HIGH = "#f6cf9f"
    CELL_OVER = "#eda57c"


_CLASSES = {ink.value: ink.name.lower().replace("_", "-") for ink in Ink}
_DROPPED = {"metadata", "style", "title"}
_KEPT = {
    "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "fill-opacity", "opacity", "text-anchor", "font-size",
    "font-weight", "stroke-linecap",
}  # fmt: skip
_MEASURES = {"d", "x", "y", "width", "height", "transform", "stroke-width", "stroke-dasharray"}


def drawn(figure: Figure, name: str, title: str, description: str) -> Markup:
    """The figure as an ``<svg>`` element with a title and a description in words; `name` keeps its ids apart from others'."""
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "wican-rig"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}, transparent=True)
    root = ET.fromstring(buffer.getvalue())  # noqa: S314 (reads only what matplotlib has just written)
    for element in list(root.iter()):
        for child in [child for child in element if _tag(child) in _DROPPED]:
            element.remove(child)
        _plain(element, name)
    _drop_empty_groups(root)
    box = root.attrib["viewBox"]
    width = round(float(box.split()[2]) * _PIXELS_PER_POINT)
    root.attrib.clear()
    root.attrib.update({"viewBox": box, "width": str(width), "role": "img", "class": "chart", "aria-labelledby": f"{name}-t {name}-d"})
    for tag, mark, words in (("desc", "d", description), ("title", "t", title)):
        label = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{mark}"})
        label.text = words
        root.insert(0, label)
    ET.register_namespace("", _SVG)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 (text in it was escaped by ElementTree)


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _plain(element: ET.Element, name: str) -> None:
    """Attributes instead of style, classes instead of colours, no more digits and blanks than are needed."""
    for entry in element.attrib.pop("style", "").split(";"):
        key, _, value = (part.strip() for part in entry.partition(":"))
        if key == "font":
            element.set("font-size", value.split("px")[0].split()[-1])
        elif key in _KEPT:
            element.set(key, value)
    painted = [key for key in ("fill", "stroke") if element.get(key) in _CLASSES]
    if painted:
        element.set("class", " ".join(f"{key[0]}-{_CLASSES[element.attrib.pop(key)]}" for key in painted))
    for key in _MEASURES & element.attrib.keys():
        element.set(key, _rounded(element.attrib[key]))
    if not (element.text or "").strip():
        element.text = None
    element.tail = None
    _own_ids(element, name)


def _own_ids(element: ET.Element, name: str) -> None:
    """Ids of this chart's own, and only where something points at them."""
    if (target := element.attrib.pop(_LINK, None)) is not None:
        element.set("href", f"#{name}-{target[1:]}")
    if (clip := element.get("clip-path")) is not None:
        element.set("clip-path", clip.replace("url(#", f"url(#{name}-"))
    identity = element.attrib.pop("id", None)
    if identity and (_tag(element) == "clipPath" or re.fullmatch(r"[mpC][0-9a-f_]{9,}\w*", identity)):
        element.set("id", f"{name}-{identity}")


def _drop_empty_groups(root: ET.Element) -> None:
    for element in list(root.iter()):
        for child in [child for child in element if _tag(child) in {"g", "defs"} and len(child) == 0]:
            element.remove(child)


def _rounded(value: str) -> str:
    """Less than a tenth of a point is seen by nobody, and makes up half of the size."""
    return re.sub(r"-?\d+\.\d+", lambda match: f"{float(match[0]):.1f}".removesuffix(".0"), " ".join(value.split()))
