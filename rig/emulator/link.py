"""The Wi-Fi link of the station: up or down, and waiting for it."""

import asyncio


class Link:
    """Up while the station has an address."""

    def __init__(self) -> None:
        self.up = False
        self._changed = asyncio.Event()
        self._came_up = asyncio.Event()

    @property
    def changed(self) -> asyncio.Event:
        """An event that the next change sets; each change has one of its own."""
        return self._changed

    def set(self, *, up: bool) -> None:
        """Takes it up or down."""
        if up == self.up:
            return
        self.up = up
        if up:
            self._came_up.set()
        else:
            self._came_up.clear()
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def wait(self) -> None:
        """Returns once it is up."""
        await self._came_up.wait()
