"""Words and numbers of the report. What a device sent is shown as it is, but nothing in it may act: not on the page, not on the eye."""

import re
import unicodedata
from urllib.parse import quote

_SUSPECT = re.compile("[^\n\t -~]")
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of Unicode that are not seen, or that turn the writing around."""


def visible(text: str) -> str:
    """`text` with everything that is not seen, or that turns the writing around, written out as its code."""
    return _SUSPECT.sub(_written_out, text.replace("\r\n", "\n"))


def _written_out(match: re.Match[str]) -> str:
    if unicodedata.category(match[0]) not in _UNSEEN:
        return match[0]
    code = ord(match[0])
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def bounded(text: str, limit: int) -> str:
    """At most about `limit` characters of `text`, and how many were left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} … ({len(text) - limit} more characters)"


def first_line(text: str, limit: int = 180) -> str:
    """The first line of `text`, short enough for a list."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def amount(number: int, thing: str, things: str | None = None) -> str:
    """``1 POST``, ``3 POSTs``."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


def size(octets: int) -> str:
    """A size in bytes or KiB."""
    return f"{octets} B" if octets < 1024 else f"{octets / 1024:.1f} KiB" if octets < 1 << 20 else f"{octets / (1 << 20):.1f} MiB"


def duration(seconds: float) -> str:
    """A duration as people say it: ``840 ms``, ``12.3 s``, ``4 min 20 s``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def milliseconds(value: float) -> str:
    """Milliseconds with as many decimals as mean something."""
    return f"{value:.0f} ms" if abs(value) >= 10 else f"{value:.1f} ms" if abs(value) >= 1 else f"{value:.2g} ms"


def local_link(path: str) -> str | None:
    """A relative link to a file of the run, or None where `path` leads anywhere else."""
    parts = path.replace("\\", "/").split("/")
    if not path or path.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        return None
    return quote("/".join(parts))


def anchor(name: str) -> str:
    """An id for an element: letters, digits and hyphens only."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
