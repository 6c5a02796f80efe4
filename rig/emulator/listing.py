"""Lists of what can be built into a device by name: a line of what a user would see, and the function that builds it in."""

from collections.abc import Callable, Mapping

from rig.emulator.behaviour import Behaviour

Build = Callable[[Behaviour], Behaviour]
"""From a device to the same device with a difference."""


class Listing:
    """Differences of one kind, by id; called as a decorator, it enters the function below it."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._builds: dict[str, Build] = {}
        self._summaries: dict[str, str] = {}

    def __call__(self, name: str, summary: str) -> Callable[[Build], Build]:
        """Enters the function below it as `name`.

        Raises:
            ValueError: there is one of that name.
        """

        def enter(build: Build) -> Build:
            if name in self._builds:
                raise ValueError(f"there are two of kind {self._kind} by the name {name!r}")
            self._builds[name], self._summaries[name] = build, summary
            return build

        return enter

    @property
    def builds(self) -> Mapping[str, Build]:
        """What builds each of them in."""
        return self._builds

    @property
    def summaries(self) -> Mapping[str, str]:
        """What each is, in a line."""
        return self._summaries
