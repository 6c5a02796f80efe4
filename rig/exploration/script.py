"""A script as a file: what led to a finding, one step a line, to be read by people and played again by ``--replay`` (TOML)."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

from rig.errors import UsageError
from rig.evidence.files import write_atomically
from rig.oracle.commands import (
    Add,
    Command,
    Delete,
    Edit,
    Grouping,
    Remove,
    Restart,
    Script,
    Server,
    Settings,
    Submit,
    Trouble,
    Upload,
    Watch,
)

_NOTE = """\
# A sequence that wican-rig tried on a device, each step as a user, a server or the power supply would make it.
# Destinations are called by letters; tokens, queries and addresses by numbers, 0 being none (what each is on the wire is made up
# anew for every play). A watch, like the one after each restart, lasts until each destination that has to send has sent.
#
# Play it again:  wican-rig run --replay FILE [--bench BENCH]
"""
_WORDS = {
    "add": Add,
    "edit": Edit,
    "delete": Delete,
    "grouping": Grouping,
    "upload": Upload,
    "remove": Remove,
    "server": Server,
    "submit": Submit,
    "watch": Watch,
}
_NAMES: dict[type[Command], str] = {kind: word for word, kind in _WORDS.items()}
_RESTARTS = {"reboot": False, "power-cut": True}
_SETTINGS = {entry.name: entry.type for entry in fields(Settings)}


@dataclass(frozen=True)
class Kept:
    """A script with what it showed: the promise, and in words what was expected and observed."""

    script: Script
    promise: str = ""
    expected: str = ""
    observed: str = ""

    def write(self, file: Path) -> None:
        """Writes the file in one step."""
        facts = {"promise": self.promise, "expected": self.expected, "observed": self.observed}
        head = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items() if value)
        steps = "".join(f"    {line},\n" for line in lines_of(self.script))
        write_atomically(file, f"{_NOTE}{head}steps = [\n{steps}]\n")


def read_script(file: Path) -> Script:
    """The script in a file.

    Raises:
        UsageError: it cannot be read, is no TOML, or a step has an unknown word or value.
    """
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: the script cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: no TOML ({error})") from error
    steps = table.get("steps")
    if not isinstance(steps, list) or not steps:
        raise UsageError(f"{file}: there has to be a list of steps")
    try:
        return tuple(_command(step) for step in steps)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{file}: a step cannot be understood ({error})") from error


def lines_of(script: Script) -> list[str]:
    """The steps as they stand in the file."""
    return [_inline(_step(command)) for command in script]


def in_words(script: Script) -> str:
    """The steps in one line for a terminal."""
    return "; ".join(re.sub(r'[{}"]|do = ', "", line).strip().replace(" = ", "=").replace(",", "") for line in lines_of(script))


def _step(command: Command) -> dict[str, object]:
    match command:
        case Restart(power):
            return {"do": "power-cut" if power else "reboot"}
        case Edit(destination, settings):
            return {"do": "edit", "destination": destination, **dict(settings)}
        case Add(destination, settings, place):
            plain = {name: getattr(settings, name) for name in _SETTINGS if getattr(settings, name) != getattr(Settings(), name)}
            at = {} if place is None else {"place": place}
            return {"do": "add", "destination": destination, **at, **plain}
        case _:
            told = {entry.name: getattr(command, entry.name) for entry in fields(command) if getattr(command, entry.name) != entry.default}
            return {"do": _NAMES[type(command)], **{name: getattr(value, "value", value) for name, value in told.items()}}


def _command(step: Mapping[str, object]) -> Command:
    given = dict(step)
    word = str(given.pop("do"))
    if word in _RESTARTS:
        return Restart(power=_RESTARTS[word])
    kind = _WORDS[word]
    if kind is Edit:
        return Edit(str(given.pop("destination")), tuple((name, _setting(name, value)) for name, value in given.items()))
    if kind is Add:
        settings = {name: _setting(name, given.pop(name)) for name in tuple(given) if name in _SETTINGS}
        given["settings"] = Settings(**settings)  # type: ignore[arg-type]
    if "trouble" in given:
        given["trouble"] = Trouble(given["trouble"])
    if missing := [entry.name for entry in fields(kind) if entry.default is MISSING and entry.name not in given]:
        raise ValueError(f"{word} needs {missing[0]}")
    command: Command = kind(**given)
    return command


def _setting(name: str, value: object) -> object:
    kind = _SETTINGS[name]
    if type(value) is not kind:
        raise ValueError(f"{name} is no {getattr(kind, '__name__', kind)}: {value!r}")
    return value


def _inline(step: Mapping[str, object]) -> str:
    return "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in step.items()) + " }"
