"""The request around the payload: method, head and path, at six URLs that differ in how their paths are written."""

import pytest

from rig.marks import control, verifies
from rig.oracle import http, payload, posts

PATHS = {
    "root": "/",
    "plain": "/ingest",
    "slash": "/ingest/telemetry/",
    "encoded": "/a%20b/%C3%BC%2Fz%7e/",
    "mixed": "/Fleet//Ingest/UPPER.json;v=1",
}
CONTEXT = ("config", "status")


@pytest.fixture(scope="module")
def boot(bench, pki):
    by_address = bench.receiver(pki.trusted.issue(bench.address))
    return bench.boot(
        **{name: bench.destination(path=path) for name, path in PATHS.items()},
        address=bench.destination(by_address, host=bench.address),
    )


@pytest.fixture(scope="module")
def seen(boot):
    """Of each destination every request so far, at least six."""
    for watched in boot:
        watched.wait_for_requests(6)
    return {watched.name: watched.requests for watched in boot}


@pytest.fixture(scope="module")
def told(boot, seen):
    """Of each destination every POST whose body can be read."""
    return {watched.name: posts.read(watched.attempts, at_least=2) for watched in boot}


def problems(seen, judge):
    """What `judge` finds in the requests, by destination and number of the request."""
    return [f"{name}, request {at}: {found}" for name, every in seen.items() for at, one in enumerate(every, 1) if (found := judge(one))]


@verifies("payload/post-over-tls")
def test_every_request_is_a_post_over_tls(boot, seen):
    """Every request has the method POST and came inside TLS, and nothing came outside."""
    assert problems(seen, lambda request: request.method if request.method != "POST" or not request.encrypted else "") == []
    assert [watched.name for watched in boot if any(connection.plain_text for connection in watched.connections)] == []


@verifies("payload/content-type-json")
def test_every_request_says_that_it_is_json(seen):
    """Every request has one Content-Type, application/json."""
    assert problems(seen, http.content_type) == []


@verifies("payload/valid-utf8-json")
def test_every_body_is_one_json_object(seen):
    """Every body is one valid UTF-8 JSON object with no key twice."""
    assert problems(seen, lambda request: payload.read(request.body).problems) == []


@verifies("payload/valid-utf8-json")
def test_every_length_is_announced_truly(boot, seen):
    """Every request has one true Content-Length, or is chunked, and nothing follows it."""
    assert problems(seen, http.length) == []
    strays = {watched.name: [connection.decrypted for connection in watched.handshakes if connection.decrypted] for watched in boot}
    assert {name: found for name, found in strays.items() if found} == {}


@verifies("payload/http11-and-host")
def test_every_request_is_http11_with_its_own_host(bench, boot, seen):
    """Every request is HTTP/1.1 and has exactly one Host, which is that of its URL with its port, be it a name or an address."""
    for watched in boot:
        host = watched.destination.host or bench.host
        judged = {watched.name: seen[watched.name]}
        assert problems(judged, lambda request, at=watched, host=host: http.host_and_version(request, host, at.receiver.port)) == []


@verifies("payload/path-unchanged")
@pytest.mark.parametrize("name", PATHS)
def test_the_path_arrives_as_it_was_configured(seen, name):
    """Every request of the destination has the configured path byte for byte."""
    assert {request.target for request in seen[name]} == {PATHS[name]}


@verifies("payload/telemetry-only-afterwards")
def test_after_the_first_success_there_is_telemetry_only(bench, told):
    """After the first success every body has autopid_data, and no further top-level key but what the build declares."""
    declared = payload.BUILD_METRICS if "build_metrics" in bench.features else ()
    assert problems(afterwards(told), lambda post: payload.beside_telemetry(post.body, (*CONTEXT, *declared))) == []
    assert problems(afterwards(told), lambda post: not isinstance(post.body.data.get("autopid_data"), dict)) == []


def afterwards(told):
    """The POSTs after the first success of each destination."""
    first = {name: next((at for at, post in enumerate(every) if post.success), len(every)) for name, every in told.items()}
    return {name: every[first[name] + 1 :] for name, every in told.items()}


@control("payload/telemetry-only-afterwards")
def test_there_were_successes_to_come_after(boot):
    assert all(watched.wait_for_successes(3) for watched in boot)


@verifies("payload/user-agent")
def test_the_user_agent_is_reported(seen, observed):
    """What User-Agent says; the document shows ESP32 WiCAN/1.0."""
    agents = sorted({" + ".join(request.header("User-Agent")) or "none" for every in seen.values() for request in every})
    observed(", ".join(agents))
    assert agents == ["ESP32 WiCAN/1.0"]


@verifies("payload/undocumented-keys")
def test_undocumented_keys_are_listed(told, observed):
    """Keys outside the documented schema, with the POSTs in which they were seen first and last."""
    sights = {}
    for name, every in told.items():
        for at, post in enumerate(every, 1):
            for key in payload.undocumented_keys(post.body):
                sights.setdefault(f"{key} at {name}", []).append(at)
    observed("; ".join(f"{key}: POSTs {numbers[0]} to {numbers[-1]}" for key, numbers in sights.items()) or "none")


@verifies("payload/build-metrics-keys")
def test_keys_of_some_builds_mean_what_section_5_says(told, observed):
    """Whether device_id, ts, can, metrics and fw are there, and are what section 5 of the document says."""
    found = {f"{key}: {said}" for every in told.values() for post in every for key, said in payload.build_metrics(post.body).items()}
    observed("; ".join(sorted(found)) or "none of them is sent")
