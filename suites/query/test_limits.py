"""More and stranger query parameters than the document speaks of; the device may refuse to store them."""

import pytest

from rig.marks import control, verifies

SIXTEEN = tuple((f"k{number:02}", f"v{number:02}") for number in range(1, 17))
UNSAFE = {
    "space": ("with space", "a b"),
    "hash": ("hash", "a#b"),
    "ampersand": ("amp", "a&b=c"),
    "percent": ("percent", "100%"),
    "umlaut": ("grüße", "°C"),
}


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(may_refuse=True, sixteen=bench.destination(query=SIXTEEN), plain=bench.destination())


@control("query/many-pairs")
def test_a_destination_beside_it_sends(boot):
    assert boot.refused or boot.plain.wait_for_requests(2)


@verifies("query/many-pairs")
def test_sixteen_pairs_all_arrive_or_are_refused(boot, observed):
    """Of sixteen pairs all arrive in order, or the device does not store them."""
    whole = "/ingest?" + "&".join(f"{key}={value}" for key, value in SIXTEEN)
    observed("refused when stored" if boot.refused else "sixteen pairs stored")
    assert boot.refused or [request.target for request in boot.sixteen.expect_requests(2)] == [whole] * 2


@pytest.fixture(scope="module")
def unsafe(bench, boot):
    """In a boot of its own, because one pair that the device cannot send may be a reason to refuse all of it."""
    long = bench.destination(query=(("long", "x" * 256),))
    return bench.boot(may_refuse=True, long=long, **{name: bench.destination(query=(pair,)) for name, pair in UNSAFE.items()})


@verifies("query/unsafe-characters")
def test_unsafe_characters_are_reported(unsafe, observed):
    """What becomes of a space, '#', '&', '=', '%' and non-ASCII characters."""
    unsafe.long.receiver.wait(lambda _: len(unsafe.long.attempts) >= 3, unsafe.long.patience.within(3))
    for name, pair in UNSAFE.items():
        sent = {request.target for request in unsafe[name].requests} or {"nothing"}
        observed(f"{name} {pair!r}: {'refused when stored' if unsafe.refused else ' '.join(sorted(sent))}")


@verifies("query/limits")
def test_limits_are_reported(boot, unsafe, observed):
    """How many pairs and how long a value arrive."""
    sixteen = max((request.target.count("=") for request in boot.sixteen.requests), default=0)
    longest = max((len(request.target.partition("=")[2]) for request in unsafe.long.requests), default=0)
    observed(f"of 16 pairs {sixteen} arrived; of a value of 256 characters {longest}")
