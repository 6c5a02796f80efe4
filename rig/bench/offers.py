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
_PAUSE_S = 0.1


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
        rescue(bench, boot.document)
        return boot, f"with {', '.join(destinations)} stored: {error}"


def rescue(bench: Bench, document: AutomateDocument) -> None:
    """Stores a document that does no harm; a device that restarts again and again takes it between two restarts, if it takes any."""
    deadline = time.monotonic() + _GIVE_UP_S
    while time.monotonic() < deadline:
        with suppress(BenchError):
            if bench.device.web.store_automate_document(document.to_json()).ok:
                return
        time.sleep(_PAUSE_S)


def restarts_since(bench: Bench, since_ns: int) -> list[str]:
    """Restarts that nobody asked for since a moment (ns), in words; among them that the device does not answer any more.

    Raises:
        BenchError: the device puts one of them down to its supply.
    """
    deadline = time.monotonic() + _GIVE_UP_S
    while time.monotonic() < deadline:
        with suppress(BenchError):
            bench.device.web.status()
            break
        time.sleep(_PAUSE_S)
    else:
        return [f"the web API has not answered for {_GIVE_UP_S:g} s"]
    return bench.look_for_unasked_restart(since_ns)


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
