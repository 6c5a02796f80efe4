"""Canaries: secrets made up for one run, planted on an emulated device before the rig reads it, and then looked for.

None may be found in any file of the run, nor in the plain text that a capsule's keys open. The search shares nothing with the
redaction that it checks: it takes encodings off, where the redactor puts them on.
"""

import base64
import binascii
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from rig.evidence.credentials import NAMES
from rig.evidence.opened import plain_texts

V = TypeVar("V")
_SEVERAL = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_MARK = "ca9a71"
_MARKED = re.compile(_MARK.encode())
_KNOWN_BY = len(_MARK) + 6
"""All begin alike, so that a run with many benches is searched once; these characters tell one from another."""
_TOKENS = ("api_token", "bearer", "api_key", "basic_password", "group_api_token")


@dataclass(frozen=True)
class Found:
    """A canary where none may be: the file (relative to the run's folder), whose field it was, and in what form."""

    file: str
    name: str
    form: str

    def __str__(self) -> str:
        return f"{self.file}: the canary planted as {self.name} stands there {self.form}"


@dataclass(frozen=True)
class Canaries:
    """The planted values by the name of their field. Each has characters that JSON, URLs and base64 write differently."""

    values: Mapping[str, str]

    @classmethod
    def fresh(cls) -> Self:
        """New ones, unlike any other."""
        return cls({name: f'{_MARK}{secrets.token_hex(3)}+/"&' for name in (*NAMES, *_TOKENS)})

    def in_main_configuration(self, configuration: Mapping[str, V]) -> dict[str, V | str]:
        """The main configuration with canaries for its credentials; fields that it does not have are not added."""
        return {key: self.values[key] if key in NAMES else value for key, value in configuration.items()}

    def automate_document(self) -> bytes:
        """A document as its owner might have left it: switched off, with tokens in it."""
        auth = {"type": "bearer", **{name: self.values[name] for name in ("bearer", "api_key", "basic_password")}}
        destination = {
            "type": "HTTPS",
            "destination": "https://owner.invalid/ingest",
            "cycle": 10000,
            "api_token": self.values["api_token"],
            "cert_set": "default",
            "enabled": False,
            "auth": auth,
            "query_params": [],
        }
        document = {
            "grouping": "disable",
            "pids": [],
            "std_pids": [],
            "can_filters": [],
            "group_api_token": self.values["group_api_token"],
            "destinations": [destination],
        }
        return json.dumps(document).encode()


def hunt(run: Path, planted: Iterable[Canaries]) -> list[Found]:
    """Every canary in the files of a run's folder; empty is good."""
    names = {value[:_KNOWN_BY].encode(): name for canaries in planted for name, value in canaries.values.items()}
    found = []
    for file in sorted(path for path in run.rglob("*") if path.is_file() and not path.is_symlink()):
        shown = file.relative_to(run).as_posix()
        data = file.read_bytes()
        found += [Found(shown, name, form) for name, form in _in(data, names)]
        if file.suffix == ".pcapng":
            found += [Found(shown, name, form) for name, form in _in_capsule(data, names)]
    return list(dict.fromkeys(found))


def _in_capsule(data: bytes, names: Mapping[bytes, str]) -> Iterator[tuple[str, str]]:
    for text in plain_texts(data):
        if text.unread:
            yield "any", f"perhaps: port {text.ports[0]} has keys and could not be looked into ({text.unread})"
        for name, form in _in(text.data, names):
            yield name, f"in the plain text of port {text.ports[0]}, {form}"


def _in(data: bytes, names: Mapping[bytes, str]) -> Iterator[tuple[str, str]]:
    """The first hexadecimal digits of a canary pass every encoding but base64 unchanged."""
    as_text = _spotted(data.lower(), names)
    yield from ((name, "as text") for name in sorted(as_text))
    yield from ((name, "in base64") for name in sorted(_spotted(b"\n".join(_unwrapped(data)), names) - as_text))


def _spotted(data: bytes, names: Mapping[bytes, str]) -> set[str]:
    return {names[core] for mark in _MARKED.finditer(data) if (core := data[mark.start() : mark.start() + _KNOWN_BY]) in names}


def _unwrapped(data: bytes) -> Iterator[bytes]:
    """Whatever could be base64, decoded from each of its first four characters on."""
    for run in _SEVERAL.findall(data):
        text = run.translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):
            whole = text[start : start + (len(text) - start) // 4 * 4]
            try:
                yield base64.b64decode(whole)
            except binascii.Error:
                continue
