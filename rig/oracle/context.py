"""The boot-only context (section 1.1): config and status ride on a destination's first success of a boot, and never again.

A story is what a destination told in one boot: for each attempt that brought a body whether it was a success, and the body.
"""

from collections.abc import Mapping, Sequence

TELEMETRY = "autopid_data"
CONTEXT = ("config", "status")

Story = Sequence[tuple[bool, object]]


def missing_blocks(body: object) -> list[str]:
    """Which of autopid_data, config and status the body lacks, or has as something else than an object."""
    return [name for name in (TELEMETRY, *CONTEXT) if not isinstance(_member(body, name), Mapping)]


def repeated(story: Story) -> list[int]:
    """Positions, after the first success, of bodies that carry config or status in whatever form."""
    first = _first_success(story)
    if first is None:
        return []
    return [at for at, (_, body) in enumerate(story) if at > first and any(_has(body, name) for name in CONTEXT)]


def first_success_without_context(story: Story) -> list[str]:
    """What the first success lacks; all three blocks where there was none."""
    first = _first_success(story)
    return missing_blocks(None if first is None else story[first][1])


def attempts_without_context(story: Story) -> list[int]:
    """Positions, up to and including the first success, of bodies that lack one of the three blocks."""
    first = _first_success(story)
    until = len(story) if first is None else first + 1
    return [at for at, (_, body) in enumerate(story[:until]) if missing_blocks(body)]


def _first_success(story: Story) -> int | None:
    return next((at for at, (success, _) in enumerate(story) if success), None)


def _has(body: object, name: str) -> bool:
    return isinstance(body, Mapping) and name in body


def _member(body: object, name: str) -> object:
    return body.get(name) if isinstance(body, Mapping) else None
