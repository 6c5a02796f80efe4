"""The painted document: every sentence of the product document, in its order, with what this run says about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from rig.report.document import Document, Sentence, Unjudged
from rig.report.results import RequirementResult
from rig.requirements import Level
from rig.verdict import Verdict


class Status(Enum):
    """What became of a sentence. The value is what the reader sees."""

    CONTRADICTED = "contradicted"
    """A requirement behind it failed."""
    KNOWN_DEVIATION = "known deviation"
    """The only failures behind it are listed ones."""
    PROVEN = "proven"
    """Every requirement behind it that the device is subject to passed."""
    PARTLY_PROVEN = "partly proven"
    """Some passed, the others were not tested or stayed without an answer."""
    MEASURED = "measured"
    """Only reported, never judged: what it says is a hedge or an outlook."""
    NOT_TESTED = "not tested"
    """Nothing behind it was judged in this run."""
    NOT_OBSERVABLE = "not observable from outside"
    ADVICE = "advice"
    ILLUSTRATION = "illustration"
    OUT_OF_SCOPE = "out of scope"


_UNJUDGED = {
    Unjudged.ADVICE: Status.ADVICE,
    Unjudged.NOT_OBSERVABLE: Status.NOT_OBSERVABLE,
    Unjudged.ILLUSTRATION: Status.ILLUSTRATION,
    Unjudged.OUT_OF_SCOPE: Status.OUT_OF_SCOPE,
}


@dataclass(frozen=True)
class PaintedSentence:
    """A sentence with its status, and the results it rests on."""

    sentence: Sentence
    status: Status
    results: tuple[RequirementResult, ...] = ()

    @property
    def share(self) -> str:
        """How much of it is proven, where only part is."""
        if self.status is not Status.PARTLY_PROVEN:
            return ""
        return f"{sum(1 for result in self.results if _passed(result))} of {len(self.results)}"


@dataclass(frozen=True)
class PaintedSection:
    """A section of the document, with its sentences."""

    number: str
    title: str
    sentences: tuple[PaintedSentence, ...]


def painted(document: Document, results: Mapping[str, RequirementResult]) -> list[PaintedSection]:
    """The document with the results of a run (by requirement id) laid over it."""
    return [
        PaintedSection(section, document.sections.get(section, section), tuple(_painted(sentence, results) for sentence in sentences))
        for section, sentences in groupby(document.sentences, key=lambda sentence: sentence.section)
    ]


def _painted(sentence: Sentence, results: Mapping[str, RequirementResult]) -> PaintedSentence:
    if sentence.unjudged is not None:
        return PaintedSentence(sentence, _UNJUDGED[sentence.unjudged])
    behind = tuple(results[name] for name in sentence.requirements if name in results)
    return PaintedSentence(sentence, _status(behind, all_there=len(behind) == len(sentence.requirements)), behind)


def _status(results: tuple[RequirementResult, ...], *, all_there: bool) -> Status:
    """A fail wins, then a listed one; a pass proves only what is judged, and all of it only if nothing is left open."""
    verdicts = {result.verdict for result in results}
    if Verdict.FAIL.value in verdicts:
        return Status.CONTRADICTED
    if Verdict.KNOWN_DEVIATION.value in verdicts:
        return Status.KNOWN_DEVIATION
    if not any(_passed(result) for result in results):
        return Status.MEASURED if Verdict.PASS.value in verdicts else Status.NOT_TESTED
    judged = [result for result in results if result.level != Level.INFO.value]
    settled = all(result.verdict in {Verdict.PASS.value, Verdict.NOT_APPLICABLE.value} for result in judged)
    return Status.PROVEN if settled and all_there else Status.PARTLY_PROVEN


def _passed(result: RequirementResult) -> bool:
    return result.verdict == Verdict.PASS.value and result.level != Level.INFO.value
