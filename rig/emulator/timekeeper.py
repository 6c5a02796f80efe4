"""The device's clocks: seconds since boot, and a time of day that is set by hand or over the network."""

import time


class Timekeeper:
    """Time of day lives in a battery-backed clock, so that it outlasts boots; whether it is synchronised does not."""

    def __init__(self) -> None:
        self._offset_s = 0.0
        self._born = time.monotonic()
        self.synchronised = False

    def boot(self) -> None:
        """A boot begins now."""
        self._born = time.monotonic()
        self.synchronised = False

    def uptime_s(self) -> float:
        """Seconds since the boot."""
        return time.monotonic() - self._born

    def unix(self) -> float:
        """Time of day in seconds since 1970, as the device believes it."""
        return time.time() + self._offset_s

    def set(self, unix: float) -> None:
        """Sets the time of day."""
        self._offset_s = unix - time.time()

    def synchronise(self) -> None:
        """Takes the time of day from the network."""
        self._offset_s = 0.0
        self.synchronised = True
