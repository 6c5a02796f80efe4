"""Verdicts, and how the verdicts of tests become the verdict of a requirement."""

from collections.abc import Iterable
from enum import Enum


class Verdict(Enum):
    """What the rig says about a requirement, in order of precedence: the first that any test has wins."""

    FAIL = "fail"
    """The device broke the promise."""
    ERROR = "error"
    """The rig broke."""
    INCONCLUSIVE = "inconclusive"
    """The bench kept the question from being asked."""
    KNOWN_DEVIATION = "known_deviation"
    """A failure that the device profile lists, with its reason."""
    PASS = "pass"
    """The promise was kept."""
    NOT_APPLICABLE = "not_applicable"
    """Device or bench does not declare the feature."""
    NOT_RUN = "not_run"
    """Nobody asked; the reason says why."""


_PRECEDENCE = {verdict: rank for rank, verdict in enumerate(Verdict)}


def weightiest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that stands for all of `verdicts`; ``NOT_RUN`` if there are none."""
    return min(verdicts, key=_PRECEDENCE.__getitem__, default=Verdict.NOT_RUN)
