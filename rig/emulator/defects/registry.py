"""Where defects are listed: a name, one line of what a user would see, and the function that builds it in."""

from collections.abc import Callable

from rig.emulator.behaviour import Behaviour

Build = Callable[[Behaviour], Behaviour]
"""From a device to the same device with a defect."""

DEFECTS: dict[str, Build] = {}
"""Every defect, by id."""
SUMMARIES: dict[str, str] = {}
"""What each is, in a line."""


def defect(name: str, summary: str) -> Callable[[Build], Build]:
    """Lists the function below it as the defect `name`."""

    def enter(build: Build) -> Build:
        if name in DEFECTS:
            raise ValueError(f"there are two defects {name!r}")
        DEFECTS[name], SUMMARIES[name] = build, summary
        return build

    return enter
