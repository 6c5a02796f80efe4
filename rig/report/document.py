"""The product document, sentence by sentence: ``suites/document.toml`` leads from each to the requirements that judge it.

The wording itself is the vendor's and not kept here; a hash of each sentence tells whether a text of the document still says
the same.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from rig.errors import UsageError
from rig.requirements import suites_folder


class Unjudged(Enum):
    """Why no requirement judges a sentence."""

    ADVICE = "advice"
    """It asks something of the user or of whoever runs the endpoint."""
    NOT_OBSERVABLE = "not-observable"
    """Nobody outside the device can see it."""
    ILLUSTRATION = "illustration"
    """It is input or frame of an example."""
    OUT_OF_SCOPE = "out-of-scope"
    """It promises nothing of the HTTPS destination."""


@dataclass(frozen=True)
class Passage:
    """A stretch of the document that is known by its hash: `length` characters after `normalised`."""

    sha: str
    length: int

    @classmethod
    def of(cls, text: str) -> "Passage":
        """The passage that says `text`."""
        plain = normalised(text)
        return cls(hashlib.sha256(plain.encode()).hexdigest()[:8], len(plain))

    def places(self, plain: str) -> list[int]:
        """Where it stands in an already normalised text."""
        ends = range(self.length, len(plain) + 1)
        return [end - self.length for end in ends if _sha(plain[end - self.length : end]) == self.sha]


@dataclass(frozen=True)
class Sentence:
    """One sentence: where it stands, what it says in our words, and what becomes of it in the catalogue.

    Either `requirements` judge it, or `unjudged` says with a `reason` why none does.
    """

    number: int
    section: str
    gist: str
    passage: Passage
    requirements: tuple[str, ...] = ()
    unjudged: Unjudged | None = None
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class Document:
    """The product document of one version, in its order. `headings` are passages that state nothing."""

    version: str
    sections: dict[str, str]
    sentences: tuple[Sentence, ...]
    headings: tuple[Passage, ...] = ()

    def problems(self, requirements: Iterable[str]) -> list[str]:
        """Where document and catalogue disagree, one line each: ids that do not exist, numbers out of order, unknown sections."""
        known = set(requirements)
        found = [
            f"sentence {sentence.number}: there is no requirement {name!r}"
            for sentence in self.sentences
            for name in sentence.requirements
            if name not in known
        ]
        found += [
            f"sentence {sentence.number} stands at place {place}"
            for place, sentence in enumerate(self.sentences, 1)
            if sentence.number != place
        ]
        return found + [
            f"sentence {sentence.number}: section {sentence.section!r} has no title"
            for sentence in self.sentences
            if sentence.section not in self.sections
        ]

    def changes(self, text: str) -> list[str]:
        """What another text of the document says differently: sentences that are gone, then passages nobody has read yet."""
        plain = normalised(text)
        read = bytearray(len(plain))
        gone = [
            f"sentence {sentence.number} ({sentence.section}) is gone or reworded: {sentence.gist}"
            for sentence in self.sentences
            if not _mark(read, sentence.passage, plain)
        ]
        for passage in self.headings:
            _mark(read, passage, plain)
        unread = re.finditer(rb"\x00+", bytes(read))
        return gone + [f"new: {plain[match.start() : match.end()]}" for match in unread]


def normalised(text: str) -> str:
    """`text` without what a copy changes: blanks, hyphens, table bars and back-ticks."""
    return re.sub(r"[\s|`\u2010\u2011-]", "", unicodedata.normalize("NFKC", text))


def _sha(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()[:8]


def _mark(read: bytearray, passage: Passage, plain: str) -> bool:
    places = passage.places(plain)
    for place in places:
        read[place : place + passage.length] = b"\x01" * passage.length
    return bool(places)


_KEYS = {"n", "section", "gist", "sha", "length", "requirements", "status", "reason", "note"}


@cache
def read_document(file: Path | None = None) -> Document:
    """The painted document's source.

    Raises:
        UsageError: no TOML, or a sentence lacks a key, has an unknown one, or is both judged and not.
    """
    file = file or suites_folder() / "document.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        return Document(
            version=str(table["version"]),
            sections={str(entry["id"]): str(entry["title"]) for entry in table["section"]},
            sentences=tuple(_sentence(file, entry) for entry in table["sentence"]),
            headings=tuple(Passage(str(sha), int(length)) for sha, length in table["headings"]),
        )
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{file}: not the list of the document's sentences ({error})") from error


def _sentence(file: Path, entry: dict[str, object]) -> Sentence:
    name = f"{file}: sentence {entry.get('n', '?')}"
    if unknown := entry.keys() - _KEYS:
        raise UsageError(f"{name}: unknown key {min(unknown)!r}; known are {', '.join(sorted(_KEYS))}")
    if ("requirements" in entry) == ("status" in entry):
        raise UsageError(f"{name}: needs either requirements or a status with its reason")
    requirements, status = entry.get("requirements", []), entry.get("status")
    if not isinstance(requirements, list):
        raise UsageError(f"{name}: requirements has to be a list of ids")
    return Sentence(
        number=int(str(entry["n"])),
        section=str(entry["section"]),
        gist=str(entry["gist"]),
        passage=Passage(str(entry["sha"]), int(str(entry["length"]))),
        requirements=tuple(str(item) for item in requirements),
        unjudged=None if status is None else Unjudged(status),
        reason=str(entry["reason"]) if status is not None else "",
        note=str(entry.get("note", "")),
    )
