"""The bench file: where the device, the car and the receivers are, and what the bench can do (TOML)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from rig.bench import fieldchecks
from rig.bench.restart import Allowance
from rig.device.physical import Switch
from rig.errors import UsageError
from rig.profile import read_profile
from rig.tolerance import Tolerances

_SECTIONS = {
    "device": {"url", "serial", "serial_command", "profile", "kind", "prepare"},
    "can": None,
    "receiver": {"listen", "address", "names", "ports"},
    "power": {"off", "on"},
    "wifi": {"off", "on"},
    "trust": {"default_ca", "default_ca_key"},
    "allowance": None,
}
_KINDS = ("physical", "emulated")


@dataclass(frozen=True)
class BenchFile:
    """A bench as its file describes it, every key checked.

    `prepare` is the owner's consent that the rig changes main settings which a run needs, and puts them back afterwards.
    `address` is None where the receivers are reached at this machine's own address towards the device.
    """

    path: Path
    url: str
    kind: str = "physical"
    serial: str | None = None
    serial_command: tuple[str, ...] = ()
    profile: str | None = None
    prepare: bool = False
    can: Mapping[str, object] = field(default_factory=dict)
    listen: str = "127.0.0.1"
    address: str | None = None
    names: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    power: Switch | None = None
    wifi: Switch | None = None
    default_ca: Path | None = None
    default_ca_key: Path | None = None
    allowance: Allowance = Allowance()
    tolerances: Tolerances = Tolerances()


def read_bench_file(path: Path) -> BenchFile:
    """The bench that `path` describes.

    Raises:
        UsageError: no such file, no TOML, an unknown key or an unusable value; file, key and remedy stand in the message.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the bench file cannot be read ({error.strerror}); see fixtures/benches for examples") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no TOML ({error}); texts stand in quotes, sections in [brackets]") from error
    return _Reader(path, tables).bench()


class _Reader:
    def __init__(self, path: Path, tables: dict[str, object]) -> None:
        self._path = path
        self._tables: dict[str, dict[str, object]] = {}
        for name, table in tables.items():
            if name not in _SECTIONS:
                raise self._error(f"[{name}]", f"is unknown; sections are {', '.join(_SECTIONS)}")
            if not isinstance(table, dict):
                raise self._error(name, "has to be a section such as [device]")
            known = _SECTIONS[name]
            if known is not None and (unknown := table.keys() - known):
                raise self._error(f"[{name}] {min(unknown)}", f"is unknown; keys are {', '.join(sorted(known))}")
            self._tables[name] = table

    def bench(self) -> BenchFile:
        kind = self._text("device", "kind") or "physical"
        if kind not in _KINDS:
            raise self._error("[device] kind", f"has to be {' or '.join(_KINDS)}, not {kind!r}")
        ca, key = self._trust()
        allowance, tolerances = self._allowance()
        return BenchFile(
            path=self._path,
            url=self._checked("device", "url", fieldchecks.url, needed='the device\'s web page, such as "http://192.168.0.146"') or "",
            kind=kind,
            serial=self._checked("device", "serial", fieldchecks.serial),
            serial_command=self._serial_command(),
            profile=self._profile(),
            prepare=self._flag("device", "prepare"),
            can=self._can(),
            listen=self._checked("receiver", "listen", fieldchecks.address) or "127.0.0.1",
            address=self._checked("receiver", "address", fieldchecks.reachable_address),
            names=self._names(),
            ports=self._ports(),
            power=self._switch("power"),
            wifi=self._switch("wifi"),
            default_ca=ca,
            default_ca_key=key,
            allowance=allowance,
            tolerances=tolerances,
        )

    def _error(self, key: str, what: str) -> UsageError:
        return UsageError(f"{self._path}: {key} {what}")

    def _text(self, section: str, key: str) -> str | None:
        value = self._tables.get(section, {}).get(key)
        if value is None or isinstance(value, str):
            return value
        raise self._error(f"[{section}] {key}", f"has to be text in quotes, not {value!r}")

    def _checked(self, section: str, key: str, flaw: fieldchecks.Flaw, needed: str | None = None) -> str | None:
        """A text in which `flaw` finds nothing wrong; `needed` says what has to be there, where it must not be left out."""
        text = self._text(section, key)
        if text is None and needed is not None:
            raise self._error(f"[{section}] {key}", f"is missing; it is {needed}")
        if text is not None and (wrong := flaw(text)):
            raise self._error(f"[{section}] {key}", f"{wrong}, not {text!r}")
        return text

    def _flag(self, section: str, key: str) -> bool:
        value = self._tables.get(section, {}).get(key, False)
        if isinstance(value, bool):
            return value
        raise self._error(f"[{section}] {key}", f"has to be true or false without quotes, not {value!r}")

    def _strings(self, section: str, key: str) -> tuple[str, ...]:
        value = self._tables.get(section, {}).get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise self._error(f"[{section}] {key}", f'has to be a list of texts such as ["a", "b"], not {value!r}')

    def _command(self, section: str, key: str) -> tuple[str, ...]:
        command = self._strings(section, key)
        if command and (wrong := fieldchecks.command(command, self._path.parent)):
            raise self._error(f"[{section}] {key}", wrong)
        return command

    def _serial_command(self) -> tuple[str, ...]:
        command = self._command("device", "serial_command")
        if command and self._text("device", "serial") is not None:
            raise self._error("[device]", "has both serial and serial_command; keep the one that is to count")
        return command

    def _switch(self, section: str) -> Switch | None:
        off, on = self._command(section, "off"), self._command(section, "on")
        if not off and not on:
            return None
        if not off or not on:
            raise self._error(f"[{section}]", "needs both off and on, each a command as a list of its words")
        return Switch(off, on)

    def _profile(self) -> str | None:
        name = self._text("device", "profile")
        if name is not None:
            try:
                read_profile(name)
            except UsageError as error:
                raise self._error("[device] profile", f"cannot be used: {error}") from error
        return name

    def _can(self) -> dict[str, object]:
        table = self._tables.get("can", {})
        if flaw := fieldchecks.can_settings(table):
            raise self._error(f"[can] {flaw[0]}", flaw[1])
        return table

    def _names(self) -> tuple[str, ...]:
        names = self._strings("receiver", "names")
        for name in names:
            if flaw := fieldchecks.dns_name(name):
                raise self._error("[receiver] names", f"{flaw}, not {name!r}")
        return names

    def _ports(self) -> tuple[int, ...]:
        text = self._checked("receiver", "ports", fieldchecks.ports)
        return fieldchecks.port_range(text) if text is not None else ()

    def _trust(self) -> tuple[Path | None, Path | None]:
        ca, key = self._file("default_ca"), self._file("default_ca_key")
        if (ca is None) != (key is None):
            raise self._error("[trust]", "needs both default_ca and default_ca_key, or neither")
        if ca is not None and key is not None and (flaw := fieldchecks.authority(ca, key)):
            raise self._error("[trust]", flaw)
        return ca, key

    def _file(self, key: str) -> Path | None:
        name = self._text("trust", key)
        if name is None:
            return None
        file = self._path.parent / name
        if not file.is_file():
            raise self._error(f"[trust] {key}", f"names {file}, which is not there; paths count from the bench file")
        return file

    def _allowance(self) -> tuple[Allowance, Tolerances]:
        table = self._tables.get("allowance", {})
        own = {entry.name for entry in fields(Allowance)}
        seconds = {key: value for key, value in table.items() if key in own}
        for key, value in seconds.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
                raise self._error(f"[allowance] {key}", f"has to be a number of seconds above 0, not {value!r}")
        try:
            tolerances = Tolerances.from_mapping({key: value for key, value in table.items() if key not in own})
        except UsageError as error:
            raise self._error("[allowance]", f"{error}; waiting times are {', '.join(sorted(own))}") from error
        return Allowance(**{key: float(str(value)) for key, value in seconds.items()}), tolerances
