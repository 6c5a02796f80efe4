import json
import re
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

import pytest

from rig import clock
from rig.errors import UsageError
from rig.evidence import Redactor, ScenarioRecorder
from rig.evidence.records import ClientHello, Connection, Request
from rig.report.compare import compare
from rig.report.compare_pages import comparison_html, comparison_markdown
from rig.report.wire import Fact
from rig.verdict import Verdict

BODY = {"autopid_data": {"Speed": 50, "Door": "on"}, "config": {"Speed": {"class": "speed", "unit": "km/h"}}}
HEADERS = (("Host", "receiver.test:1234"), ("User-Agent", "ESP32 WiCAN/1.0"), ("Authorization", "Bearer one"), ("Content-Length", "9"))
HELLO = ClientHello(0x0301, 0x0303, versions=(0x0304, 0x0303), cipher_suites=(0x1301,), server_name="receiver.test")


@dataclass
class Device:
    """How a device behaved in a run: one POST and the intervals of one destination per scenario."""

    body: object = None
    headers: tuple[tuple[str, str], ...] = HEADERS
    hello: ClientHello | None = HELLO
    tls_version: str = "TLSv1.3"
    intervals: tuple[float, ...] = (1000.0,) * 10
    scenarios: tuple[str, ...] = ("evidence/trust/test_x",)


def record(run: Path, device: Device) -> None:
    for scenario in device.scenarios:
        recorder = ScenarioRecorder(run / scenario, Redactor((), key=b"key"))
        now = clock.now_ns()
        body = json.dumps(BODY if device.body is None else device.body).encode()
        connection = Connection("receiver-1", 1, ("127.0.0.1", 40000 + len(run.name)), ("127.0.0.1", 443), now, now, now, now)
        connection.hello, connection.tls_version, connection.cipher = device.hello, device.tls_version, "TLS_AES_128_GCM_SHA256"
        request = Request("receiver-1", 1, 1, now, now, now, "POST", "/", "HTTP/1.1", device.headers, b"", body)
        recorder.keep("receiver-1", [connection], [request])
        recorder.measure("cycle/median", "interval", "ms", list(device.intervals), destination="fast", cycle_ms=1000)
        recorder.close()


@pytest.fixture
def run(results, requirement, tmp_path):
    """A run's folder: verdicts by requirement, and how the device behaved."""

    def make(name: str, device: Device | None = None, **verdicts: Verdict) -> Path:
        folder = tmp_path / name
        device = device or Device()
        record(folder, device)
        judged = [
            requirement(f"trust/{key.replace('_', '-')}", verdict, reason="because")
            for key, verdict in (verdicts or {"x": Verdict.PASS}).items()
        ]
        evidenced = [
            replace(entry, tests=[replace(test, evidence=list(device.scenarios)) for test in entry.tests]) for entry in judged
        ]
        results(*evidenced, id=name, seed=len(name)).write(folder / "results.json")
        return folder

    return make


def changed(comparison) -> dict[Fact, tuple[str, ...]]:
    return {change.fact: (change.kind, *change.before, *change.after) for change in comparison.wire}


def test_two_runs_of_one_firmware_do_not_differ(run):
    """Ports, tokens, lengths, values and seeds are another matter each time."""
    headers = (("Host", "receiver.test:9"), ("User-Agent", "ESP32 WiCAN/1.0"), ("Authorization", "Bearer two"), ("Content-Length", "8"))
    body = BODY | {"autopid_data": {"Speed": 61.5, "Door": "off"}}
    comparison = compare(run("a"), run("bb", Device(body=body, headers=headers, intervals=(1080.0,) * 10)))
    assert (comparison.verdicts, comparison.timing, comparison.wire) == ((), (), ())
    assert comparison.exit_code == 0
    assert (comparison.scenarios, comparison.series) == (1, 1)
    assert comparison.facts > 10


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        (Verdict.PASS, Verdict.FAIL, "worse"),
        (Verdict.PASS, Verdict.KNOWN_DEVIATION, "worse"),
        (Verdict.FAIL, Verdict.PASS, "better"),
        (Verdict.PASS, Verdict.NOT_RUN, "other"),
        (Verdict.FAIL, Verdict.ERROR, "other"),
    ],
)
def test_another_verdict_is_a_difference(before, after, direction, run):
    comparison = compare(run("a", x=before, y=Verdict.PASS), run("b", x=after, y=Verdict.PASS))
    (change,) = comparison.verdicts
    assert (change.requirement, change.before, change.after, change.direction) == ("trust/x", before.value, after.value, direction)
    assert comparison.exit_code == 1


def test_a_requirement_that_one_run_does_not_know_is_a_difference(run):
    comparison = compare(run("a", x=Verdict.PASS, gone=Verdict.PASS), run("b", x=Verdict.PASS, new=Verdict.FAIL))
    assert [(change.requirement, change.before, change.after) for change in comparison.verdicts] == [
        ("trust/gone", "pass", None),
        ("trust/new", None, "fail"),
    ]


def test_an_interval_beyond_tolerance_is_a_difference(run):
    comparison = compare(run("a"), run("b", Device(intervals=(1101.0,) * 10)))
    (change,) = comparison.timing
    assert (change.destination, change.cycle_ms, change.before_ms, change.after_ms) == ("fast", 1000.0, 1000.0, 1101.0)
    assert change.allowed_ms == pytest.approx(100.24)
    assert comparison.exit_code == 1


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (
            Device(body=BODY | {"status": {"ecu_status": "online"}}),
            {Fact("body", "status"): ("added", "object"), Fact("body", "status.ecu_status"): ("added", "text")},
        ),
        (
            Device(body={"autopid_data": {"Speed": "50", "Door": "on"}, "config": BODY["config"]}),
            {Fact("body", "autopid_data.Speed"): ("changed", "number", "text")},
        ),
        (
            Device(body=BODY | {"config": {"Speed": {"class": "speed", "unit": "mph"}}}),
            {Fact("body", "config.Speed.unit"): ("changed", '"km/h"', "text", '"mph"', "text")},
        ),
        (
            Device(headers=tuple(("user-agent" if name == "User-Agent" else name, value) for name, value in HEADERS)),
            {
                Fact("header", "User-Agent"): ("removed", "ESP32 WiCAN/1.0"),
                Fact("header", "user-agent"): ("added", "ESP32 WiCAN/1.0"),
                Fact("header", "(order)"): (
                    "changed", "Host, User-Agent, Authorization, Content-Length", "Host, user-agent, Authorization, Content-Length",
                ),
            },
        ),
        (
            Device(headers=tuple((name, value.replace("Bearer", "Token")) for name, value in HEADERS)),
            {Fact("header", "Authorization"): ("changed", "Bearer …", "Token …")},
        ),
        (Device(tls_version="TLSv1.2"), {Fact("TLS", "version agreed"): ("changed", "TLSv1.3", "TLSv1.2")}),
        (
            Device(hello=replace(HELLO, versions=(0x0304,), server_name=None)),
            {
                Fact("TLS", "versions offered"): ("changed", "TLS 1.3, TLS 1.2", "TLS 1.3"),
                Fact("TLS", "server name sent"): ("changed", "yes", "no"),
            },
        ),
    ],
)  # fmt: skip
def test_what_a_backend_sees_differently_is_a_difference(device, expected, run):
    comparison = compare(run("a"), run("b", device))
    assert changed(comparison) == expected
    assert comparison.exit_code == 1


def test_a_run_with_fewer_scenarios_is_compared_in_those_that_both_have(run):
    more = Device(scenarios=("evidence/trust/test_x", "evidence/trust/test_y"))
    folder = run("a", more)
    record(folder, Device(body={"only": "here"}, scenarios=("evidence/trust/test_y",)))
    assert not compare(folder, run("b")).differs


@pytest.mark.parametrize("body", ["text", [1, [2]], None, {"a": {"b": {"c": {}}}}, {f"{number:x}": 0 for number in range(5500)}])
def test_any_body_has_facts_and_a_bounded_number_of_them(body, run):
    comparison = compare(run("a", Device(body=[body])), run("b", Device(body=[body])))
    assert not comparison.differs
    assert 5 < comparison.facts <= 5000


def test_a_folder_without_results_is_the_users_mistake(run, tmp_path):
    with pytest.raises(UsageError, match=r"results\.json"):
        compare(run("a"), tmp_path / "none")


def test_both_pages_tell_every_change(run):
    after = run("b", Device(body=BODY | {"status": {}}, intervals=(1200.0,) * 10), x=Verdict.FAIL)
    comparison = compare(run("a"), after)
    html, markdown = comparison_html(comparison), comparison_markdown(comparison)
    plain = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), markdown)
    for text in (html, plain):
        assert "Changed: 1 verdict, 1 interval, 1 fact on the wire" in text
        for word in ("trust/x", "worse", "1200.0 ms", "status", "added", "because"):
            assert word in text


def test_both_pages_say_that_nothing_changed_and_what_was_compared(run):
    comparison = compare(run("a"), run("b"))
    for text in (comparison_html(comparison), comparison_markdown(comparison)):
        assert "Nothing changed" in text
        assert "1 scenario that both runs have 1 series of intervals" in text


def test_what_a_device_says_cannot_act(hostile, run):
    device = Device(body={hostile: {"unit": hostile}}, headers=((hostile, hostile), ("User-Agent", hostile)))
    comparison = compare(run("a"), run("b", device))
    html, markdown = comparison_html(comparison), comparison_markdown(comparison)
    for text in (html, markdown):
        assert "<script" not in text
        assert "\u202e" not in text
        assert "\x1b" not in text
    assert "default-src 'none'" in unescape(html)
    assert not re.search(r"\b(src|href)=", html)
    assert all(line.count("|") == 6 for line in markdown.splitlines() if "script" in line)
