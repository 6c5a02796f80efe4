"""What one test says: from how it ended to a verdict, with what was expected and observed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import pytest

from rig.errors import BenchError
from rig.marks import NotApplicable
from rig.verdict import Verdict

_TEXT_LIMIT = 2000


@dataclass(frozen=True)
class Outcome:
    """One test's verdict on the requirements it judges (`verifies`) and those it stands control for (`controls`)."""

    test: str
    verifies: tuple[str, ...]
    controls: tuple[str, ...]
    verdict: Verdict
    seconds: float = 0.0
    expected: str = ""
    observed: str = ""
    evidence: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, object]:
        """For the way from an xdist worker to its controller."""
        return asdict(self) | {"verdict": self.verdict.value}

    @classmethod
    def from_plain(cls, plain: dict[str, object]) -> "Outcome":
        """The inverse of `to_plain`; lists that were tuples become tuples again."""
        fields = {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}
        return cls(**fields | {"verdict": Verdict(fields["verdict"])})  # type: ignore[arg-type]

    def joined_by(self, later: "Outcome") -> "Outcome":
        """The outcome of the whole test, when a further phase of it (call, teardown) has ended."""
        if later.verdict is Verdict.PASS:
            return replace(self, seconds=self.seconds + later.seconds, observed=self.observed or later.observed)
        return replace(later, seconds=self.seconds + later.seconds) if self.verdict is Verdict.PASS else self


def verdict_of(error: BaseException | None, when: str) -> Verdict:
    """Whose fault it is (style, habit 4): an assertion in the body is the device's, `BenchError` the bench's, the rest the rig's."""
    match error:
        case None:
            return Verdict.PASS
        case NotApplicable():
            return Verdict.NOT_APPLICABLE
        case pytest.skip.Exception():
            return Verdict.NOT_RUN
        case BenchError():
            return Verdict.INCONCLUSIVE
        case AssertionError() | pytest.fail.Exception() if when == "call":
            return Verdict.FAIL
        case _:
            return Verdict.ERROR


def in_words(error: BaseException | None, notes: Sequence[str]) -> str:
    """What was observed: the notes of the test, then what ended it."""
    said = [*notes]
    if error is not None:
        text = str(error) or type(error).__name__
        said.append(text if isinstance(error, AssertionError | pytest.skip.Exception | BenchError) else f"{type(error).__name__}: {text}")
    return "; ".join(said)[:_TEXT_LIMIT]
