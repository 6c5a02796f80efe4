"""Marks by which a conformance test says which requirement it judges."""

import pytest


def verifies(*requirement_ids: str) -> pytest.MarkDecorator:
    """The test judges these requirements: an assertion that fails in its body is the device's failure."""
    return pytest.mark.verifies(*requirement_ids)


def control(*requirement_ids: str) -> pytest.MarkDecorator:
    """The test shows that the bench could have seen the opposite: while it does not pass, these requirements are inconclusive."""
    return pytest.mark.control(*requirement_ids)
