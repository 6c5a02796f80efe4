"""Grouping enabled: three kinds of PID merged into one object, the same for every destination."""

import json

import pytest

from rig.bench import CarProfile, CustomPid, ProfileParameter, ProfilePid, StandardPid
from rig.marks import control, verifies

STANDARD = StandardPid("0C-EngineRPM")
CUSTOM = CustomPid("TestCustom", "22F190", "B4/2")
PROFILE = CarProfile((ProfilePid("22D001", (ProfileParameter("ODOMETER", "[B4:B6]", "km", "distance"),), init="ATSH7E0;"),))


@pytest.fixture(scope="module")
def boot(bench):
    bench.vehicle.engine.set_did("D001", bytes.fromhex("01E240"))
    return bench.boot(
        parameters=(STANDARD, CUSTOM),
        car=PROFILE,
        plain=bench.destination(),
        bearer=bench.destination(bearer="token"),
        query=bench.destination(query=(("source", "wican_pro"),)),
        slower=bench.destination(cycle_ms=2000),
    )


def telemetry(request):
    block = json.loads(request.body)["autopid_data"]
    return {name: value for name, value in block.items() if name != "timestamp"}


def settled(watched):
    """The telemetry of a POST by which every parameter has been polled."""
    return telemetry(watched.wait_for_requests(6)[-1])


@verifies("grouping/enabled-sends")
def test_every_destination_sends_and_goes_on(boot):
    """Each enabled destination sends, and goes on sending."""
    assert all(watched.expect_successes(4) for watched in boot)


@verifies("grouping/all-pid-kinds-merge")
def test_three_kinds_of_pid_are_in_one_object(boot):
    """Standard, profile and custom PIDs are in one object of one POST."""
    assert settled(boot.plain).keys() == {"0C-EngineRPM", "TestCustom", "ODOMETER"}


@control("grouping/all-pid-kinds-merge")
def test_the_car_was_asked_for_all_three(bench, boot):
    boot.plain.wait_for_requests(6)
    asked = {request.data[:3].hex() for request in bench.vehicle.engine.requests}
    assert {"010c", "22f190", "22d001"} <= {data[:4] if data.startswith("01") else data for data in asked}


@verifies("grouping/same-telemetry-everywhere")
def test_all_destinations_get_the_same(boot):
    """With a car that stands still every destination gets the same parameters with the same values."""
    seen = {watched.name: settled(watched) for watched in boot}
    assert all(values == seen["plain"] for values in seen.values()), seen


@verifies("grouping/same-telemetry-everywhere")
def test_requests_differ_only_where_settings_differ(boot):
    """Apart from target, Host, Authorization and length the requests of all destinations have the same headers."""
    own = {"host", "authorization", "content-length"}

    def shared(watched):
        request = watched.wait_for_requests(6)[-1]
        return request.method, {name.lower(): value for name, value in request.headers if name.lower() not in own}

    assert {str(shared(watched)) for watched in boot} == {str(shared(boot.plain))}
