"""One configuration over four boots: by the web API, by the console, and by a power cut."""

import json

import pytest

from rig.bench import CustomPid, StandardPid
from rig.marks import control, verifies
from rig.oracle import blocks, context, names, posts

TOKEN = "kept-over-every-reboot"
PARAMETERS = (
    StandardPid("0C-EngineRPM"),
    StandardPid("05-EngineCoolantTemp"),
    CustomPid("TestCustom", "22F190", "B4/2", unit="none", class_="none"),
    CustomPid("OIL_TMP", "22F191", "B4-40", unit="°C", class_="temperature"),
)


@pytest.fixture(scope="module")
def first(bench):
    bench.vehicle.engine.set_did("F191", bytes([131]))
    return bench.boot(
        parameters=PARAMETERS,
        plain=bench.destination(),
        bearer=bench.destination(bearer=TOKEN),
        slower=bench.destination(cycle_ms=2000),
    )


@pytest.fixture(scope="module")
def by_web(bench, first):
    return bench.again(served(first))


@pytest.fixture(scope="module")
def by_console(bench, by_web):
    return bench.again(served(by_web), lambda: bench.device.console.order("system -r"))


@pytest.fixture(scope="module")
def by_power(bench, by_web):
    return bench.power_cycle(served(by_web))


def served(boot):
    """The boot, once each destination had two successes in it."""
    for watched in boot:
        watched.wait_for_successes(2)
    return boot


def told(boot):
    """The POSTs of each destination, at least two of them."""
    return {watched.name: posts.read(watched.attempts) for watched in served(boot)}


def without_context(boot):
    """What the first success of each destination, which the device owes, lacks."""
    for watched in boot:
        watched.expect_successes(1)
    lacking = {watched.name: context.first_success_without_context(posts.story(watched.attempts)) for watched in boot}
    return {name: missing for name, missing in lacking.items() if missing}


def statuses(boot):
    """The status blocks that came, under the names of their destinations.

    A destination without one is boot/first-success-carries-context's failure; as long as any came, there is something to judge.
    """
    found = {name: post.body.status for name, every in told(boot).items() for post in reversed(every) if post.body.status}
    return posts.needed(found, "a status block")


@control("boot/web-reboot-resends", "boot/console-reboot-resends", "boot/power-cut-resends")
def test_without_a_reboot_the_context_does_not_come_again(first):
    assert [watched.name for watched in served(first) if context.repeated(posts.story(watched.attempts))] == []


@verifies("boot/web-reboot-resends")
def test_after_a_reboot_by_the_web_api_the_context_comes_again(by_web):
    """In the boot that the web API ordered each destination has all three blocks in its first success."""
    assert without_context(by_web) == {}


@verifies("boot/status-block")
def test_status_has_what_the_document_shows(first):
    """device_id, versions, hardware, ECU, station and Wi-Fi mode are non-empty texts, and the hardware is a WiCAN-OBD-PRO."""
    assert {name: problems for name, status in statuses(first).items() if (problems := blocks.status_block(status))} == {}


@verifies("boot/status-station-ip")
def test_status_has_the_address_of_the_station(bench, first):
    """sta_ip is the device's address in the Wi-Fi network, as the web API has it."""
    address = bench.device.web.status().get("sta_ip")
    assert {name: problems for name, status in statuses(first).items() if (problems := blocks.station_ip(status, address))} == {}


@verifies("boot/status-agrees-with-api")
def test_status_agrees_with_the_web_api(bench, first):
    """device_id, versions, hardware, wifi_mode and sta_status are what the web API reports in the same boot."""
    api = bench.device.web.status()
    assert {name: problems for name, status in statuses(first).items() if (problems := blocks.disagreements(status, api))} == {}


@verifies("boot/sensitive-fields")
def test_sensitive_fields_are_listed(bench, first, observed):
    """Which fields of the status block disclose something; their values are not shown."""
    for name, status in statuses(first).items():
        fields = blocks.sensitive(status)
        bench.measure("boot/sensitive-fields", "sensitive fields", "", [len(fields)], destination=name)
        observed(f"{name}: {', '.join(fields) or 'none'}")


@verifies("boot/device-id-stable")
def test_the_device_id_is_the_same_everywhere(bench, first, by_web):
    """Each destination in each boot, and the web API, have the same device_id."""
    api = bench.device.web.status()["device_id"]
    seen = {(boot.number, name): status.get("device_id") for boot in (first, by_web) for name, status in statuses(boot).items()}
    assert set(seen.values()) == {api}, seen


@verifies("payload/parameter-names")
def test_names_are_the_same_in_every_boot(first, by_web):
    """Each parameter has one key in config and telemetry of both boots."""
    forms = {parameter.name: set() for parameter in PARAMETERS}
    for block in [block for boot in (first, by_web) for every in told(boot).values() for post in every for block in keys(post)]:
        matching = names.match(forms, block)
        assert not (matching.missing and matching.unknown), f"{matching.unknown} in the place of {matching.missing}"
        for name, key in matching.keys.items():
            forms[name].add(key)
    assert {name: found for name, found in forms.items() if len(found) > 1} == {}


def keys(post):
    """The keys of config and of telemetry."""
    return [block for block in (post.body.config, post.body.parameters) if block]


@pytest.mark.needs("console")
@verifies("boot/console-reboot-resends")
def test_after_a_reboot_by_the_console_the_context_comes_again(by_console):
    """In the boot that the console ordered each destination has all three blocks in its first success."""
    assert without_context(by_console) == {}


@verifies("boot/power-cut-resends")
def test_after_a_power_cut_the_context_comes_again(by_power):
    """In the boot after the power came back each destination has all three blocks in its first success."""
    assert without_context(by_power) == {}


@verifies("boot/power-cut-resends")
def test_after_a_power_cut_the_configuration_is_still_there(bench, by_power):
    """The stored document names the destinations it named before, and each of them is served with its token and cycle."""
    stored = json.loads(bench.device.web.automate_document() or b"{}")
    asked = json.loads(by_power.document.to_json())
    assert [entry["destination"] for entry in stored["destinations"]] == [entry["destination"] for entry in asked["destinations"]]
    assert all(watched.expect_requests(1) for watched in by_power)
    assert by_power.bearer.requests[0].header("Authorization") == [f"Bearer {TOKEN}"]


@pytest.mark.needs("power_control")
@verifies("grouping/setting-persists")
def test_grouping_is_still_enabled_after_a_power_cut(bench, by_power):
    """Grouping reads back as enabled, and every destination is served."""
    assert json.loads(bench.device.web.automate_document() or b"{}")["grouping"] == "enable"
    assert all(watched.expect_requests(2) for watched in by_power)


@pytest.mark.needs("power_control")
@verifies("boot/device-id-stable")
def test_the_device_id_outlasts_a_power_cut(first, by_power):
    """After a power cut each destination is told the device_id of before."""
    before = {status.get("device_id") for status in statuses(first).values()}
    assert {status.get("device_id") for status in statuses(by_power).values()} == before


@verifies("boot/no-unasked-restart")
def test_only_the_restarts_that_were_ordered_happened(bench, by_web):
    """By uptime and boot count no restart happened besides those that the run ordered up to here."""
    assert bench.look_for_unasked_restart() == []
