"""Whether a stored Automate document reads back as it was submitted (section 9): its destinations field by field, and grouping."""

import json
from collections.abc import Mapping


def other_destinations(sent: bytes, read: bytes | None) -> list[str]:
    """What of the submitted destinations reads back otherwise, in words."""
    ours, theirs = _entries(sent), _entries(read)
    if len(ours) != len(theirs):
        return [f"{len(theirs)} destinations, not {len(ours)}"]
    return [
        f"destination {number}: {key} is {entry.get(key)!r}, not {value!r}"
        for number, (mine, entry) in enumerate(zip(ours, theirs, strict=True), 1)
        for key, value in mine.items()
        if entry.get(key) != value
    ]


def other_grouping(sent: bytes, read: bytes | None) -> list[str]:
    """How grouping reads back, where that is otherwise than it was submitted."""
    ours, theirs = _object(sent).get("grouping"), _object(read).get("grouping")
    return [] if ours == theirs else [f"grouping is {theirs!r}, not {ours!r}"]


def _entries(document: bytes | None) -> list[Mapping[str, object]]:
    entries = _object(document).get("destinations")
    return [entry if isinstance(entry, Mapping) else {} for entry in entries] if isinstance(entries, list) else []


def _object(document: bytes | None) -> Mapping[str, object]:
    try:
        content = json.loads(document or b"")
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, Mapping) else {}
