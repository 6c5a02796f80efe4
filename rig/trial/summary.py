"""A trial in a few lines: each exchange in one, and what it came to in the end."""

import time
from collections import Counter
from dataclasses import dataclass, field
from statistics import median

from rig.trial.exchanges import Exchange
from rig.trial.reasons import in_words, named


def line_of(exchange: Exchange) -> str:
    """One exchange: number, time, status, size of the body, duration, and why it failed where it did."""
    status = named(exchange.status) if exchange.status is not None else "failed"
    size = f"{exchange.size} B" if exchange.status is not None and exchange.size is not None else "-"
    why = in_words(exchange)
    line = f"{exchange.number:>4}  {time.strftime('%H:%M:%S')}  {status:<24}{size:>8}  {exchange.took_ms:>5} ms"
    return f"{line}  {why}" if why else line


@dataclass
class Summary:
    """What the exchanges so far come to."""

    exchanges: list[Exchange] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """The device is on its way; from now on time counts."""
        self._started = time.monotonic()

    @property
    def good(self) -> bool:
        """Whether there were exchanges, and all of them were accepted."""
        return bool(self.exchanges) and all(exchange.accepted for exchange in self.exchanges)

    def lines(self, counted: tuple[int, int] | None) -> list[str]:
        """In words; `counted` are the device's own successes and failures."""
        if not self.exchanges:
            return ["nothing was posted"]
        accepted = [exchange for exchange in self.exchanges if exchange.accepted]
        failed = Counter(_cause(exchange) for exchange in self.exchanges if not exchange.accepted)
        lines = [
            f"{_times(len(self.exchanges), 'exchange')} in {time.monotonic() - self._started:.0f} s: "
            f"{len(accepted)} accepted, {failed.total()} failed"
        ]
        lines += [f"  {count} x {cause}" for cause, count in failed.most_common()]
        if accepted:
            took = [exchange.took_ms for exchange in accepted]
            sizes = [exchange.size for exchange in accepted if exchange.size is not None]
            bodies = " to ".join(str(size) for size in sorted({min(sizes), max(sizes)}))
            lines.append(f"accepted in {median(took):.0f} ms (median), {max(took)} ms at most; bodies of {bodies} B")
        if counted is not None:
            lines.append(f"the device counted {counted[0]} accepted, {counted[1]} failed")
        return lines


def _cause(exchange: Exchange) -> str:
    return f"{named(exchange.status)}: {in_words(exchange)}" if exchange.status is not None else in_words(exchange)


def _times(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
