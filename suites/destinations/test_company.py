"""An HTTPS destination beside destinations of other types: plain HTTP POST, and MQTT at a broker of the bench."""

import json

import pytest

from rig.bench import Broker, PlainHttp
from rig.marks import verifies
from rig.oracle import posts, schedule
from rig.pace import chart, timing_of

TOPIC = "rig/telemetry"
MESSAGES = 12


@pytest.fixture(scope="module")
def broker(bench):
    with Broker(bench.listen, bench.free_port()) as broker:
        yield broker


@pytest.fixture(scope="module")
def boot(bench):
    """HTTPS and HTTP side by side."""
    receiver = bench.receiver(name="plain-http")
    receiver.on_connection(PlainHttp())
    http = bench.destination(receiver, type="HTTP", cert_set="default", url=f"http://{bench.host}:{receiver.port}/ingest")
    return bench.boot(https=bench.destination(), http=http)


@pytest.fixture(scope="module")
def beside_mqtt(bench, broker):
    """HTTPS and MQTT side by side; the main configuration names the broker for this boot."""
    main = {"mqtt_en": "enable", "mqtt_url": f"mqtt://{bench.address}", "mqtt_port": str(broker.port), "mqtt_security": "none"}
    return bench.boot(
        main=main | {"mqtt_user": "", "mqtt_pass": ""},
        https=bench.destination(),
        mqtt=bench.destination(type="MQTT_Topic", cert_set="default", url=TOPIC),
    )


@pytest.fixture(scope="module")
def messages(beside_mqtt, broker):
    """What was published to the topic, which the device owes several times over."""
    within_s = beside_mqtt.https.patience.within(MESSAGES)
    broker.wait(lambda broker: len(on_topic(broker)) >= MESSAGES, within_s)
    return on_topic(broker)


def on_topic(broker):
    return [message for message in broker.messages if message.topic == TOPIC]


def keeps_its_cycle(bench, requirement, name, timing):
    chart(bench, requirement, name, timing)
    return schedule.median_interval(timing, bench.tolerance, bench.median_guard_ms()).conclude()


@verifies("destinations/beside-other-types")
def test_https_keeps_its_cycle_beside_http_post(bench, boot, observed):
    """Beside a destination of type HTTP POST the HTTPS destination is sent to at its cycle, in the median."""
    observed(keeps_its_cycle(bench, "destinations/beside-other-types", "https", timing_of(boot.https, owed=True)))


@verifies("destinations/beside-other-types")
def test_http_post_keeps_its_cycle_beside_https(bench, boot, observed):
    """And it is sent to at its own; as nothing goes before a plain request, each of its attempts counts from its connection."""
    timing_of(boot.http, owed=True)
    connections = boot.http.connections
    timing = schedule.Timing.of([one.accepted_ns for one in connections], [one.closed_ns for one in connections], 1000)
    observed(keeps_its_cycle(bench, "destinations/beside-other-types", "http", timing))


@verifies("destinations/beside-other-types")
def test_https_and_http_post_are_told_the_same(boot):
    """The body of an HTTP POST has telemetry in the same block, and the HTTPS destination is sent to over TLS only."""
    boot.http.expect_requests(3)
    assert all(post.body.parameters for post in posts.read(boot.http.attempts, at_least=3)[1:])
    assert all(request.encrypted for request in boot.https.requests)


@verifies("destinations/beside-mqtt")
def test_https_keeps_its_cycle_beside_mqtt(bench, beside_mqtt, messages, observed):
    """Beside an MQTT destination the HTTPS destination is sent to at its cycle, in the median."""
    observed(keeps_its_cycle(bench, "destinations/beside-mqtt", "https beside mqtt", timing_of(beside_mqtt.https, owed=True)))


@verifies("destinations/beside-mqtt")
def test_mqtt_keeps_its_cycle_beside_https(bench, beside_mqtt, messages, observed):
    """Telemetry is published at the cycle of the MQTT destination, in the median."""
    assert len(messages) >= MESSAGES
    timing = schedule.Timing.of([message.stamp_ns for message in messages], (), 1000)
    observed(keeps_its_cycle(bench, "destinations/beside-mqtt", "mqtt", timing))
    assert all(isinstance(json.loads(message.payload), dict) for message in messages)
