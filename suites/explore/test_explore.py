"""Sequences of settings, boots and server trouble, drawn until the time is over and held against a model of the product document.

Run by ``--explore T``, and by ``--replay FILE`` for one sequence that was kept. Each promise that a sequence can put to the test
is judged here; what broke it is made small and stands beside its verdict as a script.
"""

import pytest

from rig.marks import verifies
from rig.oracle.blame import PROMISES

pytestmark = pytest.mark.explore


@pytest.mark.parametrize("promise", [pytest.param(promise, marks=verifies(promise), id=promise) for promise in PROMISES])
def test_no_sequence_breaks_it(exploration, evidence, observed, promise):
    """Whatever is added, edited, switched, deleted, restarted or broken before, in whatever order, the promise holds."""
    evidence(exploration.evidence(promise))
    observed(exploration.conclude(promise))
