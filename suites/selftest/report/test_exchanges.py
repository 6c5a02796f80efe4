"""Exchanges and timeline of a case: the deciding ones are there, the rest is counted, and differences are told."""

import pytest

from rig.report.exchanges import chosen, shown
from rig.report.recorded import Event, Exchange, Frame, Handshake, Line, Scenario
from rig.report.timeline import Detail, Lane, timeline

DETAIL = Detail(exchanges=4, body=500, rows=50, lines=3)


def exchange(destination, at, *, ending="success", body="{}", connection=None):
    return Exchange(
        destination, connection or round(at * 10), round(at * 10), at, at, at, "POST", "/", "HTTP/1.1", (), body, len(body), ending=ending
    )


def handshake(destination, number, at, **changes):
    known = {
        "handshaken_s": None,
        "closed_s": None,
        "tls_version": None,
        "cipher": None,
        "resumed": False,
        "alert": None,
        "failure": None,
        "aborted": False,
        "client_certificate": None,
        "application_bytes": 0,
    }
    return Handshake(destination, number, at, **known | changes)


def test_the_first_of_each_destination_and_the_last_of_the_named_one():
    exchanges = [exchange(name, 10 * step + place) for step in range(9) for place, name in enumerate(("plain", "slow"))]
    picked = chosen(exchanges, "slow repeated its context", 3)
    assert [(item.destination, item.started_s) for item in picked] == [("plain", 0), ("slow", 1), ("slow", 81)]


def test_failures_are_among_the_deciding_ones():
    exchanges = [exchange("plain", at, ending="failure" if at == 5 else "success") for at in range(1, 9)]
    assert 5 in [item.started_s for item in chosen(exchanges, "", 2)]


def test_no_more_than_asked_for():
    assert len(chosen([exchange(f"d{at}", at) for at in range(1, 30)], "", 4)) == 4
    assert chosen([exchange("plain", 1)], "", 0) == []


BOOTED = (Event(0.0, "stimulus", "reboot"), Event(0.5, "boot", "boot 3 is ready after 0.5 s"))
FULL = '{"autopid_data":{},"config":{},"status":{}}'


def shape(scenario, place):
    comparisons = shown(scenario.exchanges[place], scenario, 500).comparisons
    return {
        comparison.against.partition(" here")[0]: [(item.path, item.kind) for item in comparison.differences] for comparison in comparisons
    }.get("the blocks of section 1.1")


@pytest.mark.parametrize(
    ("first_ending", "second", "expected"),
    [
        ("success", '{"autopid_data":{}}', []),
        ("success", FULL, [("config", "added"), ("status", "added")]),
        ("failure", FULL, []),
        ("failure", '{"autopid_data":{}}', [("config", "missing"), ("status", "missing")]),
        ("neither", FULL, None),
    ],
)
def test_blocks_are_held_against_section_1_1(first_ending, second, expected):
    exchanges = (exchange("plain", 1, body=FULL, ending=first_ending), exchange("plain", 2, body=second))
    assert shape(Scenario("f", exchanges=exchanges, events=BOOTED), 1) == expected


def test_between_order_and_boot_nobody_knows_which_boot_it_is():
    events = (*BOOTED, Event(1.5, "stimulus", "reboot"))
    assert shape(Scenario("f", exchanges=(exchange("plain", 1), exchange("plain", 2)), events=events), 1) is None


def test_a_new_boot_starts_anew():
    events = (*BOOTED, Event(1.5, "stimulus", "power cut"), Event(1.8, "boot", "boot 4"))
    exchanges = (exchange("plain", 1, body=FULL), exchange("plain", 2, body=FULL))
    assert shape(Scenario("f", exchanges=exchanges, events=events), 1) == []


def test_the_body_a_test_expected_is_compared():
    events = (Event(0.0, "expected_body", '{"destination": "plain", "body": {"autopid_data": {"A": 1, "B": 2}}}'),)
    scenario = Scenario("f", exchanges=(exchange("plain", 1, body='{"autopid_data": {"A": 1.50, "C": 3}}'),), events=events)
    (comparison,) = shown(scenario.exchanges[0], scenario, 500).comparisons
    assert [(item.path, item.expected, item.seen) for item in comparison.differences] == [
        ("autopid_data.A", "1", "1.50"),
        ("autopid_data.B", "2", None),
        ("autopid_data.C", None, "3"),
    ]


def scenario():
    return Scenario(
        "evidence/a/test_b",
        exchanges=tuple(exchange("plain", 2 + at) for at in range(6)),
        handshakes=(
            handshake("stranger", 1, 3.5, failure="unknown_ca"),
            handshake("stranger", 2, 3.6, failure="unknown_ca"),
            handshake("plain", 20, 2),
        ),
        events=(
            Event(1.0, "stimulus", "reboot"),
            Event(1.1, "note", "test test_mine"),
            Event(1.2, "note", "test test_other"),
            Event(7.5, "verdict", "test_mine: fail"),
            Event(7.6, "verdict", "test_other: pass"),
            Event(7.7, "stimulus", "present another certificate"),
        ),
        frames=tuple(Frame(2.1 + at / 10, "7DF", "02010C") for at in range(5)),
        lines=tuple(Line(2.15 + at / 10, f"line {at}") for at in range(2)),
    )


def test_everything_is_on_one_timeline_in_order():
    recorded = scenario()
    entries = timeline(recorded, recorded.exchanges[:1], 7.5, ["test_mine"], DETAIL).entries
    assert [entry.at_s for entry in entries] == sorted(entry.at_s for entry in entries)
    assert {entry.lane for entry in entries} == {Lane.DID, Lane.NOTE, Lane.POST, Lane.CAN, Lane.CONSOLE, Lane.TLS, Lane.VERDICT}
    assert entries[0].at_s == 0


def test_what_is_of_one_kind_is_one_row():
    recorded = scenario()
    rows = {entry.lane: entry for entry in timeline(recorded, (), 7.5, ["test_mine"], DETAIL).entries}
    assert rows[Lane.CAN].text == "5 CAN frames, first 7DF  02 01 0C"
    assert rows[Lane.CAN].lines[-1] == "… 2 more"
    assert rows[Lane.TLS].text == "stranger: unknown_ca (2 times)"
    assert rows[Lane.POST].text == "plain: 6 further POSTs"


def test_other_tests_and_what_came_after_the_verdict_are_left_out():
    recorded = scenario()
    texts = [entry.text for entry in timeline(recorded, (), 7.5, ["test_mine"], DETAIL).entries]
    assert "test test_mine begins" in texts
    assert not [text for text in texts if "test_other" in text]
    assert "present another certificate" not in texts


def test_a_connection_that_brought_a_request_has_no_row_of_its_own():
    recorded = Scenario("f", exchanges=(exchange("plain", 2, connection=7),), handshakes=(handshake("plain", 7, 2),))
    assert [entry.lane for entry in timeline(recorded, (), 9, (), DETAIL).entries] == [Lane.POST]


def test_too_many_rows_lose_the_middle_and_say_so():
    events = tuple(Event(float(at), "await", f"n{at}") for at in range(100))
    told = timeline(Scenario("f", events=events), (), 1000, (), Detail(1, 1, 10, 1))
    assert [entry.text for entry in told.entries] == [f"n{at}" for at in (*range(5), *range(95, 100))]
    assert told.left_out == 90


def test_what_other_tests_awaited_is_left_out():
    events = (
        Event(1, "await", "mine"),
        Event(2, "verdict", "test_mine: pass"),
        Event(3, "await", "other"),
        Event(4, "stimulus", "present a good certificate"),
        Event(5, "verdict", "test_mine_too: pass"),
        Event(6, "await", "mine again"),
        Event(7, "verdict", "test_mine: fail"),
    )
    told = timeline(Scenario("f", events=events), (), 9, ["test_mine"], DETAIL).entries
    assert [entry.text for entry in told] == ["mine", "test_mine: pass", "present a good certificate", "mine again", "test_mine: fail"]
