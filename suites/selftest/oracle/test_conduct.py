"""Boots as a model device would look, each with one thing wrong: the promise that speaks of it is broken, and no other."""

import json

import pytest

from rig.evidence.records import Attempt, Connection, Ending, Request
from rig.oracle import stored
from rig.oracle.commands import Add, Delete, Edit, Grouping, Restart, Server, Settings, Submit, Upload
from rig.oracle.conduct import Judge, Seen, Wording
from rig.oracle.model import end_of

WORDING = Wording("x1")
MS = 1_000_000
CONTEXT = {"autopid_data": {}, "config": {}, "status": {}}
LATER = {"autopid_data": {}}
PLAIN = Settings()
RED, BOOT, OFF = Upload("red", "trusted"), Restart(), Edit("a", (("enabled", False),))


def attempt(at_ms, settings=PLAIN, body=LATER, ending=Ending.SUCCESS, name="a", **wrong):
    token = WORDING.bearer(name, settings.token)
    query = "&".join(f"{key}={value}" for key, value in WORDING.query(name, settings.query))
    target = wrong.get("target", WORDING.path(name, settings) + (f"?{query}" if query else ""))
    headers = wrong.get("headers", [("Authorization", f"Bearer {token}")] if token else [])
    start = at_ms * MS
    data = json.dumps(body).encode()
    request = Request(name, 1, 1, start, start, start, "POST", target, "HTTP/1.1", tuple(headers), b"", data)
    return Attempt(name, 1, start, start + 20 * MS, ending, request, 200)


def healthy(settings=PLAIN, cycle_ms=1000, **wrong):
    return [attempt(0, settings, CONTEXT), attempt(cycle_ms, settings, **wrong), attempt(2 * cycle_ms, settings)]


def connection(**facts):
    return Connection("a", 1, ("", 0), ("", 0), 0, closed_ns=1, **facts)


def broken(script, attempts, **seen):
    judged = Judge(WORDING).judge(end_of(script), {"a": Seen(attempts, **seen)})
    return [one.promise for one in judged.broken]


ONE = (RED, Add("a"), BOOT)
FULL = Settings(token=1, query=2)


def test_a_device_that_conforms_breaks_nothing():
    assert broken((RED, Add("a", FULL), BOOT), healthy(FULL)) == []


@pytest.mark.parametrize("settings", [Settings(), Settings(token=1)])
def test_what_is_stored_and_not_applied_leaves_both_ways_open(settings):
    edit = Edit("a", (("token", 1),))
    assert broken((*ONE, edit, Submit()), healthy(settings)) == []
    assert broken((*ONE, edit, Submit(), BOOT), healthy(settings)) == ([] if settings.token else ["auth/bearer-header"] * 3)


@pytest.mark.parametrize(
    ("wrong", "promise"),
    [
        ({"headers": []}, "auth/bearer-header"),
        ({"headers": [("Authorization", "Bearer token-x1-b1")]}, "auth/bearer-header"),
        ({"headers": [("Authorization", "Bearer token-x1-a1")] * 2}, "auth/bearer-header"),
        ({"target": "/x1/a0"}, "query/pairs-in-order"),
        ({"target": "/x1/a0?env=a2&source=a2"}, "query/pairs-in-order"),
        ({"target": "/x1/a1?source=a2&env=a2"}, "destinations/edited-url"),
        ({"body": CONTEXT}, "boot/context-only-once"),
        ({"body": {**LATER, "status": {}}}, "boot/context-only-once"),
    ],
)
def test_one_request_in_three_is_enough(wrong, promise):
    assert broken((RED, Add("a", FULL), BOOT), healthy(FULL, **wrong)) == [promise]


def test_a_question_mark_without_a_query_is_seen():
    assert broken(ONE, healthy(target="/x1/a0?")) == ["query/none-no-question-mark"]


@pytest.mark.parametrize(
    ("script", "promise"),
    [
        ((RED, Add("a"), OFF, BOOT), "destinations/disabled-attempts-nothing"),
        ((RED, Add("a"), BOOT, Delete("a"), BOOT), "destinations/deleted-is-gone"),
        ((RED, Add("a"), Grouping(False), BOOT), "grouping/disabled-sends-nothing"),
    ],
)
def test_where_nothing_may_go_one_attempt_is_too_many(script, promise):
    assert broken(script, []) == []
    assert broken(script, [Attempt("a", 1, 0, None, Ending.OPEN)]) == [promise]


def test_a_server_that_is_not_trusted_gets_nothing():
    script = (RED, Add("a"), Server("a", authority="stranger"), BOOT)
    refused = connection(aborted_by_peer=True)
    failed = Attempt("a", 1, 0, 1, Ending.FAILURE)
    assert broken(script, [failed], connections=[refused]) == []
    assert broken(script, [failed], connections=[connection(application_bytes=1)]) == ["trust/custom-refuses-other-ca"]


def test_a_trusted_server_that_is_refused_is_a_matter_of_trust_and_silence_is_not():
    refused = connection(aborted_by_peer=True)
    failed = Attempt("a", 1, 0, 1, Ending.FAILURE)
    assert broken(ONE, [failed], connections=[refused], overdue="0 successes") == ["trust/custom-accepts-own-ca"]
    assert broken(ONE, [], overdue="0 successes") == ["grouping/enabled-sends"]


def test_the_context_is_missed_in_the_first_success_only():
    failed = attempt(0, body=LATER, ending=Ending.FAILURE)
    assert broken(ONE, [failed, attempt(1000, body=CONTEXT)]) == []
    assert broken(ONE, [failed, attempt(1000)]) == ["boot/context-again-until-success"]
    assert broken(ONE, [attempt(0)]) == ["boot/first-success-carries-context"]


def test_an_answer_that_came_late_leaves_the_context_in_doubt():
    assert broken(ONE, [attempt(0, body=CONTEXT, ending=Ending.NEITHER), attempt(1000)]) == []


def test_where_a_store_moved_destinations_the_context_is_not_judged():
    assert broken((*ONE, Add("b", place=0), Submit()), healthy(body=CONTEXT)) == []


@pytest.mark.parametrize(
    ("configured", "real", "promise"),
    [
        (1000, 500, "cycle/per-destination"),
        (2000, 1000, "cycle/per-destination"),
        (1000, 2000, "cycle/per-destination"),
        (400, 400, "cycle/minimum"),
    ],
)
def test_two_intervals_in_a_row_tell_the_pace(configured, real, promise):
    script = (RED, Add("a", Settings(cycle_ms=configured)), BOOT)
    assert broken(script, healthy(cycle_ms=real)) == [promise]
    assert broken(script, healthy(cycle_ms=max(1000, configured))) == []
    assert broken(script, healthy(cycle_ms=real)[:2]) == []


def test_one_odd_interval_and_one_across_a_store_tell_nothing():
    odd = [attempt(0, body=CONTEXT), attempt(600), attempt(1600), attempt(2600)]
    assert broken(ONE, odd) == []
    close = [attempt(0, body=CONTEXT), attempt(500), attempt(1000), attempt(2000)]
    assert broken(ONE, close, stores_ns=[700 * MS]) == []


def test_the_rigs_own_error_counts_against_the_rig():
    judge = Judge(WORDING)
    seen = {"a": Seen(healthy(cycle_ms=790))}
    assert judge.judge(end_of(ONE), seen).broken
    assert not judge.judge(end_of(ONE), seen, guard_ms=50.0).broken


def test_what_reads_back_otherwise_is_named():
    sent = {"grouping": "enable", "destinations": [{"destination": "https://a", "cycle": 1000}]}
    same = json.dumps({**sent, "more": 1}).encode()
    other = json.dumps({"grouping": "disable", "destinations": [{"destination": "https://a", "cycle": 2000}]}).encode()
    document = json.dumps(sent).encode()
    assert stored.other_destinations(document, same) == []
    assert stored.other_destinations(document, other) == ["destination 1: cycle is 2000, not 1000"]
    assert stored.other_destinations(document, b"{") == ["0 destinations, not 1"]
    assert stored.other_grouping(document, same) == []
    assert stored.other_grouping(document, other) == ["grouping is 'disable', not 'enable'"]
