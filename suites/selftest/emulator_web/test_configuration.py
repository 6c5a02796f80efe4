import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig.emulator.active import Auth
from rig.emulator.behaviour import Behaviour
from rig.emulator.configuration import PanicError, Stored, activate
from rig.emulator.configuration.main import flaw_of, ready_for_use

DOCUMENT = Behaviour()
FIRMWARE = Behaviour().but(
    grouping_obeyed=False, minimum_cycle_ms=0, event_mode=False, negative_cycle_ms=4.29e9, plain_http=True, scheme_any_case=False,
    pid_entries_needed=True, config_lists_disabled=True, crashes_on_wrong_types=True, lenient_json=True, stored_pairs_limit=16,
)  # fmt: skip
STANDARD = {"0C-EngineRPM": ("speed", "rpm")}
ENTRY = {"type": "HTTPS", "destination": "https://h/p", "cycle": 5000, "enabled": True, "auth": {"type": "none"}}
PID = {"Name": "X", "PID": "22F190", "Expression": "B4", "Period": "1000"}


def active(document, behaviour=DOCUMENT, car=None, **main):
    configuration = {"protocol": "auto_pid", "wifi_mode": "Station", **main}
    data = document if isinstance(document, bytes) else json.dumps({"grouping": "enable", "pids": [PID], **document}).encode()
    return activate(Stored(configuration, data, car and json.dumps(car).encode()), STANDARD, behaviour)


def one(entry, behaviour=DOCUMENT):
    (destination,) = active({"destinations": [{**ENTRY, **entry}]}, behaviour).destinations
    return destination


@pytest.mark.parametrize(
    ("stored", "kept", "shipped"),
    [
        (5000, 5000, 5000), ("5000", 5000, 5000), (1500.9, 1500, 1500), (500, 1000, 500), (1, 1000, 1), (0, 0, 10_000),
        ("0", 0, 10_000), ("", 10_000, 10_000), ("soon", 10_000, 10_000), (None, 10_000, 10_000), (True, 10_000, 10_000),
        ([5], 10_000, 10_000), (-1, 10_000, 4.29e9), (1e300, 2_147_483_647, 2_147_483_647), (0.4, 0, 10_000),
    ],
)  # fmt: skip
def test_a_cycle_becomes_one_that_can_be_kept(stored, kept, shipped):
    assert (one({"cycle": stored}).cycle_ms, one({"cycle": stored}, FIRMWARE).cycle_ms) == (kept, shipped)


@pytest.mark.parametrize(
    ("type_", "written", "served", "shipped"),
    [
        ("HTTPS", "https://h/p", "https://h/p", "https://h/p"),
        ("HTTPS", "h/p", "https://h/p", "https://h/p"),
        ("HTTPS", "HTTPS://H/P", "https://H/P", "https://HTTPS://H/P"),
        ("HTTPS", "http://h/p", None, "http://h/p"),
        ("HTTPS", "ftp://h/p", None, "https://ftp://h/p"),
        ("HTTPS", "", None, None),
        ("HTTP", "http://h/p", "http://h/p", "http://h/p"),
        ("HTTP", "h/p", "http://h/p", "http://h/p"),
        ("MQTT_Topic", "http://h/p", "http://h/p", "http://h/p"),
    ],
)
def test_a_url_gets_its_scheme_or_is_not_served(type_, written, served, shipped):
    def urls(behaviour):
        found = active({"destinations": [{**ENTRY, "type": type_, "destination": written}]}, behaviour).destinations
        return found[0].url if found else None

    assert (urls(DOCUMENT), urls(FIRMWARE)) == (served, shipped)


@pytest.mark.parametrize(
    ("entry", "auth"),
    [
        ({"auth": {"type": "none"}, "api_token": "old"}, Auth()),
        ({"auth": None, "api_token": "old"}, Auth("bearer", bearer="old")),
        ({"auth": {"type": "bearer", "bearer": "new"}, "api_token": "old"}, Auth("bearer", bearer="new")),
        ({"auth": {"type": "api_key_header", "api_key": "k"}}, Auth("api_key_header", api_key="k")),
        (
            {"auth": {"type": "api_key_query", "api_key": "k", "api_key_query_name": "n"}},
            Auth("api_key_query", api_key="k", api_key_query_name="n"),
        ),
        ({"auth": {"type": "basic", "basic_username": "u"}}, Auth("basic", basic_username="u")),
        ({"auth": {"type": "unheard-of"}, "api_token": "old"}, Auth()),
    ],
)
def test_the_kind_of_auth_counts_and_not_what_is_left_of_another(entry, auth):
    assert one(entry).auth == auth


def test_keys_are_known_in_any_case_and_the_first_counts():
    document = b'{"GROUPING":"enable","Destinations":[{"TYPE":"HTTPS","Destination":"https://h","ENABLED":true,"enabled":false}]}'
    assert [found.url for found in active(document).destinations] == ["https://h"]


def test_values_are_known_in_one_case_only():
    assert one({"type": "https"}).type == "Default"
    assert active({"grouping": "ENABLE", "destinations": [ENTRY]}).destinations == ()


def test_grouping_counts_unless_the_firmware_forces_it():
    off = {"grouping": "disable", "destinations": [ENTRY]}
    assert active(off).destinations == ()
    assert len(active(off, FIRMWARE).destinations) == 1


def test_disabled_entries_are_left_out_and_places_are_kept():
    entries = [{**ENTRY, "enabled": False}, ENTRY, {**ENTRY, "enabled": "true"}, {"type": "HTTPS", "destination": "https://x"}, ENTRY]
    assert [(found.position, found.index) for found in active({"destinations": entries}).destinations] == [(1, 0), (4, 1)]
    assert len(active({"destinations": entries}, DOCUMENT.but(missing_enabled_means=True)).destinations) == 4


def test_the_first_six_entries_are_looked_at():
    entries = [{**ENTRY, "destination": f"https://h/{number}"} for number in range(8)]
    assert len(active({"destinations": entries}).destinations) == 6
    assert len(active({"destinations": entries}, DOCUMENT.but(max_destinations=None)).destinations) == 8


def test_query_parameters_keep_order_and_what_is_missing_is_empty():
    pairs = [{"key": "b", "value": "1"}, {"key": "a"}, "nonsense", {"key": 5, "value": "2"}]
    assert one({"query_params": pairs}).query == (("b", "1"), ("a", ""), ("", ""), ("", "2"))


def test_a_destination_without_cert_set_verifies_as_with_default():
    assert one({}).cert_set == "default"
    assert one({"cert_set": 5}).cert_set == "default"
    assert one({"cert_set": "lab"}).cert_set == "lab"


def test_every_kind_of_parameter_is_polled_where_its_kind_is_on():
    car = {"cars": [{"init": "ATSP6;", "pids": [{"pid": "2101", "parameters": [{"name": "P", "expression": "B5", "unit": "%"}]}]}]}
    document = {
        "std_pids": [{"Name": "0C-EngineRPM", "Period": "0"}, {"Name": "FF-Nothing"}],
        "standard_pids": "enable",
        "car_specific": "enable",
        "can_filters": [{"frame_id": "0x123", "parameters": [{"name": "F", "expression": "B0"}]}],
        "cycle": "7000",
    }
    found = {parameter.name: parameter for parameter in active(document, car=car).parameters}
    assert [(name, parameter.kind, parameter.polled) for name, parameter in found.items()] == [
        ("X", "custom", True), ("0C-EngineRPM", "standard", True), ("FF-Nothing", "standard", False), ("P", "profile", True),
        ("F", "filter", True),
    ]  # fmt: skip
    assert (found["0C-EngineRPM"].class_, found["0C-EngineRPM"].unit, found["0C-EngineRPM"].period_ms) == ("speed", "rpm", 10_000)
    assert (found["P"].period_ms, found["P"].request, found["F"].frame_id, found["F"].period_ms) == (7000, "2101", 0x123, 5000)


def test_what_is_switched_off_is_neither_polled_nor_named():
    document = {"pids": [{**PID, "enabled": False}], "std_pids": [{"Name": "0C-EngineRPM"}], "standard_pids": "disable"}
    assert [(p.polled, p.in_config) for p in active(document).parameters] == [(False, False), (False, False)]
    assert [(p.polled, p.in_config) for p in active(document, FIRMWARE).parameters] == [(False, True), (False, False)]


def test_without_pids_firmware_loads_nothing_at_all():
    document = {"pids": [], "destinations": [ENTRY]}
    assert len(active(document).destinations) == 1
    assert active(document, FIRMWARE).destinations == ()


def test_autopid_depends_on_the_protocol():
    assert active({}).autopid
    assert not active({}, protocol="elm327").autopid
    assert active({}, wifi_mode="SmartConnect", protocol="elm327", home_protocol="auto_pid").autopid


@pytest.mark.parametrize(
    "document",
    [{"standard_pids": True}, {"pids": [{"PID": 5}]}, {"std_pids": [{"Name": "0C"}]}, {"std_pids": [{}]}],
)
def test_wrong_types_crash_shipped_firmware_and_nothing_else(document):
    active(document)
    with pytest.raises(PanicError):
        active(document, FIRMWARE)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["destinations", "pids", "std_pids", "can_filters", "cycle", "auth", "type", "enabled", "frame_id", "x"])
        | st.text(max_size=3),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(ANYTHING, ANYTHING)
def test_no_document_keeps_the_device_from_booting(document, car):
    stored = Stored({"protocol": "auto_pid"}, json.dumps(document).encode(), json.dumps(car).encode())
    activate(stored, STANDARD, DOCUMENT)


@pytest.mark.parametrize("data", [b"", b"{", b'{"a":1}x', b"\xff", b'{"cycle":NaN}', b"[" * 5000])
def test_what_is_no_json_leaves_the_device_without_destinations(data):
    assert active(data).destinations == ()


def test_a_fresh_main_configuration_is_usable_and_full_of_canaries():
    first, second = (ready_for_use("aabbccddeeff", random.Random(seed)) for seed in (1, 2))
    assert flaw_of(json.dumps(first).encode()) is None
    assert first["protocol"] == "auto_pid"
    assert {key for key in first if first[key] != second[key]} >= {"sta_pass", "ap_pass", "mqtt_user", "mqtt_pass", "batt_alert_pass"}
    assert str(first["sta_pass"]).startswith("canary-")


@pytest.mark.parametrize("change", [{"protocol": None}, {"sta_pass": "short"}, {"port": 35000}, {"debug": True}])
def test_an_unusable_main_configuration_is_known_as_such(change):
    configuration = ready_for_use("aabbccddeeff", random.Random(1)) | change
    assert flaw_of(json.dumps({key: value for key, value in configuration.items() if value is not None}).encode())
