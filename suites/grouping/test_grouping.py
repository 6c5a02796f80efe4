"""Grouping enabled: three kinds of PID merged into one object, the same for every destination."""

import pytest

from rig.bench import CarProfile, CertSet, CustomPid, ProfileParameter, ProfilePid, StandardPid, polled
from rig.marks import control, verifies
from rig.oracle import names, posts

STANDARD = (StandardPid("0C-EngineRPM"), StandardPid("0D-VehicleSpeed"))
CUSTOM = (CustomPid("TestCustom", "22F190", "B4/2"), CustomPid("OTHER_CUSTOM", "22F191", "B4/4"))
SPECIFIC = (ProfileParameter("ODOMETER", "[B4:B6]/7", "km", "distance"), ProfileParameter("SOC", "B6/2", "%", "battery"))
PROFILE = CarProfile((ProfilePid("22D001", SPECIFIC, init="ATSH7E0;"),))
KINDS = {"standard": STANDARD, "custom": CUSTOM, "specific": SPECIFIC}
ASKED = ("010C", "010D", "22F190", "22F191", "22D001")
OWN_HEADERS = {"host", "authorization", "content-length"}


@pytest.fixture(scope="module")
def boot(bench, pki):
    bench.vehicle.engine.set_did("D001", bytes.fromhex("01E240"))
    bench.vehicle.engine.set_did("F191", bytes.fromhex("35"))
    client = pki.trusted.client("rig-device")
    identity = CertSet("rig-grouping", ca=pki.trusted.certificate_pem, client_certificate=client.chain_pem, client_key=client.key_pem)
    return bench.boot(
        parameters=(*STANDARD, *CUSTOM),
        car=PROFILE,
        plain=bench.destination(),
        bearer=bench.destination(bearer="token"),
        query=bench.destination(query=(("source", "wican_pro"),)),
        identified=bench.destination(cert_set=identity),
        slower=bench.destination(cycle_ms=2000),
    )


@pytest.fixture(scope="module")
def polled_ns(bench, boot):
    """When the car had been asked for everything."""
    return max(polled(bench.vehicle, ASKED, boot.gone_ns).values())


@pytest.fixture(scope="module")
def settled(boot, polled_ns):
    """Of each destination every POST since then, at least three; the first may have been under way with what was known before."""
    for watched in boot:
        watched.wait_for_requests_since(polled_ns, 4)
    return {watched.name: posts.read(watched.attempts, at_least=4, since_ns=polled_ns)[1:] for watched in boot}


@verifies("grouping/enabled-sends")
def test_every_destination_sends_and_goes_on(boot):
    """Each enabled destination sends, and goes on sending."""
    assert all(watched.expect_requests(5) for watched in boot)


@verifies("grouping/all-pid-kinds-merge")
@pytest.mark.parametrize("name", ["plain", "bearer", "query", "identified", "slower"])
def test_three_kinds_of_pid_are_in_one_object_of_every_post(settled, name):
    """Once the car was asked for them, standard, profile and custom PIDs are in one object of every single POST."""
    lacking = [
        f"POST {post.request.number} has none of the {kind} ones"
        for post in settled[name]
        for kind, parameters in KINDS.items()
        if not names.match([parameter.name for parameter in parameters], post.body.parameters).keys
    ]
    assert lacking == []


@control("grouping/all-pid-kinds-merge")
def test_the_car_was_asked_for_all_of_them_and_knew_them(bench, polled_ns):
    assert [asked for asked in ASKED if bench.vehicle.engine.value(asked) is None] == []


@verifies("grouping/same-telemetry-everywhere")
def test_all_destinations_get_the_same_telemetry(settled):
    """With a car that stands still every POST of every destination has the same parameters with the same values."""
    reference = settled["plain"][-1].body.parameters
    others = {name: [post.body.parameters for post in every if post.body.parameters != reference] for name, every in settled.items()}
    assert {name: found for name, found in others.items() if found} == {}, f"beside {reference}"


@verifies("grouping/same-telemetry-everywhere")
def test_all_destinations_get_the_same_config(boot, settled):
    """Wherever a config block came, it is the same."""
    blocks = [post.body.config for watched in boot for post in posts.read(watched.attempts) if post.body.config]
    assert all(block == blocks[0] for block in blocks), blocks


@verifies("grouping/same-telemetry-everywhere")
def test_requests_have_the_same_headers(settled):
    """Apart from Host, Authorization and length the requests of all destinations have the same header lines, and the same method."""
    lines = {name: header_lines(every) for name, every in settled.items()}
    assert all(found == lines["plain"] for found in lines.values()), lines


def header_lines(every):
    """Names of the header lines of a destination's requests, and the value of each that is the same in all of them."""
    found = {("method", post.request.method) for post in every}
    for name in {key.lower() for post in every for key, _ in post.request.headers} - OWN_HEADERS:
        values = {value for post in every for value in post.request.header(name)}
        found.add((name, values.pop() if len(values) == 1 else "another each time"))
    return found
