"""One message of an ECU on its way to the tester, and how its frames are spoilt on that way."""

from collections.abc import Callable
from dataclasses import dataclass

FrameFault = Callable[[int, bytes], list[bytes]]
"""From the number of a frame (0 is the single or first one, then the consecutive ones) and its bytes, PCI byte first, to the
frames that go out in its place."""


@dataclass(frozen=True)
class Delivery:
    """A message (service byte first, without PCI), sent `after_s` seconds after the request.

    `can_id` is another sender than the ECU, `gap_s` the time between consecutive frames in place of what the tester asked for;
    with `waits` off, frames follow the first one without any flow control.
    """

    data: bytes
    after_s: float = 0.0
    can_id: int | None = None
    gap_s: float | None = None
    waits: bool = True
    frame_faults: tuple[FrameFault, ...] = ()

    def frames(self, number: int, data: bytes) -> list[bytes]:
        """The frames that go out in place of frame `number`."""
        frames = [data]
        for fault in self.frame_faults:
            frames = [spoilt for frame in frames for spoilt in fault(number, frame)]
        return frames
