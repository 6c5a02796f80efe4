"""Marks by which a conformance test says which requirement it judges, and how it says that there is nothing to judge."""

from typing import NoReturn

import pytest


def verifies(*requirement_ids: str) -> pytest.MarkDecorator:
    """The test judges these requirements: an assertion that fails in its body is the device's failure."""
    return pytest.mark.verifies(*requirement_ids)


def control(*requirement_ids: str) -> pytest.MarkDecorator:
    """The test shows that the bench could have seen the opposite: while it does not pass, these requirements are inconclusive."""
    return pytest.mark.control(*requirement_ids)


class NotApplicable(pytest.skip.Exception):  # type: ignore[name-defined,misc]  # pytest types it as a variable
    """Device or bench does not declare what the test needs."""


def not_run(reason: str) -> NoReturn:
    """Ends the test as not run, with the reason: nothing put its question."""
    raise pytest.skip.Exception(reason)


def applies_only_if(condition: object, reason: str) -> None:
    """Ends the test as not applicable, with the reason, where what it asks about does not exist on this device."""
    if not condition:
        raise NotApplicable(reason)
