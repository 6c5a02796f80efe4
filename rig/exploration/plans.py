"""What Hypothesis draws: plans of a few boots, from which scripts are made. The simplest plan does nothing but boot.

Defects of interaction need several changes at once, so a round may change every destination. A plan has always the same form, and
"nothing" is the simplest choice at each of its places: shrinking takes changes away and leaves the others where they are.
"""

from dataclasses import dataclass
from enum import Enum, auto

from hypothesis import strategies as st

from rig.oracle.commands import (
    DEFAULT,
    Add,
    Command,
    Delete,
    Edit,
    Grouping,
    Remove,
    Restart,
    Script,
    Server,
    Settings,
    Submit,
    Trouble,
    Upload,
    Watch,
)
from rig.oracle.model import OWN, PUBLIC, State, without_idle_steps

LETTERS = "abcdef"
SETS = ("red", "blue")
OTHER = "stranger"
ROUNDS = 4


class Change(Enum):
    """What becomes of one destination in a round; one that is not there is added, whatever is drawn."""

    NOTHING = auto()
    SWITCH = auto()
    DELETE = auto()
    REPLACE = auto()
    TOKEN = auto()
    QUERY = auto()
    CYCLE = auto()
    SET = auto()
    ADDRESS = auto()
    BREAK = auto()
    ISSUER = auto()


class Store(Enum):
    """What happens to the certificate sets in a round."""

    NOTHING = auto()
    RED_AGAIN = auto()
    RED_OTHER = auto()
    RED_RENEWED = auto()
    BLUE = auto()
    BLUE_OTHER = auto()
    NO_BLUE = auto()
    NO_RED = auto()


class Mend(Enum):
    """When servers in trouble are well again: not by themselves, in the boot that follows, or before it."""

    NEVER = auto()
    WITHIN = auto()
    BEFORE = auto()


@dataclass(frozen=True)
class Round:
    """Changes, how they are applied, and what happens in the boot that follows."""

    changes: tuple[tuple[Change, int], ...]
    store: Store
    switch_grouping: bool
    submit_first: bool
    power: bool
    mend: Mend


@dataclass(frozen=True)
class Plan:
    """How the sequence begins, and its rounds."""

    first: tuple[Settings | None, ...]
    rounds: tuple[Round, ...]


_CHANGES = (
    [Change.NOTHING] * 3
    + [Change.SWITCH] * 5
    + [Change.TOKEN] * 4
    + [Change.REPLACE] * 3
    + [Change.DELETE, Change.QUERY, Change.CYCLE, Change.SET, Change.ADDRESS, Change.BREAK, Change.BREAK, Change.ISSUER]
)
_TROUBLES = tuple(Trouble)


def _seldom(times: int) -> st.SearchStrategy[bool]:
    return st.sampled_from([False] * (times - 1) + [True])


def _settings() -> st.SearchStrategy[Settings]:
    return st.builds(
        Settings,
        token=st.sampled_from([1, 0]),
        query=st.sampled_from([1, 0, 2]),
        cycle_ms=st.sampled_from([1000] * 6 + [2000, 400]),
        cert_set=st.sampled_from(["red"] * 8 + ["blue"]),
        enabled=st.sampled_from([True] * 8 + [False]),
    )


def plans(*, power: bool, public: bool) -> st.SearchStrategy[Script]:
    """Scripts for a bench that can cut the power or not, and that has a server which the default bundle believes or not."""
    change = st.tuples(st.sampled_from(_CHANGES), st.integers(0, 2))
    rounds = st.builds(
        Round,
        changes=st.tuples(*[change] * len(LETTERS)),
        store=st.sampled_from([Store.NOTHING] * 8 + [Store.RED_RENEWED] * 2 + list(Store)[1:]),
        switch_grouping=_seldom(6),
        submit_first=_seldom(5),
        power=_seldom(5) if power else st.just(False),
        mend=st.sampled_from(Mend),
    )
    first = st.tuples(_settings(), *[st.one_of(st.none(), _settings(), _settings())] * (len(LETTERS) - 1))
    plan = st.builds(Plan, first=first, rounds=st.tuples(*[rounds] * ROUNDS))
    return plan.map(lambda drawn: script_of(drawn, power=power, public=public))


def script_of(plan: Plan, *, power: bool, public: bool) -> Script:
    """The script of a plan, without steps that change nothing."""
    writer = _Writer(public=public)
    writer.do(Upload("red", OWN))
    for letter, settings in zip(LETTERS, plan.first, strict=True):
        if settings is not None:
            writer.do(Add(letter, settings))
    writer.do(Restart(power=power))
    for one in plan.rounds:
        writer.round(one)
    return without_idle_steps(tuple(writer.steps))


class _Writer:
    """Writes steps, and knows from the model what there is."""

    def __init__(self, *, public: bool) -> None:
        self.steps: list[Command] = []
        self._state = State()
        self._public = public

    def do(self, command: Command) -> None:
        """The next step."""
        self.steps.append(command)
        self._state = self._state.after(command)

    def round(self, one: Round) -> None:
        """One round; it does not restart the device where it changes nothing."""
        if one.mend is Mend.BEFORE:
            self._mend()
        begun = self._state
        for letter, (change, number) in zip(LETTERS, one.changes, strict=True):
            self._change(letter, change, number)
        self._store(one.store)
        for letter, (_, number) in zip(LETTERS, one.changes, strict=True):
            if number:
                self._win_trust(letter)
        if one.switch_grouping or not self._state.draft.grouping:
            self.do(Grouping(not self._state.draft.grouping))
        if self._state == begun:
            return
        if one.submit_first:
            self.do(Submit())
            self.do(Watch())
        self.do(Restart(power=one.power))
        if one.mend is Mend.WITHIN and self._mend():
            self.do(Watch())

    def _mend(self) -> bool:
        """Makes every server well; whether any was not."""
        broken = [letter for letter in LETTERS if self._state.backend(letter).trouble is not None]
        for letter in broken:
            self.do(Server(letter, well=True))
        return bool(broken)

    def _change(self, letter: str, change: Change, number: int) -> None:
        settings = self._state.draft.of(letter)
        if change is Change.NOTHING:
            return
        if settings is None:
            self.do(Add(letter, Settings(query=number, address=self._fresh_address(letter)), place=number or None))
        elif change is Change.BREAK:
            self._break(letter, number)
        elif change is Change.ISSUER:
            authorities = [OTHER, OWN, PUBLIC if self._public else OTHER]
            self.do(Server(letter, authority=authorities[number]))
        elif change is Change.DELETE:
            self.do(Delete(letter))
        elif change is Change.REPLACE:
            place = [name for name, _ in self._state.draft.destinations].index(letter)
            self.do(Delete(letter))
            self.do(Add(letter, Settings(query=number, cert_set=settings.cert_set, address=self._fresh_address(letter)), place=place))
        else:
            self.do(Edit(letter, _edited(settings, change, number)))

    def _win_trust(self, letter: str) -> None:
        """Gives a server that is not trusted a certificate of the authority that its destination believes."""
        settings = self._state.draft.of(letter)
        if settings is None:
            return
        believed = PUBLIC if settings.cert_set == DEFAULT else dict(self._state.sets[-1]).get(settings.cert_set)
        if believed and (believed != PUBLIC or self._public) and believed != self._state.backend(letter).authorities[-1]:
            self.do(Server(letter, authority=believed))

    def _break(self, letter: str, number: int) -> None:
        if self._state.backend(letter).trouble is None:
            self.do(Server(letter, trouble=_TROUBLES[(number + LETTERS.index(letter)) % len(_TROUBLES)]))
        else:
            self.do(Server(letter, well=True))

    def _fresh_address(self, letter: str) -> int:
        """An address that the destination of that letter never had."""
        return 1 + sum(isinstance(step, Add | Edit) and step.destination == letter for step in self.steps)

    def _store(self, store: Store) -> None:
        match store:
            case Store.NOTHING:
                if "red" not in dict(self._state.sets[-1]):
                    self.do(Upload("red", OWN))
            case Store.RED_AGAIN:
                self.do(Remove("red"))
                self.do(Upload("red", OWN))
            case Store.RED_OTHER:
                self.do(Upload("red", OTHER))
            case Store.RED_RENEWED:
                self.do(Remove("red"))
                self.do(Upload("red", OTHER))
            case Store.BLUE:
                self.do(Upload("blue", OWN))
            case Store.BLUE_OTHER:
                self.do(Upload("blue", OTHER))
            case Store.NO_BLUE:
                self.do(Remove("blue"))
            case Store.NO_RED:
                self.do(Remove("red"))


def _edited(settings: Settings, change: Change, number: int) -> tuple[tuple[str, object], ...]:
    """The edit of a destination; one that is disabled is mostly enabled in the same go."""
    if change is Change.SWITCH and settings.enabled:
        return (("enabled", False),)
    on = () if settings.enabled or not number else (("enabled", True),)
    if change is Change.SWITCH:
        return (("token", settings.token + 1), *on) if number else (("enabled", True),)
    edits: dict[Change, tuple[str, object]] = {
        Change.TOKEN: ("token", (0, settings.token + 1, settings.token + 1)[number]),
        Change.QUERY: ("query", (0, settings.query + 1, settings.query + 2)[number]),
        Change.CYCLE: ("cycle_ms", 1000 if settings.cycle_ms != 1000 else (2000, 2000, 400)[number]),
        Change.SET: ("cert_set", "blue" if settings.cert_set == "red" else (DEFAULT if number == 2 else "red")),
        Change.ADDRESS: ("address", settings.address + 1),
    }
    return (edits[change], *on)
