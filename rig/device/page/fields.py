"""What a user sees of a destination, apart from how it is read off the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Fields:
    """What a destination says in the fields of the document's section 3."""

    type: str = "HTTPS"
    url: str = ""
    cycle: str = "5000"
    auth: str = "none"
    token: str = ""
    query: tuple[tuple[str, str], ...] = ()
    cert_set: str = "default"
    enabled: bool = True

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """What a page has to show of a destination that is stored so (web API facts, 2.3)."""
        auth = entry.get("auth") or {"type": "none"}
        return cls(
            type=str(entry.get("type")),
            url=str(entry.get("destination")),
            cycle=str(entry.get("cycle")),
            auth=str(auth.get("type")),
            token=str(auth.get("bearer", "")) if auth.get("type") == "bearer" else "",
            query=tuple((str(pair.get("key")), str(pair.get("value"))) for pair in entry.get("query_params", [])),
            cert_set=str(entry.get("cert_set")),
            enabled=entry.get("enabled") is True,
        )
