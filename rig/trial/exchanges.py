"""Exchanges as the device's console tells them (console facts, 10.1 and 10.2): from log lines to what happened."""

import re
from dataclasses import dataclass, field

_LINE = re.compile(r"([IWE]) \((\d+)\) ([\w-]+): (.*)$")
_STATUS = re.compile(r"Response received: status code (\d+)")
_SIZE = re.compile(r"Posting (\d+) bytes")
_END = re.compile(r"HTTP\(S\) dest \d+ (status \d+ success|request failed: (\S+))")


@dataclass(frozen=True)
class Exchange:
    """One POST and what became of it.

    `status` is that of the answer, None without one; `size` the body's length in bytes; `took_ms` from the start of the attempt
    to its end, on the device's clock; `error` the firmware's name for what went wrong, `details` what its libraries said.
    """

    number: int
    accepted: bool
    status: int | None = None
    size: int | None = None
    took_ms: int = 0
    error: str = ""
    details: tuple[str, ...] = ()


@dataclass
class ExchangeReader:
    """Takes the console line by line; of other lines than those about an exchange it takes no notice."""

    _count: int = 0
    _started_ms: int = 0
    _size: int | None = None
    _status: int | None = None
    _details: list[str] = field(default_factory=list)

    def take(self, line: str) -> Exchange | None:
        """The exchange that ends with this line; None for every other line."""
        found = _LINE.search(line)
        if found is None:
            return None
        level, stamp, tag, text = found.groups()
        if tag == "HTTPS_CLIENT_MGR" and text.startswith("Sending request to"):
            self._begin(int(stamp))
        elif tag == "HTTPS_CLIENT_MGR" and (told := _SIZE.match(text)):
            self._size = int(told[1])
        elif tag == "HTTPS_CLIENT_MGR" and (told := _STATUS.match(text)):
            self._status = int(told[1])
        elif tag == "AUTO_PID" and (told := _END.match(text)):
            return self._end(int(stamp), told[2])
        elif level == "E" and tag != "HTTPS_CLIENT_MGR":
            self._details.append(text)
        return None

    def _begin(self, stamp_ms: int) -> None:
        self._started_ms, self._size, self._status = stamp_ms, None, None
        self._details.clear()

    def _end(self, stamp_ms: int, error: str | None) -> Exchange:
        self._count += 1
        return Exchange(
            number=self._count,
            accepted=error is None,
            status=self._status,
            size=self._size,
            took_ms=max(0, stamp_ms - self._started_ms),
            error=error or "",
            details=tuple(self._details),
        )
