"""From the oracle's judgement to an exception that says whose fault it is."""

from rig.errors import BenchError
from rig.oracle.judgement import Judgement
from rig.verdict import Verdict


def conclude(judgement: Judgement) -> str:
    """What was observed, if the judgement is a pass.

    Raises:
        AssertionError: the oracle says fail.
        BenchError: what was measured lies inside the rig's own error.
    """
    message = f"expected {judgement.expected}, observed {judgement.observed}"
    if judgement.verdict is Verdict.FAIL:
        raise AssertionError(message)
    if judgement.verdict is Verdict.INCONCLUSIVE:
        raise BenchError(message)
    return judgement.observed
