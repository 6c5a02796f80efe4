"""Settings that a device may refuse when they are stored: which it takes, and whether it comes back with them."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from rig.bench.bench import DEFAULT_PARAMETERS, Bench
from rig.bench.boot import Boot
from rig.bench.destination import Destination
from rig.device import AutomateDocument
from rig.device.web import Answer
from rig.errors import BenchError

_GIVE_UP_S = 20.0


def taken(bench: Bench, **offered: Destination) -> dict[str, Destination]:
    """Those of the destinations that the device stores, each offered alone; nothing is rebooted.

    What is stored afterwards is the last one that was taken: a boot has to follow, which stores what it is about.
    """
    _provide(bench, offered.values())
    answers = {}
    for name, destination in offered.items():
        document = AutomateDocument((destination.entry(bench.host),), DEFAULT_PARAMETERS)
        answers[name] = bench.device.web.store_automate_document(document.to_json())
        bench.event("stimulus", f"store {name} without a reboot: answered {answers[name].status}")
    return {name: destination for name, destination in offered.items() if answers[name].ok}


def comes_back(bench: Bench, boot: Boot, destinations: Mapping[str, Destination]) -> tuple[Boot, str]:
    """The next boot, with the parameters of `boot` and other destinations, and an empty text.

    `boot` shows that the bench can see a device come back. Where it does not come back with these destinations, or not for long,
    that is told in the text, beside the old boot, whose document the device is given again.
    """
    _provide(bench, destinations.values())
    document = replace(boot.document, destinations=tuple(destination.entry(bench.host) for destination in destinations.values()))
    bench.store(document, f"{len(destinations)} other destinations: {', '.join(destinations)}")
    try:
        return bench.start(document, destinations), ""
    except BenchError as error:
        _rescue(bench, boot)
        return boot, f"with {', '.join(destinations)} stored: {error}"


@dataclass(frozen=True)
class Offer:
    """What a device answered to a document (None where it hung up), and what it had stored right after."""

    answer: Answer | None
    left: bytes | None

    @property
    def taken(self) -> bool:
        """Whether it answered with success."""
        return self.answer is not None and self.answer.ok

    @property
    def content(self) -> object:
        """What was stored after it, as JSON; the beginning of the text where it is none."""
        return stored_content(self.left)


def stored_content(document: bytes | None) -> object:
    """A document that was read back, as JSON; the beginning of its text where it is none."""
    text = (document or b"").decode(errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text[:80]


def offer(bench: Bench, good: AutomateDocument, what: str, send: Callable[[], Answer | None]) -> Offer:
    """Sends a document in place of `good`, which is stored; where the device takes it, `good` is stored anew.

    Raises:
        BenchError: what is stored cannot be read.
    """
    bench.event("stimulus", f"offer a document: {what}")
    offered = Offer(send(), bench.device.web.automate_document())
    if offered.taken:
        bench.store(good, "the good document again")
    return offered


def _provide(bench: Bench, destinations: Iterable[Destination]) -> None:
    bench.sets.provide(needed for destination in destinations if (needed := destination.needed_set))


def _rescue(bench: Bench, boot: Boot) -> None:
    """Between two restarts a device may still take a document."""
    deadline = time.monotonic() + _GIVE_UP_S
    while time.monotonic() < deadline:
        with suppress(BenchError):
            if bench.device.web.store_automate_document(boot.document.to_json()).ok:
                bench.restart()
                return
        time.sleep(0.1)
