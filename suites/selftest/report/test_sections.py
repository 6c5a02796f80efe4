"""Cadence, interference, privacy, books and ClientHello: worked out from evidence, with what nobody measured left out."""

import re
from pathlib import Path

import pytest

from rig.report import page as page_module
from rig.report.books import books, received
from rig.report.cadence import MOST_CHARTS, cadence
from rig.report.hello import handshakes
from rig.report.interference import interference
from rig.report.page import gathered
from rig.report.privacy import privacy
from rig.report.recorded import Event, Exchange, Measurement, Scenario, read_scenario
from rig.report.tlsnames import SUITES, named
from rig.tolerance import Tolerances

USUAL = Tolerances()


def measured(name, values, unit="ms", **labels):
    return Measurement("cycle/median-interval", name, unit, tuple(values), {key: str(value) for key, value in labels.items()})


def exchange(destination, at, *, connection=None, body="{}", ending="success", **changes):
    known = {"method": "POST", "target": "/", "version": "HTTP/1.1", "headers": (), "encrypted": True} | changes
    return Exchange(
        destination,
        round(at) if connection is None else connection,
        1,
        at,
        at,
        at,
        known["method"],
        known["target"],
        known["version"],
        known["headers"],
        body,
        len(body),
        known["encrypted"],
        200,
        ending,
    )


@pytest.fixture(scope="module")
def recorded(sample):
    return list(gathered(sample.write(), sample.results()).scenarios.values())


def test_the_cadence_of_every_destination_with_a_known_cycle(recorded):
    found = {item.series.destination: item.series for item in cadence(recorded, USUAL, 0.2)}
    assert found.keys() == {"plain", "failing", "slow"}
    assert found["plain"].boot == "boot 7"
    assert len(found["plain"].values) == 23
    assert found["slow"].median_ms == pytest.approx(1060, abs=15)
    assert found["slow"].limits.guard_ms == 0.2


def test_intervals_that_a_test_measured_come_first_and_once():
    own = measured("interval", [1, 1.1, 1, 0.9, 1, 1], unit="s", destination="plain", cycle_ms=1000, tolerance_ms=50, basis="end to start")
    scenario = Scenario(
        "f",
        exchanges=tuple(exchange("plain", float(at)) for at in range(9)),
        measurements=(own, measured("cycle", [1000], destination="plain")),
    )
    (item,) = cadence([scenario], USUAL, 0.2)
    assert item.series.values == (1000, 1100, 1000, 900, 1000, 1000)
    assert (item.series.limits.tolerance_ms, item.series.outside, item.series.basis) == (50, 2, "end to start")


def test_intervals_do_not_reach_over_a_boot():
    events = (Event(0, "boot", "boot 1"), Event(7.5, "stimulus", "reboot"), Event(9, "boot", "boot 2"))
    stamps = [1, 2, 3, 4, 5, 6, 7, 20, 21, 22, 23, 24, 25, 26]
    scenario = Scenario(
        "f",
        events=events,
        exchanges=tuple(exchange("plain", at) for at in stamps),
        measurements=(measured("cycle", [1000], destination="plain"),),
    )
    assert [(item.series.boot, max(item.series.values)) for item in cadence([scenario], USUAL, 0)] == [("boot 1", 1000), ("boot 2", 1000)]


def test_requests_on_a_kept_connection_are_attempts_too():
    scenario = Scenario(
        "f",
        exchanges=tuple(exchange("plain", float(at), connection=1) for at in range(8)),
        measurements=(measured("cycle", [1000], destination="plain"),),
    )
    (item,) = cadence([scenario], USUAL, 0)
    assert item.series.values == (1000,) * 7


@pytest.mark.parametrize(
    ("median", "place"),
    [(1000, "within tolerance"), (1100.1, "in the guard band"), (1099.9, "in the guard band"), (1200, "beyond tolerance")],
)
def test_the_place_of_the_median_knows_the_guard_band(median, place):
    (item,) = cadence([Scenario("f", measurements=(measured("interval", [median] * 9, cycle_ms=1000),))], USUAL, 0.2)
    assert item.series.place == place


def test_there_are_charts_for_a_bounded_number():
    scenario = Scenario("f", measurements=tuple(measured("interval", [1000] * 6, cycle_ms=1000, destination=place) for place in range(20)))
    found = cadence([scenario], USUAL, 0)
    assert [bool(item.distribution) for item in found] == [True] * MOST_CHARTS + [False] * (20 - MOST_CHARTS)


def test_charts_bring_no_style_and_only_known_classes(recorded):
    chart = cadence(recorded, USUAL, 5)[0]
    markup = chart.distribution + chart.over_time
    assert "style=" not in markup
    assert "<title" in markup
    assert "median 9" in markup
    sheet = (Path(page_module.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    used = {name for classes in re.findall(r'class="([^"]*)"', markup) for name in classes.split()}
    assert {"f-band", "f-guard", "s-limit", "f-data"} <= used
    assert [name for name in used if f".{name}{{" not in sheet] == []
    assert re.findall(r'(?:fill|stroke)="#', markup) == []


def test_the_interference_matrix_keeps_the_largest_shift_of_a_cell(recorded):
    again = Scenario("f", measurements=(measured("shift", [-99.9], trouble="answers after 3 s", neighbour="1 s", tolerance_ms=100),))
    matrix = interference([*recorded, again], USUAL, 0.2)
    cells = {row: [cell.words for cell in line] for row, line in matrix.rows}
    assert matrix.columns == ("1 s", "2 s", "5 s")
    assert cells == {
        "answers after 3 s": ["guard band", "within", "within"],
        "stalls in the handshake": ["within"] * 3,
        "gives no answer at all": ["beyond"] * 3,
    }
    assert "+1210 ms" in matrix.chart


def test_without_shifts_there_is_no_matrix():
    assert interference([Scenario("f")], USUAL, 0) is None


def test_privacy_names_field_destination_and_boot(recorded):
    found = {name: entries for name, _, entries in privacy(recorded).fields}
    assert {"status.sta_pass", "status.sta_ssid", "status.mqtt_user", "status.device_id", "header Authorization"} <= found.keys()
    told = {entry.destination: entry.boots for entry in found["status.sta_pass"]}
    assert told == {"plain": {"boot 7": 1}, "failing": {"boot 7": 3}, "slow": {"boot 7": 3}}
    assert all(entry.redacted for entry in found["status.sta_pass"])


def test_privacy_sees_query_parameters_and_plain_text():
    scenario = Scenario("f", exchanges=(exchange("plain", 1, target="/x?apikey=1&unit=km", encrypted=False),))
    ((name, kind, (entry,)),) = privacy([scenario]).fields
    assert (name, kind, entry.encrypted) == ("query parameter apikey", "token", False)


def test_privacy_shows_no_value(recorded):
    assert "99887766" not in str(privacy(recorded))


def test_books_tell_the_difference(recorded):
    (account,) = books(recorded)
    assert (account.destination, account.counts, account.difference) == ("plain", {"device": 31, "receiver": 32, "console": 32}, 1)


def test_the_receivers_book_is_kept_from_the_evidence():
    posts = measured("posts", [2], destination="plain", book="device")
    scenario = Scenario(
        "f", exchanges=(exchange("plain", 1), exchange("plain", 2), exchange("plain", 3, ending="failure")), measurements=(posts,)
    )
    (account,) = books([scenario])
    assert (account.counts["receiver"], account.difference) == (2, 0)


def test_what_was_received_is_counted(recorded):
    assert received(recorded) == (72, 70, 3)


def test_client_hellos_of_one_kind_are_counted_together(recorded):
    told = handshakes(recorded)
    (kind,) = told.kinds
    facts = dict(kind.facts)
    assert kind.times == 75
    assert facts["versions offered"] == ("TLS 1.3", "TLS 1.2")
    assert facts["cipher suites"][0] == "TLS_AES_256_GCM_SHA384"
    assert told.alerts == (("unknown_ca", 3),)


@pytest.mark.parametrize(("number", "name"), [(0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), (0x1234, "0x1234"), (0x3A3A, "GREASE")])
def test_numbers_have_names(number, name):
    assert named(number, SUITES) == name


def test_evidence_that_is_not_there_is_no_error(tmp_path):
    assert read_scenario(tmp_path, "evidence/no/such") == Scenario("evidence/no/such")


def test_destinations_are_called_what_the_tests_call_them(folder):
    cycles = [
        {"name": "cycle", "values": [1000], "labels": {"destination": name, "receiver": receiver}}
        for name, receiver in (("plain", "receiver-1"), ("first", "receiver-2"), ("second", "receiver-2"))
    ]
    rows = [{"receiver": f"receiver-{number}", "connection": 1, "started_s": number} for number in (1, 2, 3)]
    notes = [{"stamp_s": 5.0, "kind": "note", "text": "receiver-1: 10 connections"}]
    folder.evidence("evidence/a/test_b", exchanges_jsonl=rows, connections_jsonl=rows, measurements_json=cycles, timeline_jsonl=notes)
    scenario = read_scenario(folder.path, "evidence/a/test_b")
    assert [item.destination for item in scenario.exchanges] == ["plain", "first + second", "receiver-3"]
    assert [item.destination for item in scenario.handshakes] == ["plain", "first + second", "receiver-3"]
    assert scenario.events[0].text == "plain: 10 connections"
