"""Plays a script on a bench and holds every boot of it against the model."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rig.bench import DEFAULT_PARAMETERS, Bench, CertSet, Destination, Reply, ResetAfterHandshake
from rig.bench.watched import Patience as Allowance
from rig.device import AutomateDocument
from rig.errors import BenchError
from rig.evidence.records import Attempt
from rig.exploration.script import lines_of
from rig.oracle.blame import blamed_for_acceptance, blamed_for_sending
from rig.oracle.commands import Command, Remove, Restart, Script, Server, Settings, Submit, Trouble, Upload, Watch
from rig.oracle.conduct import Judge, Judged, Seen, Wording
from rig.oracle.model import OWN, PUBLIC, Document, State
from rig.oracle.stored import other_destinations, other_grouping
from rig.pki import Authority
from rig.receiver import Receiver

_SETTLED_NS = 200_000_000
"""A connection that the kernel took just before the device went may be accepted so much later; no device boots as fast."""
_QUIET_CYCLES = 3
_SHORTEST_PATIENCE_S = 3.0
_STATUSES = {Trouble.ERROR: 503, Trouble.UNAUTHORIZED: 401}


@dataclass
class Patience:
    """How long to wait for what is owed: all that the document allows, but for a promise known to be broken only a fraction.

    `slowest_s` is how long after a boot a first success has ever taken.
    """

    slowest_s: float = 0.0
    broken: set[str] = field(default_factory=set)

    def startup_s(self, promises: set[str], allowed_s: float) -> float:
        """Seconds for a destination to begin."""
        hasty_s = max(_SHORTEST_PATIENCE_S, 2 * self.slowest_s)
        return min(allowed_s, hasty_s) if promises & self.broken else allowed_s


class TimeIsUp(BaseException):
    """The time for exploring is over; no error of anything, and nothing on the way may take it for one."""


class _Refused(Exception):  # noqa: N818 (an answer, no error)
    """The device does not store what it need not store."""


@dataclass
class _Stretch:
    """One boot of the play: from when on its attempts count, when something was stored in it, and what did not come in time."""

    since_ns: int
    ready_ns: int
    stores_ns: list[int] = field(default_factory=list)
    overdue: dict[str, str] = field(default_factory=dict)


class Play:
    """One play of one script; `check_time` raises when there is none left for another boot."""

    def __init__(self, bench: Bench, nonce: str, patience: Patience, check_time: Callable[[], None] = lambda: None) -> None:
        self._bench = bench
        self._wording = Wording(nonce)
        self._judge = Judge(self._wording, bench.tolerance)
        self._patience = patience
        self._check_time = check_time
        self._state = State()
        self._receivers: dict[str, Receiver] = {}
        self._stretch: _Stretch | None = None
        self._stored = b""
        self.played: Script = ()

    def judge(self, script: Script) -> Judged:
        """Plays the script up to its end, or to the first step that shows a promise broken; `played` are the steps it took.

        Raises:
            BenchError: the device does not come back, or does not take what is stored.
            TimeIsUp: no time is left.
        """
        begun_ns = self._bench.now_ns()
        self._bench.sets.provide(())
        judged = Judged()
        for number, command in enumerate(script, 1):
            self.played = script[:number]
            self._bench.event("stimulus", f"step {number} of {len(script)}: {lines_of((command,))[0]}")
            try:
                judged.join(self._do(command))
            except _Refused:
                break
            if judged.broken:
                break
        restarts = self._bench.look_for_unasked_restart(begun_ns)
        judged.check("boot/no-unasked-restart", not restarts, "no restart that nobody asked for", "; ".join(restarts))
        return judged

    # Steps ------------------------------------------------------------------------------------------------------------

    def _do(self, command: Command) -> Judged:
        before, self._state = self._state, self._state.after(command)
        match command:
            case Upload(name, authority):
                self._upload(CertSet(self._wording.cert_set(name), ca=self._authority(authority).certificate_pem))
            case Remove(name):
                self._bench.sets.forget(self._wording.cert_set(name))
                self._note_store()
            case Server(destination):
                self._serve(destination, command)
            case Submit():
                self._submit()
            case Restart(power):
                return self._restart(before.after(Submit()), power=power)
            case Watch():
                return self._watch(self._bench.now_ns())
        return Judged()

    def _authority(self, name: str) -> Authority:
        pki = self._bench.pki
        return {OWN: pki.trusted, PUBLIC: pki.public}.get(name) or pki.authority(name)

    def _upload(self, cert_set: CertSet) -> None:
        answer = self._bench.sets.offer(cert_set)
        if not answer.ok:
            raise BenchError(f"the device refused a certificate set: {answer.status} {answer.text[:80]!r}")
        self._note_store()

    def _serve(self, destination: str, command: Server) -> None:
        receiver = self._receiver(destination)
        trouble = self._state.backend(destination).trouble
        if command.authority is not None:
            receiver.present(self._authority(command.authority).issue(self._bench.host))
        receiver.reply(Reply(status=_STATUSES.get(trouble, 200) if trouble else 200))
        receiver.on_connection(ResetAfterHandshake() if trouble is Trouble.RESET else None)
        (receiver.pause if trouble is Trouble.CLOSED else receiver.resume)()

    def _receiver(self, destination: str) -> Receiver:
        if destination not in self._receivers:
            self._receivers[destination] = self._bench.receiver(name=destination)
        return self._receivers[destination]

    def _destination(self, name: str, settings: Settings) -> Destination:
        return Destination(
            self._receiver(name),
            path=self._wording.path(name, settings),
            cycle_ms=settings.cycle_ms,
            bearer=self._wording.bearer(name, settings.token),
            query=self._wording.query(name, settings.query),
            cert_set=self._wording.cert_set(settings.cert_set),
            enabled=settings.enabled,
        )

    def _document(self, document: Document) -> AutomateDocument:
        entries = tuple(self._destination(name, settings).entry(self._bench.host) for name, settings in document.destinations)
        return AutomateDocument(entries, DEFAULT_PARAMETERS, grouping="enable" if document.grouping else "disable")

    def _submit(self) -> None:
        """Stores the document, where it is another; a cycle under the minimum is the one thing that may be refused."""
        stored = self._state.stored
        document = self._document(stored)
        content = document.to_json()
        if content == self._stored:
            return
        try:
            self._bench.store(document, f"{len(stored.destinations)} destinations")
        except BenchError as error:
            if any(0 < settings.cycle_ms < 1000 for _, settings in stored.destinations):
                raise _Refused from error
            raise
        self._stored = content
        self._note_store()

    def _note_store(self) -> None:
        if self._stretch is not None:
            self._stretch.stores_ns.append(self._bench.now_ns())

    # Boots ------------------------------------------------------------------------------------------------------------

    def _restart(self, ended: State, *, power: bool) -> Judged:
        """Sees the boot before to its end, in the state that the model has for it, and begins the next."""
        self._check_time()
        self._submit()
        happened = self._bench.power_cut() if power else self._bench.restart()
        judged = self._judged(ended, happened.gone_ns)
        self._stretch = _Stretch(happened.gone_ns + _SETTLED_NS, happened.ready_ns)
        if not judged.broken:
            judged.join(self._read_back())
            judged.join(self._watch(self._stretch.since_ns))
        return judged

    def _read_back(self) -> Judged:
        judged, read = Judged(), self._bench.device.web.automate_document()
        wrong = other_destinations(self._stored, read)
        judged.check("destinations/read-back", not wrong, "destinations that read back as submitted", "; ".join(wrong))
        wrong = other_grouping(self._stored, read)
        judged.check("grouping/setting-persists", not wrong, "grouping that reads back as submitted", "; ".join(wrong))
        return judged

    def _watch(self, since_ns: int) -> Judged:
        """Waits for what is owed from `since_ns` on, or where nothing is owed for three cycles; judges the boot up to now."""
        stretch, state = self._stretch, self._state
        if stretch is None:
            return Judged()
        owing = [name for name in self._receivers if state.owed_an_attempt(name) and state.backend(name).trouble is not Trouble.CLOSED]
        stretch.overdue = {}
        if not owing:
            cycles_s = [settings.cycle_ms / 1000 for _, settings in state.stored.destinations]
            time.sleep(_QUIET_CYCLES * max(1.0, min(cycles_s, default=1.0)))
        begun = time.monotonic()
        for name in owing:
            self._await(stretch, name, since_ns, begun)
        return self._judged(state, self._bench.now_ns())

    def _await(self, stretch: _Stretch, name: str, since_ns: int, begun: float) -> None:
        """Waits for two successes of a destination, a third one where their distance is odd; or two attempts, if that is all it owes."""
        state, success = self._state, self._state.owed_a_success(name)
        settings = state.views(name)[-1]
        promises = {blamed_for_sending(state, name), blamed_for_acceptance(state, name)}
        startup_s = self._patience.startup_s(promises, self._bench.tolerance.first_post_s)
        cycle_s = max(1.0, settings.cycle_ms / 1000)
        within_s = Allowance(startup_s, max(cycle_s, self._bench.profile.longest_gap_s(cycle_s))).within(2)

        def enough(receiver: Receiver) -> bool:
            came = [one for one in receiver.attempts if one.started_ns > since_ns and (one.success if success else one.ended_ns)]
            return len(came) > 2 or (len(came) == 2 and not (success and self._odd(came, cycle_s)))

        receiver = self._receivers[name]
        if not receiver.wait(enough, max(0.0, within_s - (time.monotonic() - begun))):
            what = "successes" if success else "attempts"
            count = sum(one.started_ns > since_ns and (one.success or not success) for one in receiver.attempts)
            if count < 2:
                stretch.overdue[name] = f"{count} {what} in {within_s:.0f} s{_ended(receiver, since_ns)}"
        elif success and since_ns == stretch.since_ns:
            first = next(one for one in receiver.attempts if one.started_ns > since_ns and one.success)
            self._patience.slowest_s = max(self._patience.slowest_s, (first.started_ns - stretch.ready_ns) / 1e9)

    def _odd(self, came: list[Attempt], cycle_s: float) -> bool:
        """Whether two attempts are not a cycle apart."""
        apart_s = (came[1].started_ns - came[0].started_ns) / 1e9
        return abs(apart_s - cycle_s) > self._bench.tolerance.interval_of(cycle_s * 1000) / 1000

    def _judged(self, state: State, until_ns: int) -> Judged:
        stretch = self._stretch
        if stretch is None:
            return Judged()
        seen = {name: self._seen(stretch, name, until_ns) for name in self._receivers}
        return self._judge.judge(state, seen, self._bench.guard_ms(stretch.since_ns))

    def _seen(self, stretch: _Stretch, name: str, until_ns: int) -> Seen:
        receiver = self._receivers[name]
        return Seen(
            [one for one in receiver.attempts if stretch.since_ns <= one.started_ns < until_ns],
            [one for one in receiver.connections if stretch.since_ns <= one.started_ns < until_ns],
            stretch.stores_ns,
            stretch.overdue.get(name, ""),
        )


def _ended(receiver: Receiver, since_ns: int) -> str:
    """How the last connection went wrong, in words."""
    reasons = [one.failure for one in receiver.connections if one.started_ns > since_ns and one.failure]
    return f" ({reasons[-1]})" if reasons else ""
