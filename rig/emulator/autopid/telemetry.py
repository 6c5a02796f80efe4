"""The latest value of every parameter."""

from collections.abc import Callable, Iterable

from rig.emulator.autopid.values import Value


class Telemetry:
    """Values by name, in load order, kept until a new one replaces them."""

    def __init__(self, names: Iterable[str], initial: Iterable[str] = ()) -> None:
        self._values: dict[str, Value | None] = dict.fromkeys(names)
        self._values |= dict.fromkeys(initial, 0)
        self._listeners: list[Callable[[], object]] = []

    def subscribe(self, listener: Callable[[], object]) -> None:
        """`listener` is called when anything has changed."""
        self._listeners.append(listener)

    def store(self, name: str, value: Value) -> None:
        """A parameter has a value."""
        if self._values.get(name) != value:
            self._values[name] = value
            self.changed()

    def changed(self) -> None:
        """Tells the listeners."""
        for listener in self._listeners:
            listener()

    def snapshot(self) -> dict[str, Value]:
        """What has a value."""
        return {name: value for name, value in self._values.items() if value is not None}
