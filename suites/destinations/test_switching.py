"""Three boots: all enabled; two disabled, one deleted, one with another URL; those two enabled again and another one deleted."""

import json
from dataclasses import replace

import pytest

from rig.marks import control, verifies
from rig.pace import attempts_since, nearest_cycle, timing_of

CYCLES_MS = (1000, 4500)
LONG = {"mid", "tail"}
SECOND_SET = {"mid", "last"}
NAMES = ("first", "gone", "mid", "edited", "tail", "last")


@pytest.fixture(scope="module")
def bystander(bench):
    """A receiver that no configuration ever names."""
    return bench.receiver(name="bystander")


@pytest.fixture(scope="module")
def edited_to(bench):
    """Where the URL of one destination leads after it was edited."""
    return bench.receiver(name="edited-to")


@pytest.fixture(scope="module")
def enabled(bench, pki, bystander):
    authorities = {name: pki.authority("second") if name in SECOND_SET else pki.trusted for name in NAMES}
    return bench.boot(
        **{
            name: bench.destination(
                bench.receiver(authorities[name].issue(bench.host), name=name),
                path=f"/{name}/ingest",
                bearer=f"token-of-{name}",
                query=(("place", name),),
                cycle_ms=4500 if name in LONG else 1000,
                cert_set=authorities[name],
            )
            for name in NAMES
        }
    )


@pytest.fixture(scope="module")
def readings():
    """What was stored towards the end of each boot, by its name."""
    return {}


@pytest.fixture(scope="module")
def switched(bench, enabled, edited_to, readings):
    """The second boot's destinations, once all were served in the first."""
    for watched in enabled:
        watched.wait_for_successes(1 if watched.name in LONG else 2)
    readings["enabled"] = enabled, read_back(bench)
    then = {watched.name: watched.destination for watched in enabled}
    del then["gone"]
    for name in ("first", "last"):
        then[name] = then[name].but(enabled=False)
    then["edited"] = then["edited"].but(receiver=edited_to, path="/edited/elsewhere")
    return then


@pytest.fixture(scope="module")
def stored(bench, enabled, switched):
    """What reads back as soon as it is stored, and as what it was stored."""
    return store(bench, enabled, switched)


@pytest.fixture(scope="module")
def disabled(bench, switched, stored):
    return bench.start(stored[0], switched)


@pytest.fixture(scope="module")
def observed_disabled(disabled):
    """The boot, once three cycles of the disabled ones and their start-up are over, told by a neighbour that was served."""
    return settled(disabled)


@pytest.fixture(scope="module")
def restored(bench, disabled, observed_disabled, readings):
    """The third boot: those two are enabled again, the last but one is deleted."""
    readings["disabled"] = disabled, read_back(bench)
    then = {watched.name: watched.destination for watched in disabled if watched.name != "tail"}
    for name in ("first", "last"):
        then[name] = then[name].but(enabled=True)
    return bench.start(store(bench, disabled, then)[0], then)


@pytest.fixture(scope="module")
def observed_restored(bench, restored, readings):
    settled(restored)
    readings["restored"] = restored, read_back(bench)
    return restored


def store(bench, boot, destinations):
    """The document with these destinations, and what reads back right after it was stored."""
    entries = tuple(destination.entry(bench.host) for destination in destinations.values())
    document = replace(boot.document, destinations=entries)
    bench.store(document, ", ".join(f"{name}{'' if one.enabled else ' (disabled)'}" for name, one in destinations.items()))
    return document, read_back(bench)


def settled(boot):
    attempts_since(boot.mid, 0, 3)
    return boot


def read_back(bench):
    return json.loads(bench.device.web.automate_document() or b"{}").get("destinations", [])


def changed(document, read):
    """Settings of the submitted destinations that read back otherwise."""
    submitted = [entry.entry() for entry in document.destinations]
    differing = {
        (place, key): (value, read[place].get(key, "nothing"))
        for place, entry in enumerate(submitted[: len(read)])
        for key, value in entry.items()
        if read[place].get(key, "nothing") != value
    }
    return differing or {} if len(read) == len(submitted) else {"destinations": (len(submitted), len(read))}


def own_settings(boot, name):
    """Every request of a destination, of several that the device owes, that lacks its own target or token."""
    watched = boot[name]
    watched.expect_requests(2 if name in LONG else 5)
    own = (f"{watched.destination.path}?place={name}", [f"Bearer token-of-{name}"])
    return [request for request in watched.requests if (request.target, request.header("Authorization")) != own]


@verifies("destinations/read-back")
def test_settings_read_back_before_the_reboot(stored):
    """As soon as they are stored, all settings of all destinations read back with the values submitted."""
    assert changed(*stored) == {}


@control("destinations/disabled-attempts-nothing", "destinations/deleted-is-gone", "destinations/edited-url")
@pytest.mark.parametrize("name", NAMES)
def test_before_each_of_them_was_served(enabled, switched, name):
    assert enabled[name].successes


@control("destinations/no-other-receiver")
def test_receivers_that_are_configured_see_connections(enabled, switched):
    assert all(watched.connections for watched in enabled)


@verifies("destinations/disabled-attempts-nothing")
@pytest.mark.parametrize("name", ["first", "last"])
def test_a_disabled_destination_attempts_nothing(observed_disabled, name):
    """From the boot on, over three of its cycles and more, no connection is attempted for it."""
    assert observed_disabled[name].attempts == []


@verifies("destinations/neighbours-keep-their-settings")
@pytest.mark.parametrize("name", ["mid", "tail", "edited"])
def test_neighbours_of_disabled_and_deleted_ones_keep_their_settings(observed_disabled, name):
    """Behind one disabled and one deleted, before one disabled, each has its own target and token, and its certificate set accepts."""
    assert own_settings(observed_disabled, name) == []


@verifies("destinations/neighbours-keep-their-settings")
@pytest.mark.parametrize("name", ["mid", "tail", "edited"])
def test_neighbours_keep_their_cycles(observed_disabled, name):
    """By ratio each one's median is nearer to its own cycle than to the other that is in use."""
    watched = observed_disabled[name]
    timing = timing_of(watched, intervals=2, owed=True)
    assert nearest_cycle(timing, CYCLES_MS) == watched.destination.cycle_ms


@verifies("destinations/edited-url")
def test_an_edited_url_takes_effect(disabled):
    """In the boot that applied it the new URL is sent to."""
    assert {request.target for request in disabled.edited.expect_requests(3)} == {"/edited/elsewhere?place=edited"}


@verifies("destinations/read-back")
@pytest.mark.parametrize("name", ["enabled", "disabled", "restored"])
def test_settings_read_back_after_the_reboot(observed_restored, readings, name):
    """After the reboot that applied them they still do."""
    boot, read = readings[name]
    assert changed(boot.document, read) == {}


@verifies("destinations/re-enabled-resumes")
@pytest.mark.parametrize("name", ["first", "last"])
def test_enabled_again_it_sends_with_its_settings_unchanged(restored, name):
    """After the boot that enabled it again it is sent to, again and again, with its own target and token."""
    assert own_settings(restored, name) == []


@verifies("destinations/deleted-is-gone")
def test_a_deleted_destination_attempts_nothing(enabled, disabled, observed_disabled, observed_restored):
    """No connection is attempted for one deleted in the middle, in two boots, nor for one deleted later, in the boot after that."""
    assert since(enabled.gone.receiver, disabled.gone_ns) == []
    assert since(enabled.tail.receiver, observed_restored.gone_ns) == []


@verifies("destinations/deleted-is-gone")
@pytest.mark.parametrize("name", ["disabled", "restored"])
def test_a_deleted_destination_is_gone_from_what_is_stored(enabled, observed_restored, readings, name):
    """Its URL is nowhere in the stored configuration, also after the reboot."""
    boot, read = readings[name]
    deleted = {entry.url for entry in enabled.document.destinations} - {entry.url for entry in boot.document.destinations}
    assert [url for url in deleted if json.dumps(url)[1:-1] in json.dumps(read)] == []


@verifies("destinations/neighbours-keep-their-settings")
@pytest.mark.parametrize("name", ["mid", "first", "edited", "last"])
def test_neighbours_of_a_later_deletion_keep_their_settings(observed_restored, name):
    """Before and behind one deleted later, too, each has its own target and token, and its certificate set accepts."""
    assert own_settings(observed_restored, name) == []


@verifies("destinations/edited-url")
def test_the_old_url_gets_nothing(enabled, disabled, observed_disabled, observed_restored):
    """In that boot and the next no connection is attempted to the old one."""
    assert since(enabled.edited.receiver, disabled.gone_ns) == []


@verifies("destinations/no-other-receiver")
def test_receivers_that_are_not_configured_see_no_connection(enabled, bystander, disabled, observed_disabled, observed_restored):
    """A receiver that was never configured, and those of earlier configurations, see no connection in any boot without them."""
    seen = {"bystander": since(bystander, 0), "gone": since(enabled.gone.receiver, disabled.gone_ns)}
    seen["old URL"] = since(enabled.edited.receiver, disabled.gone_ns)
    seen["tail"] = since(enabled.tail.receiver, observed_restored.gone_ns)
    assert {name: connections for name, connections in seen.items() if connections} == {}


def since(receiver, moment_ns):
    return [connection for connection in receiver.connections if connection.accepted_ns > moment_ns]
