import ssl
from dataclasses import replace

import pytest

from rig.evidence.opened import plain_texts

SECRET = "Tom@to Sauce"
BODY = b'{"autopid_data":{"SPEED":42}}'
REVEALING = b'{"status":{"x":"Tom@to Sauce"}}'


def opened(scenario) -> list[int]:
    return [text.ports[0] - 40000 for text in plain_texts(scenario.capsule.read_bytes()) if text.data]


def test_connections_without_secrets_are_opened_and_others_are_not(scene, exchanger):
    scenario = scene(SECRET)
    for body in (BODY, REVEALING, BODY):
        exchanger.post(body)
    scenario.close(exchanger)
    assert opened(scenario) == [1, 3]
    assert [row["capsule_keys"] for row in scenario.rows("connections.jsonl")] == [
        "included",
        "left out: its plain text held a secret found on the device",
        "included",
    ]


def test_with_keep_secrets_all_are_opened_and_the_file_says_so(scene, exchanger):
    scenario = scene(SECRET, keep_secrets=True)
    for body in (BODY, REVEALING):
        exchanger.post(body)
    scenario.close(exchanger)
    assert opened(scenario) == [1, 2]
    assert b"secrets found on the device included" in scenario.capsule.read_bytes()
    assert SECRET not in scenario.text("exchanges.jsonl")


def test_a_secret_in_the_head_counts(scene, exchanger):
    scenario = scene(SECRET)
    exchanger.post(BODY, head=b"POST /?k=Tom%40to+Sauce HTTP/1.1\r\nHost: receiver.test\r\nContent-Length: 29\r\n\r\n")
    scenario.close(exchanger)
    assert opened(scenario) == []


def test_a_secret_outside_any_request_counts(scene, exchanger):
    scenario = scene(SECRET)
    exchanger.post(BODY, extra=SECRET.encode())
    scenario.close(exchanger)
    assert opened(scenario) == []


def test_a_named_field_counts_whatever_it_holds(scene, exchanger):
    scenario = scene()
    exchanger.post(b'{"status":{"sta_pass":"changed since"}}')
    scenario.close(exchanger)
    assert opened(scenario) == []


def test_a_secret_in_an_answer_counts(scene, exchanger):
    scenario = scene("HTTP/1.1 200 OK")
    exchanger.post(BODY)
    scenario.close(exchanger)
    assert opened(scenario) == []


def test_a_secret_cut_by_chunks_counts(scene, exchanger):
    scenario = scene(SECRET)
    exchanger.post(BODY)
    exchanger.requests = [replace(exchanger.requests[0], body=REVEALING)]
    scenario.close(exchanger)
    assert opened(scenario) == []


def test_bytes_between_the_requests_do_no_harm(scene, exchanger):
    scenario = scene(SECRET)
    exchanger.post(BODY, extra=b"chunk ends and such").decrypted = b""
    scenario.close(exchanger)
    assert opened(scenario) == [1]


@pytest.mark.parametrize(("secrets", "expected"), [((SECRET,), "left out: not all of its plain text is known"), ((), "included")])
@pytest.mark.parametrize("missing", [{"tap_cut": True}, {"key_log": ["CLIENT_RANDOM 00 00"], "application_bytes": 1000}])
def test_what_is_not_known_might_hold_a_secret_if_there_are_any(missing, secrets, expected, scene, exchanger):
    scenario = scene(*secrets)
    connection = exchanger.post(BODY)
    for name, value in missing.items():
        setattr(connection, name, value)
    scenario.close(exchanger)
    (row,) = scenario.rows("connections.jsonl")
    assert row["capsule_keys"].partition(",")[0] == expected


def test_a_resumed_session_does_not_open_the_one_it_resumes(scene, exchanger):
    """TLS 1.2: both have the same master secret, so that the line of the one opens the other."""
    scenario = scene(SECRET)
    first = exchanger.post(REVEALING, version=ssl.TLSVersion.TLSv1_2)
    resumed = exchanger.post(BODY, version=ssl.TLSVersion.TLSv1_2)
    master = first.key_log[0].split()[-1]
    resumed.key_log = [" ".join([*resumed.key_log[0].split()[:-1], master])]
    scenario.close(exchanger)
    assert opened(scenario) == []
    assert master.encode() not in scenario.capsule.read_bytes()
