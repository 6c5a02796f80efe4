"""Client of the serial console, over any pyserial URL: a port, a PTY, ``socket://``, ``rfc2217://``.

A reader thread keeps every line with its stamp. The terminal probe of the device is not answered, so it stays in its plain
mode; escape sequences are taken out. Opening neither resets the board nor holds it in reset: DTR and RTS are let go first.
"""

import contextlib
import re
import threading
from collections import deque
from collections.abc import Callable

import serial

from rig import clock
from rig.errors import BenchError

BAUD = 2_000_000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PROMPT = re.compile(r"^wican>\s*")
_VERSION = re.compile(r"^(wican>\s*)?Version: ")
_KEPT_LINES = 20_000
_LINE_LIMIT = 4096
_ASKED_EVERY_S = 1.0

Listener = Callable[[int, str], None]


class Console:
    """The device's command line and log.

    Raises:
        BenchError: the port cannot be opened, or the console does not answer.
    """

    def __init__(self, url: str, *, start_limit_s: float = 20.0) -> None:
        self.url = url
        self._start_limit_s = start_limit_s
        self._port = _open(url)
        self._arrived = threading.Condition()
        self._lines: deque[tuple[int, str]] = deque(maxlen=_KEPT_LINES)
        self._count = 0
        self._partial = ""
        self._failure: str | None = None
        self._listeners: list[Listener] = []
        self._terminator: bytes | None = None
        self._asking = threading.Lock()
        self._reader = threading.Thread(target=self._read, name=f"console {url}", daemon=True)
        self._reader.start()

    @property
    def lines(self) -> list[tuple[int, str]]:
        """Every line kept so far (the newest 20,000), with the stamp of its end."""
        with self._arrived:
            return list(self._lines)

    @property
    def failure(self) -> str | None:
        """Why nothing is read any more; None while all is well."""
        return self._failure

    def subscribe(self, listener: Listener) -> None:
        """Calls `listener` with stamp and text of every line from now on."""
        self._listeners.append(listener)

    def wait_for_line(self, pattern: str, within_s: float, since: int = 0) -> str | None:
        """The first line, beginning with number `since`, that `pattern` is found in; None if there is none in time."""
        expression = re.compile(pattern)
        found: list[str] = []

        def seen() -> bool:
            found[:] = [text for text in self._since(since) if expression.search(text)]
            return bool(found) or self._failure is not None

        with self._arrived:
            self._arrived.wait_for(seen, within_s)
        return found[0] if found else None

    def command(self, text: str, within_s: float = 5.0) -> list[str]:
        """What the console answers to a command, echo and prompt taken off.

        Raises:
            BenchError: no prompt afterwards within the time.
        """
        with self._asking:
            if self._terminator is None:
                self._terminator = self._find_terminator()
            before = self._count
            self._write(text.encode() + self._terminator)
            if not self._wait_for_prompt(before, within_s):
                raise BenchError(f"{self.url}: no prompt from the console within {within_s:g} s after {text!r}")
            with self._arrived:
                answer = [_PROMPT.sub("", line) for line in self._since(before)]
        return [line for line in answer if line and line != text]

    def order(self, text: str) -> None:
        """Sends a command that is not answered with a prompt, such as a reboot."""
        with self._asking:
            if self._terminator is None:
                self._terminator = self._find_terminator()
            self._write(text.encode() + self._terminator)

    def close(self) -> None:
        """Closes the port; the lines kept stay readable."""
        self._failure = self._failure or "closed"
        self._reader.join(1.0)
        connection = getattr(self._port, "_socket", None)
        self._port.close()
        if connection is not None:  # pyserial 3.5 leaves it open when the peer has gone
            connection.close()

    def _since(self, number: int) -> list[str]:
        first = self._count - len(self._lines)
        return [text for _, text in list(self._lines)[max(0, number - first) :]]

    def _find_terminator(self) -> bytes:
        """CR on a serial line; a TCP console ignores CR and wants LF, which then ends the same command.

        The console is the last thing to start in a boot, and what is typed before is lost: so it is asked until it answers.
        """
        before = self._count
        deadline_ns = clock.now_ns() + round(self._start_limit_s * 1e9)

        def answered() -> bool:
            return any(_VERSION.search(line) for line in self._since(before))

        while clock.now_ns() < deadline_ns:
            for typed, terminator in ((b"\rversion\r", b"\r"), (b"\n", b"\n")):
                self._write(typed)
                if self._wait(answered, _ASKED_EVERY_S):
                    self._wait_for_prompt(before, _ASKED_EVERY_S)
                    return terminator
        raise BenchError(f"{self.url}: no prompt from the console; is this its port, and has the device booted?")

    def _wait_for_prompt(self, before: int, within_s: float) -> bool:
        return self._wait(lambda: self._count > before and bool(_PROMPT.match(self._partial)), within_s)

    def _wait(self, seen: Callable[[], bool], within_s: float) -> bool:
        with self._arrived:
            self._arrived.wait_for(lambda: self._failure is not None or seen(), within_s)
            if self._failure:
                raise BenchError(f"{self.url}: the console is gone ({self._failure})")
            return seen()

    def _write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (OSError, serial.SerialException) as error:
            raise BenchError(f"{self.url}: cannot write to the console ({error})") from error

    def _read(self) -> None:
        while self._failure is None:
            try:
                data: bytes = self._port.read(max(1, self._port.in_waiting))
            except (OSError, serial.SerialException, TypeError) as error:
                with self._arrived:
                    self._failure = self._failure or str(error)
                    self._arrived.notify_all()
                return
            if data:
                self._take(data, clock.now_ns())

    def _take(self, data: bytes, stamp_ns: int) -> None:
        with self._arrived:
            text = self._partial + data.decode(errors="replace")
            *whole, rest = re.split(r"\r*\n", text)
            self._partial = _ANSI.sub("", rest)[-_LINE_LIMIT:]
            fresh = [(stamp_ns, _ANSI.sub("", line).rstrip("\r")[:_LINE_LIMIT]) for line in whole]
            self._lines.extend(fresh)
            self._count += len(fresh)
            self._arrived.notify_all()
        for stamp, line in fresh:
            for listener in self._listeners:
                listener(stamp, line)


def _open(url: str) -> serial.SerialBase:
    try:
        port = serial.serial_for_url(url, baudrate=BAUD, timeout=0.2, do_not_open=True)
        with contextlib.suppress(OSError, AttributeError, ValueError):
            port.dtr = port.rts = False
        port.open()
    except (OSError, serial.SerialException, ValueError) as error:
        raise BenchError(f"{url}: the console cannot be opened ({error}); check [device] serial and the cable") from error
    return port
