"""What an oracle says about measured values: pass, fail, or too close to the limit to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from rig.errors import BenchError
from rig.verdict import Verdict, weightiest


@dataclass(frozen=True)
class Judgement:
    """PASS, FAIL or INCONCLUSIVE, in words what was expected and observed, and the numbers behind it for the report."""

    verdict: Verdict
    expected: str
    observed: str
    numbers: Mapping[str, object] = field(default_factory=dict)

    def conclude(self) -> str:
        """What was observed, if it is as it has to be.

        Raises:
            AssertionError: the device broke the promise.
            BenchError: the value lies within the rig's own error of the limit.
        """
        message = f"expected {self.expected}, observed {self.observed}"
        if self.verdict is Verdict.FAIL:
            raise AssertionError(message)
        if self.verdict is not Verdict.PASS:
            raise BenchError(f"{message}; this is within the rig's own error of the limit")
        return self.observed

    def with_numbers(self, **numbers: object) -> Self:
        """The same judgement with more numbers beside it."""
        return replace(self, numbers={**self.numbers, **numbers})


def at_most(value: float, limit: float, guard: float, *, expected: str, observed: str) -> Judgement:
    """Whether `value` does not exceed `limit`; within `guard` of the limit nobody can tell. All three in the same unit."""
    if value <= limit - guard:
        verdict = Verdict.PASS
    elif value > limit + guard:
        verdict = Verdict.FAIL
    else:
        verdict = Verdict.INCONCLUSIVE
    return Judgement(verdict, expected, observed, {"value": value, "limit": limit, "guard": guard})


def at_least(value: float, limit: float, guard: float, *, expected: str, observed: str) -> Judgement:
    """Whether `value` does not fall short of `limit`; within `guard` of the limit nobody can tell."""
    judged = at_most(-value, -limit, guard, expected=expected, observed=observed)
    return replace(judged, numbers={"value": value, "limit": limit, "guard": guard})


def every(judgements: Sequence[Judgement]) -> Judgement:
    """The judgement that stands for all of them together: the first that fails, else one that cannot tell, else all pass."""
    verdict = weightiest(judgement.verdict for judgement in judgements)
    decisive = [judgement for judgement in judgements if judgement.verdict is verdict]
    return Judgement(
        verdict,
        "; ".join(judgement.expected for judgement in decisive),
        "; ".join(judgement.observed for judgement in decisive),
        {key: value for judgement in judgements for key, value in judgement.numbers.items()},
    )


def either(judgements: Sequence[Judgement]) -> Judgement:
    """The judgement where any of them will do: the first that passes, else one that cannot tell, else all fail."""
    for verdict in (Verdict.PASS, Verdict.INCONCLUSIVE):
        for judgement in judgements:
            if judgement.verdict is verdict:
                return judgement
    return Judgement(
        Verdict.FAIL,
        ", or else ".join(judgement.expected for judgement in judgements),
        ", ".join(judgement.observed for judgement in judgements),
        {key: value for judgement in judgements for key, value in judgement.numbers.items()},
    )
