"""A device that conforms to the product document, as a table: what it may do and what it owes after each command.

Pure: no bench, no clock. What is stored takes effect at the next boot; a device may also apply it at once, so between a store and
the boot after it old and new are both right, and only what holds for both is owed (sections 1.1, 2, 3, 9).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import reduce
from typing import Self

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

MOST = 6
"""Destinations that a device takes (section 2)."""
PUBLIC = "public"
"""The authority whose root is in the firmware's own bundle."""
OWN = "trusted"
"""The authority that a server's certificate is from unless something else is said."""


@dataclass(frozen=True)
class Document:
    """The Automate page: grouping, and destinations in their order."""

    grouping: bool = True
    destinations: tuple[tuple[str, Settings], ...] = ()

    def of(self, destination: str) -> Settings | None:
        """A destination's settings; None if there is no such destination."""
        return dict(self.destinations).get(destination)

    def sends(self, destination: str) -> bool:
        """Whether the destination is to be sent to."""
        settings = self.of(destination)
        return self.grouping and settings is not None and settings.enabled

    def but(self, destination: str, settings: Settings) -> Self:
        """The same with one destination's settings changed."""
        return replace(self, destinations=tuple((name, settings if name == destination else old) for name, old in self.destinations))

    @property
    def lanes(self) -> tuple[tuple[str, int], ...]:
        """Which destination leads where, in order: what a device may tell destinations apart by."""
        return tuple((name, settings.address) for name, settings in self.destinations)


@dataclass(frozen=True)
class Backend:
    """A destination's server: the authorities its certificates were from in this boot, the present one last, and its trouble.

    `recovered` is the trouble it had earlier in this boot.
    """

    authorities: tuple[str, ...] = (OWN,)
    trouble: Trouble | None = None
    recovered: Trouble | None = None


@dataclass(frozen=True)
class Past:
    """What was in earlier boots of a destination, by which it is known whose promise is at stake."""

    tokens: frozenset[int] = frozenset()
    sent: bool = False
    disabled: bool = False


Sets = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class State:
    """The device and its servers. `documents` and `sets` are what may be in force in this boot, the latest last."""

    draft: Document = Document()
    documents: tuple[Document, ...] = (Document(),)
    sets: tuple[Sets, ...] = ((),)
    backends: Mapping[str, Backend] = field(default_factory=dict)
    before: Document = Document()
    past: Mapping[str, Past] = field(default_factory=dict)
    renewed: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    boots: int = 0
    by_power: bool = False

    @property
    def stored(self) -> Document:
        """The document stored last."""
        return self.documents[-1]

    @property
    def destinations(self) -> tuple[str, ...]:
        """Every destination that there is or was."""
        now = {name for document in (self.draft, *self.documents) for name, _ in document.destinations}
        return tuple(sorted(now | self.past.keys() | self.backends.keys()))

    def backend(self, destination: str) -> Backend:
        """The destination's server."""
        return self.backends.get(destination, Backend())

    @property
    def steady(self) -> bool:
        """Whether all documents of this boot have the same destinations under the same addresses at the same places."""
        return len({document.lanes for document in self.documents}) == 1

    # What holds now ---------------------------------------------------------------------------------------------------

    def views(self, destination: str) -> list[Settings]:
        """Settings with which the destination may be served at present; none if it may not."""
        found = [settings for document in self.documents if document.sends(destination) and (settings := document.of(destination))]
        return list(dict.fromkeys(found))

    def owed_an_attempt(self, destination: str) -> bool:
        """Whether the destination is served whichever document is in force."""
        return all(document.sends(destination) for document in self.documents)

    def may_be_trusted(self, destination: str) -> bool:
        """Whether some settings and sets that may be in force trust a certificate its server had in this boot."""
        return any(
            _trusts(sets, settings, authority)
            for settings in self.views(destination)
            for sets in self.sets
            for authority in self.backend(destination).authorities
        )

    def owed_a_success(self, destination: str) -> bool:
        """Whether what is sent has to get through: served, trusted whatever is in force, and its server well."""
        backend = self.backend(destination)
        trusted = all(_trusts(sets, settings, backend.authorities[-1]) for settings in self.views(destination) for sets in self.sets)
        return backend.trouble is None and trusted and self.owed_an_attempt(destination)

    def changed(self, destination: str) -> frozenset[str]:
        """Which settings of the destination this boot brought, of a destination that was there before; empty for others."""
        old, new = self.before.of(destination), self.documents[0].of(destination)
        if old is None or new is None:
            return frozenset()
        return frozenset(entry.name for entry in fields(Settings) if getattr(old, entry.name) != getattr(new, entry.name))

    @property
    def neighbours_went(self) -> bool:
        """Whether this boot brought that a destination was disabled or deleted."""
        return any(
            settings.enabled and ((now := self.documents[0].of(name)) is None or not now.enabled)
            for name, settings in self.before.destinations
        )

    # What a command makes of it ---------------------------------------------------------------------------------------

    def after(self, command: Command) -> Self:
        """The state after a command; the same state where the command has no meaning."""
        match command:
            case Add() | Edit() | Delete() | Grouping():
                return replace(self, draft=_edited(self.draft, command))
            case Upload() | Remove():
                return self._with_sets(command)
            case Server():
                return self._served(command)
            case Submit():
                return self._submitted()
            case Restart(power):
                return self._submitted()._restarted(by_power=power)
            case Watch():
                return self

    def _with_sets(self, command: Upload | Remove) -> Self:
        there, name = dict(self.sets[-1]), command.cert_set
        if isinstance(command, Remove):
            if name not in there:
                return self
            now = {key: value for key, value in there.items() if key != name}
            return replace(self, sets=(*self.sets, tuple(now.items())), removed=self.removed | {name})
        if there.get(name) == command.authority:
            return self
        known = name in there or name in self.removed
        renewed = self.renewed | {name} if known else self.renewed
        now = {**there, name: command.authority}
        return replace(self, sets=(*self.sets, tuple(sorted(now.items()))), renewed=renewed)

    def _served(self, command: Server) -> Self:
        old = self.backend(command.destination)
        authorities = old.authorities
        if command.authority and command.authority != old.authorities[-1]:
            authorities = (*authorities, command.authority)
        trouble = None if command.well else command.trouble or old.trouble
        recovered = old.trouble if old.trouble is not None and trouble is None else old.recovered
        new = Backend(authorities, trouble, recovered)
        return self if new == old else replace(self, backends={**self.backends, command.destination: new})

    def _submitted(self) -> Self:
        if self.draft == self.stored:
            return self
        return replace(self, documents=(*self.documents, self.draft))

    def _restarted(self, *, by_power: bool) -> Self:
        past = {name: self._past_of(name) for name in self.destinations}
        backends = {name: Backend(backend.authorities[-1:], backend.trouble) for name, backend in self.backends.items()}
        return replace(
            self,
            documents=(self.stored,),
            sets=self.sets[-1:],
            backends=backends,
            before=self.documents[0],
            past=past,
            boots=self.boots + 1,
            by_power=by_power,
        )

    def _past_of(self, destination: str) -> Past:
        old, settings = self.past.get(destination, Past()), self.documents[0].of(destination)
        if settings is None or self.boots == 0:
            return old
        return Past(
            tokens=old.tokens | {settings.token} - {0},
            sent=old.sent or self.documents[0].sends(destination),
            disabled=old.disabled or not settings.enabled,
        )


def _trusts(sets: Sets, settings: Settings, authority: str) -> bool:
    believed = PUBLIC if settings.cert_set == DEFAULT else dict(sets).get(settings.cert_set)
    return believed == authority


def _edited(document: Document, command: Add | Edit | Delete | Grouping) -> Document:
    there = document.destinations
    match command:
        case Grouping(on):
            return replace(document, grouping=on)
        case Add(name, settings, place):
            if document.of(name) is not None or len(there) >= MOST:
                return document
            at = len(there) if place is None else min(place, len(there))
            return replace(document, destinations=(*there[:at], (name, settings), *there[at:]))
        case Edit(name) as edit:
            before = document.of(name)
            return document if before is None else document.but(name, edit.of(before))
        case Delete(name):
            return replace(document, destinations=tuple(entry for entry in there if entry[0] != name))


# Scripts ----------------------------------------------------------------------------------------------------------------


def states(script: Script, state: State = State()) -> Iterator[tuple[Command, State]]:
    """Each command of a script with the state after it."""
    for command in script:
        state = state.after(command)
        yield command, state


def end_of(script: Script) -> State:
    """The state after a script."""
    return reduce(State.after, script, State())


def without_idle_steps(script: Script) -> Script:
    """The script without commands that change nothing, and without what follows its last observation."""
    kept: list[Command] = []
    state, news = State(), True
    for command in script:
        after = state.after(command)
        idle = (not news or state.boots == 0) if isinstance(command, Watch) else after == state
        if not idle:
            kept.append(command)
            news = not isinstance(command, Watch | Restart)
        state = after
    while kept and not isinstance(kept[-1], Watch | Restart):
        kept.pop()
    return tuple(kept)
