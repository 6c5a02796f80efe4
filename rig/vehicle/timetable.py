"""Things to be done at a moment to come, done in one thread, in order of time."""

import heapq
import itertools
import threading
from collections.abc import Callable

from rig import clock


class Timetable:
    """Runs callbacks at their time, holding `lock`. It waits for the next one and never looks in between.

    An error in a callback ends it; `failed` is told before.
    """

    def __init__(self, name: str, lock: threading.RLock, failed: Callable[[str], None]) -> None:
        self._failed = failed
        self._lock = lock
        self._changed = threading.Condition()
        self._entries: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begins to run what is entered."""
        self._thread.start()

    def stop(self) -> None:
        """Drops what has not begun, and returns when nothing runs any more; not to be called with the lock held."""
        with self._changed:
            self._stopped = True
            self._entries.clear()
            self._changed.notify()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def enter(self, after_s: float, action: Callable[[], None]) -> None:
        """Runs `action` after `after_s` seconds; those of the same moment run in the order they were entered."""
        entry = (clock.now_ns() + round(after_s * 1e9), next(self._order), action)
        with self._changed:
            if self._stopped:
                return
            heapq.heappush(self._entries, entry)
            if self._entries[0] is entry:
                self._changed.notify()

    def _run(self) -> None:
        while (action := self._next()) is not None:
            try:
                with self._lock:
                    action()
            except Exception as error:
                self._failed(f"the vehicle broke down ({error!r})")
                raise

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._stopped:
                if not self._entries:
                    self._changed.wait()
                    continue
                left_s = (self._entries[0][0] - clock.now_ns()) / 1e9
                if left_s <= 0:
                    return heapq.heappop(self._entries)[2]
                self._changed.wait(left_s)
        return None
