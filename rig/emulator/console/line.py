"""Characters typed, echoed, and made into lines (console facts, 2 and 3.3)."""

from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 255


@dataclass(frozen=True)
class Style:
    """How one kind of console speaks."""

    prompt: bytes
    newline: bytes
    ends: bytes
    ignored: bytes
    echo: bool
    unknown: str
    failed: str


SERIAL = Style(
    prompt=b"wican>  ",
    newline=b"\r\n",
    ends=b"\r\n",
    ignored=b"",
    echo=True,
    unknown="Unrecognized command",
    failed="Command returned non-zero error code: 0x1 (ERROR)",
)
NETWORK = Style(
    prompt=b"wican> ",
    newline=b"\n",
    ends=b"\n",
    ignored=b"\r" + bytes(range(127, 256)),
    echo=False,
    unknown="Command not found",
    failed="Command returned non-zero error code",
)


class LineReader:
    """Collects what is typed, until a line is complete."""

    def __init__(self, style: Style, write: Callable[[bytes], None], complete: Callable[[str], None]) -> None:
        self._style = style
        self._write = write
        self._complete = complete
        self._typed = bytearray()

    def forget(self) -> None:
        """Drops a line begun."""
        self._typed.clear()

    def feed(self, data: bytes) -> None:
        """Takes what arrived."""
        for code in data:
            character = bytes([code])
            if character in self._style.ends:
                line, self._typed = self._typed.decode(errors="replace").strip(), bytearray()
                if self._style.echo:
                    self._write(self._style.newline)
                self._complete(line)
            elif character in self._style.ignored:
                continue
            elif code in {8, 127}:
                self._rub_out()
            elif code >= 32 and len(self._typed) < LONGEST:
                self._typed += character
                if self._style.echo:
                    self._write(character)

    def _rub_out(self) -> None:
        if self._typed:
            del self._typed[-1]
            self._write(b"\b \b")
