"""Makes a script that breaks a promise short. Every trial costs boots in real time, so what is likeliest to work comes first.

Hypothesis draws the scripts, but shrinks by small steps that are free elsewhere and dear here. What it cannot know is the model:
all that led to the last boots can be replaced by a fresh start in the same state, which most often leaves two boots.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from rig.oracle.commands import Add, Command, Delete, Edit, Grouping, Restart, Script, Server, Settings, Upload
from rig.oracle.model import Backend, State, states, without_idle_steps

Cost = tuple[int, int, int]
T = TypeVar("T")


def cost(script: Script) -> Cost:
    """Fewer boots first, then fewer steps, then fewer settings."""
    boots = sum(isinstance(command, Restart) for command in script)
    return boots, len(script), sum(_weight(command) for command in script)


def shrunk(script: Script, breaks: Callable[[Script], bool]) -> Script:
    """The shortest script found that still breaks the promise; `breaks` plays one, and may raise to end the search."""
    search = _Search(script, breaks)
    while True:
        before = search.best
        search.first_of(_late_starts(before))
        search.fewer(sorted({name for command in search.best if (name := _destination(command))}), _of_destinations)
        search.fewer([*enumerate(search.best)], lambda _, kept: tuple(command for _, command in kept))
        search.plainer()
        if search.best == before:
            return before


class _Search:
    """The shortest script up to now, and trying others."""

    def __init__(self, script: Script, breaks: Callable[[Script], bool]) -> None:
        self.best = script
        self._breaks = breaks
        self._tried = {script}

    def takes(self, steps: Script) -> bool:
        """Whether the steps, without idle ones, are shorter than the best and break the promise, too."""
        candidate = without_idle_steps(steps)
        if candidate in self._tried or cost(candidate) >= cost(self.best):
            return candidate == self.best
        self._tried.add(candidate)
        if not candidate or not self._breaks(candidate):
            return False
        self.best = candidate
        return True

    def first_of(self, candidates: Iterable[Script]) -> None:
        """Tries one after the other until one will do."""
        any(self.takes(candidate) for candidate in candidates)

    def fewer(self, things: Sequence[T], rebuilt: Callable[[Script, Sequence[T]], Script]) -> None:
        """Leaves things out: halves of them, then quarters, down to single ones (as delta debugging does)."""
        size, script = (len(things) + 1) // 2, self.best
        while size:
            at = 0
            while at < len(things):
                kept = [*things[:at], *things[at + size :]]
                if self.takes(rebuilt(script, kept)):
                    things = kept
                else:
                    at += size
            size = 0 if size == 1 else (size + 1) // 2

    def plainer(self) -> None:
        """Settings that are nothing special: everywhere, then step by step; a reboot in place of a power cut."""
        self.takes(tuple(_plain(command) for command in self.best))
        for at in range(len(self.best)):
            for other in _less(self.best[at]) if at < len(self.best) else ():
                self.takes((*self.best[:at], other, *self.best[at + 1 :]))


def _of_destinations(script: Script, names: Sequence[str]) -> Script:
    return tuple(command for command in script if _destination(command) in {None, *names})


def _late_starts(script: Script) -> Iterator[Script]:
    """Begun afresh in the state of a later boot: of the last but one, as far back as the second, and of the last itself."""
    after = list(states(script))
    boots = [at for at, command in enumerate(script) if isinstance(command, Restart)]
    for at in (*reversed(boots[1:-1]), *boots[-1:]):
        yield (*_fresh(after[at][1]), script[at], *script[at + 1 :])


def _fresh(state: State) -> Script:
    """Steps that lead to what is stored, and to the servers as they are."""
    steps: list[Command] = [Upload(name, authority) for name, authority in state.sets[-1]]
    steps += [Add(name, settings) for name, settings in state.stored.destinations]
    steps += [] if state.stored.grouping else [Grouping(False)]
    for name, backend in state.backends.items():
        if backend != Backend():
            steps.append(Server(name, authority=backend.authorities[-1], trouble=backend.trouble))
    return tuple(steps)


def _plain(command: Command) -> Command:
    match command:
        case Add(name, settings, place):
            return Add(name, replace(Settings(), cert_set=settings.cert_set, enabled=settings.enabled), place)
        case Restart():
            return Restart()
        case _:
            return command


def _less(command: Command) -> Iterator[Command]:
    """A step with less to it: everything plain, then each setting."""
    yield _plain(command)
    match command:
        case Add(name, settings, place):
            for setting in ("token", "query", "cycle_ms", "cert_set", "address", "enabled"):
                yield Add(name, replace(settings, **{setting: getattr(Settings(), setting)}), place)
            yield Add(name, settings)
            yield Add(name, replace(settings, token=min(1, settings.token), query=min(1, settings.query)), place)
        case Edit(name, settings) if len(settings) > 1:
            yield from (Edit(name, settings[:at] + settings[at + 1 :]) for at in range(len(settings)))
        case _:
            return


def _destination(command: Command) -> str | None:
    return command.destination if isinstance(command, Add | Edit | Delete | Server) else None


def _weight(command: Command) -> int:
    match command:
        case Add(_, settings, place):
            special = sum(bool(value != getattr(Settings(), name)) for name, value in vars(settings).items())
            return special + int(place is not None) + settings.query + settings.token
        case Edit(_, settings):
            return len(settings)
        case Restart(power):
            return int(power)
        case _:
            return 0
