"""What was seen of each destination in one boot, held against the model: which promises came to the test, and which were broken.

Every check is made in the name of one promise: the one that speaks of what was done before. A token that is wrong after it was
changed breaks auth/changed-token, the same token after a neighbour was deleted destinations/neighbours-keep-their-settings.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rig.evidence.records import Attempt, Connection, Ending, Request
from rig.oracle import context, http, payload
from rig.oracle.blame import (
    blamed_for_acceptance,
    blamed_for_context,
    blamed_for_cycle,
    blamed_for_path,
    blamed_for_query,
    blamed_for_refusal,
    blamed_for_repetition,
    blamed_for_sending,
    blamed_for_silence,
    blamed_for_token,
)
from rig.oracle.commands import Settings
from rig.oracle.model import State
from rig.tolerance import Tolerances


@dataclass(frozen=True)
class Wording:
    """What the small numbers of a script are on the wire; `nonce` keeps one play of a script apart from every other."""

    nonce: str

    def path(self, destination: str, settings: Settings) -> str:
        """Path of the URL."""
        return f"/{self.nonce}/{destination}{settings.address}"

    def bearer(self, destination: str, token: int) -> str | None:
        """The bearer token; None for none."""
        return f"token-{self.nonce}-{destination}{token}" if token else None

    def query(self, destination: str, number: int) -> tuple[tuple[str, str], ...]:
        """The query parameters: none, then one and two by turns."""
        if not number:
            return ()
        first = ("source", f"{destination}{number}")
        return (first,) if number % 2 else (first, ("env", f"{destination}{number}"))

    def cert_set(self, name: str) -> str:
        """Name of a certificate set on the device."""
        return name if name == "default" else f"rig-{self.nonce}-{name}"


@dataclass(frozen=True)
class Seen:
    """What a destination's server saw in one boot. Where the device stored something meanwhile stands in `stores_ns`."""

    attempts: Sequence[Attempt] = ()
    connections: Sequence[Connection] = ()
    stores_ns: Sequence[int] = ()
    overdue: str = ""
    """What did not come in time, in words; empty where all came that was owed."""

    @property
    def requests(self) -> list[Request]:
        """Complete requests in order."""
        return [attempt.request for attempt in self.attempts if attempt.request is not None]


@dataclass(frozen=True)
class Broken:
    """A promise that was broken: what was expected, what was observed."""

    promise: str
    expected: str
    observed: str

    def __str__(self) -> str:
        return f"expected {self.expected}, observed {self.observed}"


@dataclass
class Judged:
    """How often each promise came to the test, and those that were broken."""

    reached: Counter[str] = field(default_factory=Counter)
    broken: list[Broken] = field(default_factory=list)

    def check(self, promise: str, holds: object, expected: str, observed: object) -> None:
        """One test of a promise."""
        self.reached[promise] += 1
        if not holds:
            self.broken.append(Broken(promise, expected, str(observed)))

    def join(self, other: "Judged") -> None:
        """Adds what another boot gave."""
        self.reached += other.reached
        self.broken += other.broken


@dataclass(frozen=True)
class Judge:
    """Judges boots of one play of a script; `guard_ms` is the rig's own error."""

    wording: Wording
    tolerance: Tolerances = Tolerances()

    def judge(self, state: State, seen: Mapping[str, Seen], guard_ms: float = 0.0) -> Judged:
        """Everything seen in one boot up to now, `state` being the model's."""
        judged = Judged()
        for destination, what in seen.items():
            views = state.views(destination)
            if not views:
                self._silent(judged, state, destination, what)
                continue
            self._alive(judged, state, destination, what)
            for request in what.requests:
                self._request(judged, state, destination, request)
            if state.steady:
                self._context(judged, state, destination, what)
            if len(views) == 1:
                self._pace(judged, state, destination, what, guard_ms)
        return judged

    def _silent(self, judged: Judged, state: State, destination: str, seen: Seen) -> None:
        told = f"{len(seen.attempts)} attempts {_first(seen)}" if seen.attempts else "none"
        judged.check(blamed_for_silence(state, destination), not seen.attempts, f"no connection of {destination}", told)

    def _alive(self, judged: Judged, state: State, destination: str, seen: Seen) -> None:
        if not state.may_be_trusted(destination):
            told = [*seen.requests, *(one for one in seen.connections if one.application_bytes)]
            if seen.connections:
                promise = blamed_for_refusal(state, destination)
                judged.check(promise, not told, f"nothing sent to {destination}, whose server is not to be trusted", told[:1])
            return
        if not state.owed_an_attempt(destination) or not (seen.attempts or seen.overdue):
            return
        refused = [one for one in seen.connections if one.refused]
        came = any(attempt.success for attempt in seen.attempts)
        promise = (blamed_for_acceptance if refused and not came else blamed_for_sending)(state, destination)
        judged.check(promise, not seen.overdue, f"POSTs of {destination} that get through", seen.overdue)

    def _request(self, judged: Judged, state: State, destination: str, request: Request) -> None:
        views = state.views(destination)
        path, _, query = request.target.partition("?")
        paths = [self.wording.path(destination, view) for view in views]
        judged.check(blamed_for_path(state, destination), path in paths, f"{destination} at {' or '.join(paths)}", path)
        queries = list(dict.fromkeys(http.target("", self.wording.query(destination, view.query))[1:] for view in views))
        marked = "?" in request.target
        holds = query in queries and marked == bool(query)
        promise = blamed_for_query(state, destination)
        judged.check(promise, holds, f"{destination} with the query {' or '.join(map(repr, queries))}", repr(query))
        tokens = [self.wording.bearer(destination, view.token) for view in views]
        headers = [[f"Bearer {token}"] if token else [] for token in tokens]
        sent = request.header("Authorization")
        promise = blamed_for_token(state, destination)
        judged.check(promise, sent in headers, f"{destination} with Authorization {' or '.join(map(str, headers))}", sent)

    def _context(self, judged: Judged, state: State, destination: str, seen: Seen) -> None:
        told = [(attempt, payload.read(attempt.request.body).data) for attempt in seen.attempts if attempt.request is not None]
        first = next((at for at, (attempt, _) in enumerate(told) if attempt.success), None)
        if first is None or any(attempt.ending is Ending.NEITHER or not data for attempt, data in told[: first + 1]):
            return
        failed = any(attempt.ending is Ending.FAILURE for attempt in seen.attempts if attempt.started_ns < told[first][0].started_ns)
        missing = context.missing_blocks(told[first][1])
        promise = blamed_for_context(state, destination, failed=failed)
        judged.check(promise, not missing, f"the context in the first success of {destination}", f"no {', '.join(missing)}")
        if len(told) > first + 1:
            again = context.repeated([(attempt.success, data) for attempt, data in told])
            words = f"it is in POSTs {[at + 1 for at in again]} of {len(told)}"
            promise = blamed_for_repetition(state, destination)
            judged.check(promise, not again, f"no context after the first success of {destination}", words)

    def _pace(self, judged: Judged, state: State, destination: str, seen: Seen, guard_ms: float) -> None:
        """Two intervals or pauses in a row tell too fast or too slow; a single one may be what the median rule allows."""
        (settings,) = state.views(destination)
        steady = [pair for pair in pairwise(seen.attempts) if _between(pair, seen.stores_ns) and all(one.success for one in pair)]
        gaps = [(after.started_ns - before.started_ns) / 1e6 for before, after in steady]
        pauses = [(after.started_ns - (before.ended_ns or before.started_ns)) / 1e6 for before, after in steady]
        promise, words = blamed_for_cycle(state, destination), ", ".join(f"{gap:.0f}" for gap in gaps)
        if settings.cycle_ms < 1000 and gaps:
            holds = len(gaps) == 1 or max(gaps) >= self.tolerance.minimum_gap_ms - guard_ms
            judged.check(promise, holds, f"POSTs of {destination} at least 1000 ms apart", f"intervals of {words} ms")
        elif settings.cycle_ms >= 1000 and len(gaps) > 1:
            slack = self.tolerance.interval_of(settings.cycle_ms) + guard_ms
            holds = max(gaps) >= settings.cycle_ms - slack and min(pauses) <= settings.cycle_ms + slack
            judged.check(promise, holds, f"POSTs of {destination} every {settings.cycle_ms} ms", f"intervals of {words} ms")


def _between(pair: tuple[Attempt, Attempt], stores_ns: Sequence[int]) -> bool:
    """Whether nothing was stored from the beginning of the first to that of the second."""
    return not any(pair[0].started_ns <= stamp <= pair[1].started_ns for stamp in stores_ns)


def _first(seen: Seen) -> str:
    request = next(iter(seen.requests), None)
    return f"({request!r})" if request else "(no request)"
