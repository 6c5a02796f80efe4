"""A device with much stored on it: the page is opened, one cycle is changed and submitted, and all else is to be as it was."""

import json

import pytest

from rig.bench import AutomateDocument, BenchError, CarProfile, CertSet, CustomPid, ProfileParameter, ProfilePid, StandardPid
from rig.marks import control, verifies

pytestmark = [pytest.mark.browser]
CHANGED = 2
PARAMETERS = (
    StandardPid("0C-EngineRPM", period_ms=2000),
    StandardPid("05-EngineCoolantTemp", enabled=False),
    CustomPid("TestCustom", "22F190", "B4/2", unit="none", class_="none", minimum=-10, maximum=300, init="ATSH7E0;"),
    CustomPid("OIL_TMP", "22F191", "B4-40", unit="°C", class_="temperature", period_ms=5000),
)
CAR = CarProfile((ProfilePid("22D001", (ProfileParameter("ODOMETER", "[B4:B6]", "km", "distance"),), init="ATSH7E0;"),))
PAGE_STATE = {"collapsed", "success_count", "fail_count"}
"""What the page keeps in the document for itself (web API facts, 2.1)."""
SETTINGS = ("grouping", "initialisation", "ecu_protocol", "standard_pids", "car_specific", "ha_discovery")


@pytest.fixture(scope="module")
def document(bench, pki):
    """Three destinations, each with a cert set and an auth of its own, and parameters of each kind."""
    client = pki.trusted.client("device.test")
    pair = CertSet("rig-page-pair", pki.trusted.certificate_pem, client.certificate_pem, client.key_pem)
    destinations = (
        bench.destination(path="/first", bearer="first-token", cycle_ms=5000),
        bench.destination(path="/second", cert_set="default", query=(("source", "wican_pro"),), cycle_ms=6000),
        bench.destination(path="/third", bearer="third-token", cert_set=pair, enabled=False, cycle_ms=7000),
    )
    bench.sets.provide([needed for one in destinations if (needed := one.needed_set)])
    return AutomateDocument(
        tuple(one.entry(bench.host) for one in destinations), PARAMETERS, ecu_protocol="7", initialisation="ATST96;", car_specific=True
    )


@pytest.fixture(scope="module")
def before(bench, document):
    """What is stored before the page is opened."""
    bench.store_car(CAR)
    bench.store(document, "three destinations with a cert set each")
    return stored(bench)


@pytest.fixture(scope="module")
def after(bench, page_that, before):
    """What is stored after the restart."""
    with page_that(BenchError) as page:
        page.open()
        page.automate()
        page.destination(CHANGED).unfold().cycle.enter("9000")
        bench.submit(page.press_submit)
    return stored(bench)


def stored(bench):
    """Everything that a page could change."""
    web = bench.device.web
    return {
        "main": web.main_configuration(),
        "document": json.loads(web.automate_document()),
        "car": json.loads(web.car_profile()),
        "sets": web.cert_sets(),
    }


def destinations(state):
    return [{key: value for key, value in entry.items() if key not in PAGE_STATE} for entry in state["document"]["destinations"]]


@control("webpage/opening-changes-nothing")
def test_the_one_change_is_stored(before, after):
    cycles = [[int(entry["cycle"]) for entry in destinations(state)] for state in (before, after)]
    assert cycles == [[5000, 6000, 7000], [5000, 9000, 7000]]


@verifies("webpage/opening-changes-nothing")
def test_every_cert_set_is_still_named(before, after):
    """Each destination names the cert set that it named before."""
    assert [entry["cert_set"] for entry in destinations(after)] == [entry["cert_set"] for entry in destinations(before)]


@verifies("webpage/opening-changes-nothing")
def test_destinations_are_as_they_were(before, after):
    """Apart from the one cycle each destination is stored as it was."""
    own = ("cert_set", "cycle")
    assert [without(entry, own) for entry in destinations(after)] == [without(entry, own) for entry in destinations(before)]


def without(entry, keys):
    return {key: value for key, value in entry.items() if key not in keys}


@verifies("webpage/opening-changes-nothing")
@pytest.mark.parametrize("kind", ["std_pids", "pids"])
def test_parameters_are_as_they_were(before, after, kind):
    """Every standard and every custom PID is stored with its expression, limits, period and init as before."""
    assert after["document"][kind] == before["document"][kind]


@verifies("webpage/opening-changes-nothing")
def test_settings_are_as_they_were(before, after):
    """Grouping, protocol, init string and the switches of the PID kinds are as before."""
    assert {key: after["document"].get(key) for key in SETTINGS} == {key: before["document"][key] for key in SETTINGS}


@verifies("webpage/opening-changes-nothing")
def test_the_car_profile_is_as_it_was(before, after):
    """The car profile asks for the same parameters with the same expressions."""
    assert parameters(after["car"]) == parameters(before["car"])


def parameters(car):
    """PID, init and parameter, for every parameter of the profile."""
    return [
        (pid["pid"], pid["pid_init"], {key: str(value) for key, value in parameter.items()})
        for one in car["cars"]
        for pid in one["pids"]
        for parameter in pid["parameters"]
    ]


@verifies("webpage/opening-changes-nothing")
def test_the_main_configuration_is_as_it_was(before, after):
    """No key of the main configuration is changed, added or lost."""
    assert differences(before["main"], after["main"]) == []


def differences(before, after):
    """The keys that differ; their values may be secrets."""
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


@verifies("webpage/opening-changes-nothing")
def test_the_cert_sets_are_still_there(before, after):
    """The device has the same certificate sets with the same parts."""
    assert after["sets"] == before["sets"]
