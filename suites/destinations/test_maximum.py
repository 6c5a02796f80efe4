"""As many destinations as the page offers, each with settings of its own, two of them with one URL; then one more."""

import json

import pytest

from rig.marks import control, verifies
from rig.oracle import schedule
from rig.pace import nearest_cycle, timing_of

CYCLES_MS = (1000, 4000)
UNVISITED_CYCLES = 5
TOKENS = {"bearer": "token-of-the-second", "twin": "token-of-one-twin", "other_twin": "token-of-the-other", "last": "token-of-the-last"}
QUERIES = {"query": "source=wican_pro&env=prod", "twin": "twin=one", "other_twin": "twin=two", "last": "place=6&of=6"}


@pytest.fixture(scope="module")
def destinations(bench, pki):
    """Six, the last with another certificate set than the others."""
    shared = bench.receiver()
    second = pki.authority("second")
    receivers = {"twin": shared, "other_twin": shared, "last": bench.receiver(second.issue(bench.host))}
    return {
        name: bench.destination(
            receivers.get(name),
            path=f"/{'twins' if 'twin' in name else name}",
            bearer=TOKENS.get(name),
            query=tuple(tuple(pair.split("=")) for pair in QUERIES[name].split("&")) if name in QUERIES else (),
            cycle_ms=4000 if name == "query" else 1000,
            cert_set=second if name == "last" else pki.trusted,
        )
        for name in ("plain", "bearer", "query", "twin", "other_twin", "last")
    }


@pytest.fixture(scope="module")
def boot(bench, destinations):
    return bench.boot(**destinations)


@pytest.fixture(scope="module")
def seventh(bench, boot, destinations):
    """One more, which the device may refuse to store."""
    boot.plain.wait_for_requests(2)
    return bench.boot(may_refuse=True, **destinations, seventh=bench.destination(path="/seventh", bearer="token-of-the-seventh"))


def own(boot, name):
    """The requests of a destination: those with its own target, where another one leads to the same receiver."""
    target = boot[name].destination.path + ("?" + QUERIES[name] if name in QUERIES else "")
    return [request for request in boot[name].requests if request.target == target]


def served(boot, name, count):
    """Requests of a destination with its own settings, which the device owes."""
    watched = boot[name]
    assert watched.receiver.wait(lambda _: len(own(boot, name)) >= count, watched.patience.within(count)), (
        f"expected {count} requests with the settings of {name}, observed {len(own(boot, name))} "
        f"and {sorted({request.target for request in watched.requests})}"
    )
    return own(boot, name)


@verifies("destinations/outbound-only")
@pytest.mark.parametrize("name", ["plain", "bearer", "twin", "other_twin", "last", "query"])
def test_it_sends_while_nothing_connects_to_it(boot, name):
    """Without any connection to the device since it was ready, each destination is served for five cycles and more."""
    assert len(served(boot, name, UNVISITED_CYCLES + 1 if boot[name].destination.cycle_ms == 1000 else 2)) > 1


@verifies("destinations/maximum-all-send")
@pytest.mark.parametrize("name", ["plain", "bearer", "query", "twin", "other_twin", "last"])
def test_every_one_of_six_sends_again_and_again(boot, name):
    """Each of six destinations is sent to, and goes on being sent to, in the same boot as all others."""
    served(boot, name, 4 if boot[name].destination.cycle_ms == 1000 else 3)


@verifies("destinations/maximum-all-send")
def test_six_are_stored(bench, boot):
    """The stored configuration has all six, in their order."""
    stored = json.loads(bench.device.web.automate_document() or b"{}").get("destinations", [])
    assert [entry["destination"] for entry in stored] == [entry.url for entry in boot.document.destinations]


@verifies("destinations/same-url-twice")
@pytest.mark.parametrize("name", ["twin", "other_twin"])
def test_two_with_the_same_url_both_send(boot, name):
    """Both are sent to, again and again, each with its own query parameters and token."""
    assert {tuple(request.header("Authorization")) for request in served(boot, name, 4)} == {(f"Bearer {TOKENS[name]}",)}


@verifies("destinations/same-url-twice")
def test_nothing_else_arrives_at_the_url(boot):
    """Every request there has the settings of one of the two, and never those of both."""
    served(boot, "twin", 4)
    served(boot, "other_twin", 4)
    seen = {(request.target, *request.header("Authorization")) for request in boot.twin.requests}
    assert seen == {(f"/twins?{QUERIES[name]}", f"Bearer {TOKENS[name]}") for name in ("twin", "other_twin")}


@verifies("cycle/first-post-in-time")
@pytest.mark.parametrize("name", ["plain", "bearer", "query", "twin", "other_twin", "last"])
def test_each_first_post_comes_in_time(bench, boot, name):
    """Of six destinations each gets its first POST within one cycle of the device being ready, plus the start-up allowance."""
    first, cycle_ms = served(boot, name, 1)[0], boot[name].destination.cycle_ms
    schedule.first_post(boot.ready_ns, first.started_ns, cycle_ms, bench.tolerance, bench.guard_ms(boot.ready_ns)).conclude()


@verifies("cycle/per-destination")
def test_the_long_cycle_among_short_ones_is_kept(boot):
    """The one destination with a cycle of 4 s keeps it beside five with a cycle of 1 s."""
    assert nearest_cycle(timing_of(boot.query, intervals=2), CYCLES_MS) == 4000


@control("destinations/one-too-many")
def test_six_were_served_with_their_own_settings(boot):
    assert all(served(boot, name, 2) for name in boot.watched)


@verifies("destinations/one-too-many")
def test_one_too_many_is_refused_or_never_sends(seventh, observed):
    """A seventh is refused when it is stored, or no connection is ever attempted for it."""
    observed("refused when stored" if seventh.refused else "stored")
    served(seventh, "plain", 5)
    assert seventh.seventh.attempts == []


@verifies("destinations/one-too-many")
@pytest.mark.parametrize("name", ["plain", "bearer", "query", "twin", "other_twin", "last"])
def test_one_too_many_leaves_the_others_as_they_were(seventh, name):
    """Each of the six is sent to as before: with its own target, token and certificate set."""
    expected = [f"Bearer {TOKENS[name]}"] if name in TOKENS else []
    assert [request.header("Authorization") for request in served(seventh, name, 2)[:2]] == [expected] * 2
