"""An emulated device posts to a receiver of ours as it would to anybody's endpoint."""

import json
from itertools import islice

import pytest

from rig.errors import BenchError
from rig.pki import Pki
from rig.receiver import Receiver, Reply, ServerTls
from rig.trial.reasons import in_words
from rig.trial.trial import Trial, Wanted

NO_NAME = "a" * 64 + ".test"
"""Longer than a label may be (RFC 1035, 2.3.4), so that no resolver has to be waited for."""


@pytest.fixture(scope="module")
def pki():
    return Pki(None)


@pytest.fixture
def receiver(pki):
    tls = ServerTls(client_ca=pki.trusted.certificate_pem, require_client_certificate=True)
    receiver = Receiver(pki.trusted.issue("localhost"), tls=tls)
    receiver.start()
    yield receiver
    receiver.stop()


def tried(wanted, count=1):
    """The first exchanges, and what the device itself has counted after them."""
    with Trial(wanted) as trial:
        exchanges = list(islice(trial.exchanges(patience_s=10), count))
        return exchanges, trial.counted()


def url(receiver, host="localhost"):
    return f"https://{host}:{receiver.port}/ingest"


def test_a_good_endpoint_gets_a_driving_car(receiver, pki):
    receiver.script([Reply(200), Reply(401)])
    ca, client = pki.trusted.certificate_pem, pki.trusted.client("device.test")
    wanted = Wanted(url(receiver), "MY_TOKEN", cycle_ms=1000, ca=ca, certificate=client.certificate_pem, key=client.key_pem)
    exchanges, counted = tried(wanted, 3)
    assert [(one.accepted, one.status) for one in exchanges] == [(True, 200), (False, 401), (True, 200)]
    assert [one.size for one in exchanges] == [len(request.body) for request in receiver.requests[:3]]
    assert counted == (2, 1)
    first, later = json.loads(receiver.requests[0].body), json.loads(receiver.requests[2].body)
    assert {"autopid_data", "config", "status"} <= first.keys()
    assert {"0C-EngineRPM", "0D-VehicleSpeed", "05-EngineCoolantTemp"} <= later["autopid_data"].keys()
    assert receiver.requests[0].header("Authorization") == ["Bearer MY_TOKEN"]


@pytest.mark.parametrize(
    ("place", "authority", "words"),
    [
        ("https://localhost:{port}/", "stranger", "certificate: issued by nobody whom the device trusts"),
        ("https://localhost:{port}/", None, "certificate: issued by nobody whom the device trusts"),
        ("https://localhost:1/", "trusted", "connection: nobody listens there"),
        (f"https://{NO_NAME}/", "trusted", f"name: {NO_NAME} has no address"),
    ],
)
def test_what_goes_wrong_is_named(receiver, pki, place, authority, words):
    ca = getattr(pki, authority).certificate_pem if authority else None
    ((exchange,), counted) = tried(Wanted(place.format(port=receiver.port), cycle_ms=1000, ca=ca))
    assert in_words(exchange).startswith(words)
    assert counted == (0, 1)
    assert receiver.requests == []


def test_a_device_that_does_not_start_leaves_nothing_behind(receiver):
    with pytest.raises(BenchError, match="no profile"), Trial(Wanted(url(receiver), profile="9.99p")):
        pass
