"""Whether POSTs tell the truth: what the vehicle may have answered by the time each of them was made."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from rig import j1979
from rig.bench.bench import Bench
from rig.bench.polling import polled, polls_by_request
from rig.bench.watched import Watched
from rig.device import CustomPid, ProfileParameter, ProfilePid
from rig.errors import UsageError
from rig.oracle import expression, names, posts, standard, values
from rig.oracle.posts import Post
from rig.vehicle import Ecu

Decode = Callable[[Iterable[bytes]], set[float]]


@dataclass(frozen=True)
class Reading:
    """A parameter: the request that asks for it (hex), the ECU that answers, and what its answers decode to."""

    name: str
    ecu: Ecu
    request: str
    decode: Decode
    minimum: float | None = None
    maximum: float | None = None

    @classmethod
    def standard(cls, name: str, ecu: Ecu) -> "Reading":
        """A standard PID by the device's name (``0C-EngineRPM``)."""
        return cls(name, ecu, f"01{name[:2]}", partial(standard.acceptable_values, name))

    @classmethod
    def custom(cls, pid: CustomPid, ecu: Ecu) -> "Reading":
        """A PID of the user's own; a count of expected frames after the request is no part of it."""
        request = _whole_bytes(pid.pid)
        return cls(pid.name, ecu, request, partial(expression.acceptable_values, pid.expression, request), pid.minimum, pid.maximum)

    @classmethod
    def profile(cls, pid: ProfilePid, parameter: ProfileParameter, ecu: Ecu) -> "Reading":
        """A parameter of a car profile."""
        request = _whole_bytes(pid.pid)
        decode = partial(expression.acceptable_values, parameter.expression, request)
        return cls(parameter.name, ecu, request, decode, parameter.minimum, parameter.maximum)

    def of(self, answers: Iterable[bytes]) -> set[float]:
        """What these answers (data bytes, after service and identifier) decode to; values outside the limits are none."""
        low = float("-inf") if self.minimum is None else self.minimum
        high = float("inf") if self.maximum is None else self.maximum
        return {value for value in self.decode(answers) if low <= value <= high}

    @property
    def now(self) -> set[float]:
        """What the ECU answers now; empty where that gives no value."""
        data = self.ecu.value(self.request)
        return set() if data is None else self.of([data])


def _whole_bytes(request: str) -> str:
    return request[: len(request) // 2 * 2]


def set_share(ecu: Ecu, name: str, share: float) -> None:
    """Sets a standard PID by the device's name to a place in its range: 0 is the lowest number it can hold, 1 the highest.

    Raises:
        UsageError: the table has no such value.
    """
    try:
        pid, field = j1979.by_device_name()[name]
    except KeyError:
        raise UsageError(f"the table of standard PIDs has no value that a device calls {name!r}") from None
    ecu.set(pid.pid, **{field.name: field.at(share)})


def lag_s(bench: Bench, watched: Watched) -> float:
    """How long after a poll a POST may still show what was answered before: a cycle, and the tolerance of freshness."""
    return watched.destination.cycle_s + bench.tolerance.fresh_s


def settled(bench: Bench, watched: Watched, readings: Sequence[Reading], since_ns: int) -> Post:
    """The first POST that has to show what the vehicle answers since a moment: all was polled, and the lag is over.

    Raises:
        BenchError: one of the readings was not polled, or no POST followed.
    """
    asked: dict[str, list[str]] = {}
    for reading in readings:
        asked.setdefault(reading.ecu.name, []).append(reading.request)
    ecus = {reading.ecu.name: reading.ecu for reading in readings}
    last_ns = max(max(polled(ecus[name], requests, since_ns).values()) for name, requests in asked.items())
    due_ns = last_ns + round(lag_s(bench, watched) * 1e9)
    watched.wait_for_requests_since(due_ns, 1, lag_s(bench, watched) + watched.patience.within(2))
    return posts.read(watched.attempts, since_ns=due_ns)[0]


def wrong_now(bench: Bench, post: Post, readings: Sequence[Reading], *, may_lack: bool = False) -> list[str]:
    """Readings whose value in `post` is not what the vehicle answers now, and has answered since long before; in words."""
    seen_all, wrong = shown(post, readings), []
    for reading in readings:
        if may_lack and reading.name not in seen_all:
            continue
        seen = seen_all.get(reading.name, "missing")
        if not values.is_one_of(seen, reading.now, bench.tolerance):
            wrong.append(f"{reading.name} is {seen!r}, the vehicle answers {_listed(reading.now)}")
    return wrong


def untrue(bench: Bench, watched: Watched, readings: Sequence[Reading], *, since_ns: int = 0, any_age: bool = False) -> list[str]:
    """Values in POSTs since a moment that the vehicle cannot have answered by then, in words; a missing key is no value.

    What counts is what it answered from the last poll on that was over long before the POST; with `any_age` whatever it ever
    answered in this scenario, for polls that may be in vain.
    """
    lag_ns = round(lag_s(bench, watched) * 1e9)
    polls = {reading.ecu.name: polls_by_request(reading.ecu.requests) for reading in readings}
    wrong = []
    for number, post in enumerate(posts.read(watched.attempts, since_ns=since_ns), 1):
        seen = shown(post, readings)
        for reading in (reading for reading in readings if reading.name in seen):
            stamps = [] if any_age else polls[reading.ecu.name].get(reading.request, [])
            over = bisect_right(stamps, post.started_ns - lag_ns)
            true = reading.of(reading.ecu.values_between(reading.request, stamps[over - 1] if over else 0, post.request.arrived_ns))
            if not values.is_one_of(seen[reading.name], true, bench.tolerance):
                wrong.append(f"POST {number}: {reading.name} is {seen[reading.name]!r}, the vehicle answered {_listed(true)}")
    return wrong


def shown(post: Post, readings: Sequence[Reading]) -> dict[str, object]:
    """The values of a POST under the configured names; a reading that has none is left out."""
    keys = names.match([reading.name for reading in readings], post.body.parameters).keys
    return {name: post.body.parameters[key] for name, key in keys.items()}


def _listed(numbers: Iterable[float]) -> str:
    shown = [f"{number:.10g}" for number in sorted(numbers)]
    return ", ".join(shown[-5:]) or "nothing that gives a value"
