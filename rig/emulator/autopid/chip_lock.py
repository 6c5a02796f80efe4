"""Who has the chip: the poller, a test or a scan, one at a time."""

import asyncio
from typing import Literal

_LONG_S = 1.0


class ChipLock(asyncio.Lock):
    """A lock that knows for how long it has been held."""

    _since = 0.0

    async def acquire(self) -> Literal[True]:
        """Waits for the chip."""
        await super().acquire()
        self._since = asyncio.get_running_loop().time()
        return True

    def held_long(self) -> bool:
        """Whether somebody has had it for more than a second, longer than any ordinary request takes."""
        return self.locked() and asyncio.get_running_loop().time() - self._since > _LONG_S
