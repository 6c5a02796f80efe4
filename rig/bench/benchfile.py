"""The bench file: where the device, the car and the receivers are, and what the bench can do (TOML)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from rig.bench.restart import Allowance
from rig.device.physical import Switch
from rig.errors import UsageError
from rig.tolerance import Tolerances

_SECTIONS = {
    "device": {"url", "serial", "serial_command", "profile", "kind"},
    "can": None,
    "receiver": {"listen", "address", "names", "ports"},
    "power": {"off", "on"},
    "wifi": {"off", "on"},
    "trust": {"default_ca", "default_ca_key"},
    "allowance": None,
}


@dataclass(frozen=True)
class BenchFile:
    """A bench as its file describes it, every key checked."""

    path: Path
    url: str
    kind: str = "physical"
    serial: str | None = None
    serial_command: tuple[str, ...] = ()
    profile: str | None = None
    can: Mapping[str, object] = field(default_factory=dict)
    listen: str = "127.0.0.1"
    address: str = "127.0.0.1"
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
        raise UsageError(f"{path}: no TOML ({error})") from error
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
        if kind not in {"physical", "emulated"}:
            raise self._error("[device] kind", f"has to be physical or emulated, not {kind!r}")
        url = self._text("device", "url")
        if url is None or not re.match(r"https?://[^/]+", url):
            raise self._error("[device] url", "has to be the address of the device's web page, such as http://192.168.0.146")
        serial_command = self._strings("device", "serial_command")
        ca, key = self._file("default_ca"), self._file("default_ca_key")
        if (ca is None) != (key is None):
            raise self._error("[trust]", "needs both default_ca and default_ca_key, or neither")
        allowance, tolerances = self._allowance()
        listen = self._text("receiver", "listen") or "127.0.0.1"
        return BenchFile(
            path=self._path,
            url=url,
            kind=kind,
            serial=self._text("device", "serial"),
            serial_command=serial_command,
            profile=self._text("device", "profile"),
            can=self._tables.get("can", {}),
            listen=listen,
            address=self._text("receiver", "address") or listen,
            names=self._strings("receiver", "names"),
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

    def _strings(self, section: str, key: str) -> tuple[str, ...]:
        value = self._tables.get(section, {}).get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise self._error(f"[{section}] {key}", f'has to be a list of texts such as ["a", "b"], not {value!r}')

    def _switch(self, section: str) -> Switch | None:
        off, on = self._strings(section, "off"), self._strings(section, "on")
        if not off and not on:
            return None
        if not off or not on:
            raise self._error(f"[{section}]", "needs both off and on, each a command as a list of its words")
        return Switch(off, on)

    def _file(self, key: str) -> Path | None:
        name = self._text("trust", key)
        if name is None:
            return None
        file = self._path.parent / name
        if not file.is_file():
            raise self._error(f"[trust] {key}", f"names {file}, which is not there")
        return file

    def _ports(self) -> tuple[int, ...]:
        text = self._text("receiver", "ports")
        if text is None:
            return ()
        match = re.fullmatch(r"(\d+)-(\d+)", text)
        if not match or not 0 < int(match[1]) <= int(match[2]) < 65536:
            raise self._error("[receiver] ports", f'has to be a range such as "20000-20063", not {text!r}')
        return tuple(range(int(match[1]), int(match[2]) + 1))

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
