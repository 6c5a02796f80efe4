"""A hundred and fifty parameters with long names, classes and units: the first body exceeds 16 KiB, later ones 4 KiB."""

import pytest

from rig.bench import CustomPid
from rig.marks import applies_only_if, control, verifies
from rig.oracle import http, payload, posts

KIB = 1024
# as long as the device's own page lets a name be, less one
PARAMETERS = tuple(
    CustomPid(
        f"PARAMETER_WITH_A_LONG_NAME_{number:03}",
        "22F195",
        f"[B4:B7]/100+{number}",
        unit="a-unit-of-thirty-one-characters",
        class_="a-class-of-thirtyone-characters",
        period_ms=5000,
    )
    for number in range(150)
)
NAMES = {parameter.name for parameter in PARAMETERS}


@pytest.fixture(scope="module")
def boot(bench):
    bench.vehicle.engine.set_did("F195", bytes.fromhex("00BC614E"))
    return bench.boot(parameters=PARAMETERS, plain=bench.destination(), slower=bench.destination(cycle_ms=2000))


@control("payload/large-body")
def test_the_device_has_the_whole_configuration(bench, boot):
    stored = bench.device.web.automate_document() or b""
    assert [name for name in NAMES if name.encode() not in stored] == []


@verifies("payload/large-body")
def test_a_first_body_of_more_than_16_kib_arrives_whole(boot):
    """The first body, with class and unit of all parameters in it, arrives complete, of the announced length, and in one piece."""
    request = boot.plain.expect_requests(1)[0]
    body = payload.read(request.body)
    assert (body.problems, http.length(request), "autopid_data" in body.data) == ((), [], True)
    assert sorted(NAMES - posts.needed(body.config, "a config block").keys()) == []
    assert len(request.body) > 16 * KIB


@verifies("payload/large-body")
def test_the_first_body_at_another_destination_arrives_whole(boot):
    """So does the first body at the other destination."""
    request = boot.slower.expect_requests(1)[0]
    body = payload.read(request.body)
    assert (body.problems, http.length(request), "autopid_data" in body.data) == ((), [], True)
    applies_only_if(body.config, "no config block came here, which boot/context-per-destination judges")
    assert sorted(NAMES - body.config.keys()) == []


@verifies("payload/large-body")
@pytest.mark.parametrize("name", ["plain", "slower"])
def test_telemetry_of_more_than_4_kib_arrives_whole(boot, name):
    """Once all parameters have been polled, a body of telemetry alone arrives complete, with every one of them."""
    watched = boot[name]
    watched.expect_requests(2)
    watched.receiver.wait(lambda _: payload.read(watched.requests[-1].body).telemetry.keys() >= NAMES, 60)
    largest = max(watched.requests[1:], key=lambda request: len(request.body))
    body = payload.read(largest.body)
    assert (body.problems, http.length(largest)) == ((), [])
    sent = posts.needed(NAMES & body.telemetry.keys(), "a parameter of the configuration")
    assert len(sent) == len(NAMES)
    assert len(largest.body) > 4 * KIB


@verifies("payload/large-body")
def test_every_complete_request_is_whole(boot):
    """Every request that came is a JSON object with telemetry in it, of the announced length, and they go on coming."""
    boot.plain.expect_requests(6)
    requests = [request for watched in boot for request in watched.requests]
    assert [found for request in requests for found in (*payload.read(request.body).problems, *http.length(request))] == []
    assert [request.number for request in requests if "autopid_data" not in payload.read(request.body).data] == []
