"""What earlier boots of this process served, for defects that confuse then and now. A power cut forgets it."""

from collections.abc import Callable
from typing import Any

from rig.emulator.active import ActiveDestination

Served = tuple[ActiveDestination, ...]
Change = Callable[[Served, Served, Any], Served]
"""From what is to be served now and what the boot before served (and the device) to what is served."""


class Past:
    """Hangs on the point DESTINATIONS; changes nothing in a boot that has nothing in common with the one before.

    Having a URL in common is what tells an edited configuration from another one altogether.
    """

    def __init__(self, change: Change) -> None:
        self._change = change
        self._boots: dict[int, Served] = {}

    def __call__(self, now: Served, device: Any) -> Served:
        """What is served in the place of `now`."""
        self._boots[device.boot_number] = now
        before = self._boots.get(device.boot_number - 1, ())
        related = {one.url for one in now} & {one.url for one in before}
        return self._change(now, before, device) if related else now


def by_url(served: Served) -> dict[str, ActiveDestination]:
    """Destinations by where they lead."""
    return {one.url: one for one in served}
