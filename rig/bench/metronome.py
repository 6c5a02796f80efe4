"""How late this process wakes up: the part of the rig's own error that grows with the load on its machine.

Stamps of arrivals come from the kernel and hardly suffer, but a receiver that answers late, or an emulated device that gets no
processor, looks like a device with jitter. A thread beats every 20 ms against absolute deadlines and keeps how late it was, or
how long an emulated device was kept waiting meanwhile, whichever is more.
"""

import threading
from bisect import bisect_left
from collections import deque
from collections.abc import Callable

from rig import clock

BEAT_S = 0.02
_KEPT = 45_000
"""A quarter of an hour of beats."""
_CALM_S = 1.0
_CALM_MS = 20.0


class Metronome:
    """Beats until it is stopped."""

    def __init__(self, held_up_ns: Callable[[], int] = lambda: 0) -> None:
        """`held_up_ns` tells how long the device has been kept waiting for a processor so far (ns)."""
        self._held_up_ns = held_up_ns
        self._beats: deque[tuple[int, int]] = deque(maxlen=_KEPT)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="metronome", daemon=True)
        self._thread.start()

    def worst_ms(self, from_ns: int, until_ns: int) -> float:
        """The longest lateness between two moments (ns, monotonic), in milliseconds; 0 where no beat fell between them."""
        return self.lateness_ms(from_ns, until_ns, 1.0)

    def lateness_ms(self, from_ns: int, until_ns: int, share: float) -> float:
        """The lateness that this share (0 to 1) of the beats stayed within, in milliseconds; 0 where no beat fell there."""
        beats = list(self._beats)
        first = bisect_left(beats, (from_ns, 0))
        last = bisect_left(beats, (until_ns, 0))
        late = sorted(late_ns for _, late_ns in beats[first:last])
        return late[round(share * (len(late) - 1))] / 1e6 if late else 0.0

    def wait_until_calm(self, within_s: float) -> bool:
        """Waits until every beat of the last second came on time, for at most `within_s` (s); whether that was so."""
        began_ns = clock.now_ns()
        while (waited_s := (clock.now_ns() - began_ns) / 1e9) < within_s:
            since_ns = clock.now_ns() - round(_CALM_S * 1e9)
            if waited_s >= _CALM_S and self.worst_ms(since_ns, clock.now_ns()) < _CALM_MS:
                return True
            self._over.wait(BEAT_S)
        return False

    def stop(self) -> None:
        """Ends the thread."""
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        step_ns = round(BEAT_S * 1e9)
        due_ns = clock.now_ns() + step_ns
        held_up_ns = self._held_up_ns()
        while not self._over.wait(max(0.0, (due_ns - clock.now_ns()) / 1e9)):
            now_ns = clock.now_ns()
            before_ns, held_up_ns = held_up_ns, self._held_up_ns()
            self._beats.append((now_ns, max(now_ns - due_ns, held_up_ns - before_ns)))
            due_ns = max(due_ns + step_ns, now_ns)
