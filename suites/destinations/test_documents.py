"""A large configuration; then documents that are none, offered in its place, and a reboot after them."""

from dataclasses import replace
from functools import partial

import pytest

from rig.bench import CustomPid, offer, post_unfinished, stored_content
from rig.marks import control, verifies

PARAMETERS = tuple(
    CustomPid(f"Parameter_{number:03}_of_one_hundred", "22F190", f"(B4+{number}-{number})*100/100", "km/h", "speed", 60_000, 0, 255)
    for number in range(100)
)
QUERY = tuple((f"parameter{number}", f"value-number-{number}") for number in range(8))
BAD = {
    "trailing garbage": lambda good: good + b" }",
    "cut in the middle": lambda good: good[: len(good) // 2],
    "trailing comma": lambda good: good[:-1] + b",}",
    "single quotes": lambda good: good.replace(b'"', b"'"),
    "a form": lambda _: b"grouping=enable&destinations=",
    "nothing": lambda _: b"",
}
SHORT = {"half of it": lambda good: good[: len(good) // 2], "all but what was announced": lambda good: good, "nothing": lambda _: b""}


@pytest.fixture(scope="module")
def stored_before(bench):
    """What was stored before the large configuration was offered."""
    return bench.device.web.automate_document()


@pytest.fixture(scope="module")
def boot(bench, stored_before):
    """Six destinations with every field filled, a hundred parameters; the device may refuse to store all that."""
    names = ("one", "two", "three", "four", "five", "six")
    return bench.boot(
        may_refuse=True,
        parameters=PARAMETERS,
        initialisation="ATSP6;ATST96;",
        **{name: bench.destination(path=f"/{name}/" + "p" * 120, bearer=f"{name}-" + "t" * 250, query=QUERY) for name in names},
    )


@pytest.fixture(scope="module")
def stored(bench, boot):
    """What reads back after the reboot."""
    return bench.device.web.automate_document()


@pytest.fixture(scope="module")
def other(boot):
    """A good document that differs from what is stored, small enough for any release to take in one piece."""
    return replace(boot.document, parameters=PARAMETERS[:1], destinations=boot.document.destinations[:1])


@pytest.fixture(scope="module")
def good(bench, boot, stored, other):
    """What is stored while bad documents are offered: the large configuration, or the small one where that was refused."""
    document = other if boot.refused else boot.document
    bench.store(document, "a good document")
    return document


@pytest.fixture(scope="module")
def offered(bench, good, other):
    """What became of each bad document."""
    store = bench.device.web.store_automate_document
    return {name: offer(bench, good, name, partial(store, bad(without_any(other)))) for name, bad in BAD.items()}


@pytest.fixture(scope="module")
def shortened(bench, good, offered, other):
    """What became of documents that end before their announced length."""
    whole = without_any(other)
    send = partial(post_unfinished, bench.device.web, "/store_auto_data", announced=len(whole) + 200)
    return {name: offer(bench, good, f"{name}, too short", partial(send, part(whole))) for name, part in SHORT.items()}


@pytest.fixture(scope="module")
def rebooted(bench, boot, good, offered, shortened):
    return bench.start(good, {watched.name: watched.destination for watched in [*boot][: len(good.destinations)]})


def without_any(other):
    """A document without any destination."""
    return replace(other, destinations=()).to_json()


def content(document):
    return stored_content(document.to_json())


@verifies("destinations/large-configuration")
def test_a_large_configuration_is_stored_whole_or_refused(boot, stored_before, stored, observed):
    """It reads back whole after the reboot, or was refused with an error and what was stored before is still there."""
    size = len(boot.document.to_json())
    observed(f"{size} bytes: refused with {boot.refusal.status}" if boot.refused else f"{size} bytes stored")
    assert stored_content(stored) == (stored_content(stored_before) if boot.refused else content(boot.document))


@verifies("destinations/large-configuration")
def test_destinations_of_a_large_configuration_send(boot):
    """Where it is stored, every one of its destinations is sent to with the whole of its URL and token."""
    for watched in [] if boot.refused else boot:
        (request,) = watched.expect_requests(1)
        assert request.target.startswith(watched.destination.path + "?")
        assert request.header("Authorization") == [f"Bearer {watched.destination.bearer}"]


@verifies("destinations/large-configuration")
def test_a_large_configuration_is_in_force_whole(bench, boot):
    """Where it is stored, the device knows every one of its hundred parameters."""
    known = bench.device.web.config_block() if not boot.refused else {parameter.name: {} for parameter in PARAMETERS}
    assert {parameter.name for parameter in PARAMETERS} - known.keys() == set()


@control("destinations/bad-document-changes-nothing")
def test_a_good_document_is_stored(bench, good):
    assert stored_content(bench.device.web.automate_document()) == content(good)


@verifies("destinations/bad-document-changes-nothing")
@pytest.mark.parametrize("name", BAD)
def test_a_document_that_is_no_json_is_refused(offered, name):
    """It is answered with an error."""
    assert not offered[name].taken, offered[name].answer


@verifies("destinations/bad-document-changes-nothing")
@pytest.mark.parametrize("name", BAD)
def test_a_document_that_is_no_json_changes_nothing(good, offered, name):
    """What was stored before it is stored after it."""
    assert offered[name].content == content(good)


@verifies("destinations/bad-document-changes-nothing")
@pytest.mark.parametrize("name", SHORT)
def test_a_document_that_ends_too_soon_changes_nothing(good, shortened, name, observed):
    """It is not answered with success, and what was stored before it is stored after it."""
    observed(f"answered {shortened[name].answer.status}" if shortened[name].answer else "hung up on")
    assert not shortened[name].taken, shortened[name].answer
    assert shortened[name].content == content(good)


@verifies("destinations/bad-document-changes-nothing")
def test_after_a_reboot_the_good_document_is_still_stored(bench, good, rebooted):
    """After bad documents and a reboot the configuration is that of before."""
    assert stored_content(bench.device.web.automate_document()) == content(good)


@verifies("destinations/bad-document-changes-nothing")
def test_after_a_reboot_the_good_document_is_in_force(rebooted):
    """Its destinations are sent to."""
    assert all(watched.expect_requests(1) for watched in rebooted)
