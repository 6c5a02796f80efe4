"""What a destination was told: its POSTs in order with their bodies, as far as those can be read.

A body that is no JSON object is payload/valid-utf8-json's failure alone; whoever needs what stands in a body leaves it out here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from rig.errors import BenchError
from rig.evidence.records import Attempt, Ending, Request
from rig.oracle import payload

Found = TypeVar("Found")


@dataclass(frozen=True)
class Post:
    """One POST with its body and what became of it."""

    attempt: Attempt
    request: Request
    body: payload.Body

    @property
    def success(self) -> bool:
        """Whether it was a success, as the catalogue defines it."""
        return self.attempt.success

    @property
    def started_ns(self) -> int:
        """The first byte of its attempt."""
        return self.attempt.started_ns


def read(attempts: Iterable[Attempt], *, at_least: int = 1, since_ns: int = 0) -> list[Post]:
    """The POSTs among `attempts` that began after `since_ns` and have a JSON object as their body.

    Raises:
        BenchError: there are fewer than `at_least`, so that the question is not reached.
    """
    told = [(attempt, attempt.request) for attempt in attempts if attempt.request is not None and attempt.started_ns > since_ns]
    readable = [post for attempt, request in told if (post := Post(attempt, request, payload.read(request.body))).body.data]
    if len(readable) < at_least:
        raise BenchError(f"expected {at_least} bodies that can be read, observed {len(readable)} among {len(told)} requests")
    return readable


def story(attempts: Iterable[Attempt]) -> list[tuple[bool, object]]:
    """Each POST in order: whether it was a success, and its body.

    Raises:
        BenchError: none can be read; or an answer of the rig came late before the first success, which a device may take either way.
    """
    told = read(attempts)
    first = next((at for at, post in enumerate(told) if post.success), len(told))
    if any(post.attempt.ending is Ending.NEITHER for post in told[:first]):
        raise BenchError(f"an answer to {told[0].request.receiver} came late or was cut before the first success, which then is in doubt")
    return [(post.success, post.body.data) for post in told]


def needed(found: Found, what: str) -> Found:
    """What was found, if it is anything.

    Raises:
        BenchError: it is empty, so that the question is not reached.
    """
    if not found:
        raise BenchError(f"expected {what}, observed none that can be judged")
    return found
