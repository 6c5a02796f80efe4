"""A run folder as a run leaves it, small and made up, with everything in it that the report has to show."""

import json
import random

import pytest

from rig.report.results import RequirementResult, Results, Run, Subject, TestResult
from rig.requirements import catalogue

START = 1_750_000_000.0
DESTINATIONS = ("plain", "failing", "slow")
HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.exe\x00\x1b[31m"


class Folder:
    """Writes results and evidence into a run's folder."""

    def __init__(self, path):
        self.path = path
        self.changes = {}
        self.subject = Subject("emulated", "aabbccddeeff", "v4.50p", "document", ["console", "event_mode", "power_control"])
        self.run = Run(
            id="20250615-150640", started=START, seconds=58.4, seed=4711, workers=10, boots=41, clock_error_ms=0.182, exit_code=1,
            complete=True, versions={"wican-rig": "0.1.0", "Python": "3.11.9", "OpenSSL": "3.0.13"},
            command=["wican-rig", "run", "--profile", "document"],
        )  # fmt: skip

    def judge(self, requirement, verdict, reason="", tests=()):
        """Gives a requirement a verdict other than not run."""
        self.changes[requirement] = verdict, reason, list(tests)

    def results(self):
        """Every requirement of the catalogue, with the verdicts that were given."""
        rows = []
        for requirement in catalogue().values():
            verdict, reason, tests = self.changes.get(requirement.id, ("not_run", "not selected", []))
            rows.append(
                RequirementResult(
                    requirement.id, requirement.area, requirement.section, requirement.level.value, verdict, reason, requirement.text, tests
                )
            )
        return Results(self.subject, self.run, rows)

    def write(self):
        """Puts results.json in its place."""
        self.results().write(self.path / "results.json")
        return self.path

    def evidence(self, folder, **files):
        """Writes evidence files: a list becomes lines of JSON, a text stays."""
        where = self.path / folder
        where.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            stem, _, ending = name.rpartition("_")
            text = "".join(json.dumps(row) + "\n" for row in content) if ending == "jsonl" else content
            plain = text if isinstance(text, str) else json.dumps(text)
            (where / f"{stem}.{ending}").write_bytes(plain.encode("utf-8", "surrogatepass"))


def verdict(name, verdict, *, folder, role="verifies", expected="", observed=""):
    module = folder.removeprefix("evidence/")
    return TestResult(f"suites/{module}.py::{name}", role, verdict, 0.42, expected, observed, [folder])


def exchange(destination, number, at, body, **changes):
    row = {
        "receiver": destination, "connection": number, "number": number, "started_s": START + at, "arrived_s": START + at + 0.03,
        "completed_s": START + at + 0.032, "encrypted": True, "method": "POST", "target": "/ingest", "version": "HTTP/1.1",
        "headers": [["Host", "receiver.bench.rig.test:20000"], ["User-Agent", "ESP32 WiCAN/1.0"], ["Content-Type", "application/json"],
                    ["Authorization", "Bearer «redacted:1a2b3c4d»"], ["Content-Length", "120"]],
        "body": body if isinstance(body, str) else json.dumps(body, ensure_ascii=False), "body_size": 120, "status": 200,
        "ending": "success",
    }  # fmt: skip
    return row | changes


def connection(destination, number, at, **changes):
    row = {
        "receiver": destination, "number": number, "peer": "127.0.0.1:40000", "started_s": START + at, "accepted_s": START + at,
        "handshaken_s": START + at + 0.021, "closed_s": START + at + 0.05, "tls_version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384",
        "resumed": False, "alert": None, "failure": None, "aborted_by_peer": False, "client_certificate": None, "application_bytes": 400,
        "hello": {"record_version": 769, "legacy_version": 771, "versions": [772, 771], "cipher_suites": [4866, 4865, 49200, 49196, 255],
                  "groups": [29, 23, 24], "signature_algorithms": [1027, 2052, 1025], "server_name": "receiver.bench.rig.test", "alpn": [],
                  "session_offered": False, "random": f"{destination}{number}"},
    }  # fmt: skip
    return row | changes


def event(at, kind, text):
    return {"stamp_s": START + at, "kind": kind, "text": text}


STATUS = {
    "device_id": "aabbccddeeff", "fw_version": "4.50", "git_version": "v4.50p", "hw_version": "WiCAN-OBD-PRO", "ecu_status": "online",
    "sta_status": "Connected", "sta_ip": "192.168.0.146", "wifi_mode": "BLEStation", "sta_ssid": "«redacted:aa00bb11»",
    "sta_pass": "«redacted:99887766»", "mqtt_user": "«redacted:13579bdf»",
}  # fmt: skip
CONFIG = {
    "0C-EngineRPM": {"class": "speed", "unit": "rpm"},
    "0D-VehicleSpeed": {"class": "speed", "unit": "km/h"},
    "TestCustom": {"class": "none", "unit": "none"},
}


def telemetry(step):
    return {"0C-EngineRPM": 1726.0, "0D-VehicleSpeed": 50 + step, "TestCustom": 127.5}


def context_scenario(folder):
    """Three destinations: one that succeeds at once, one after two failures, one that repeats the context."""
    chance = random.Random(5)
    rows, connections = [], []
    for place, name in enumerate(DESTINATIONS):
        at = 3.0 + place * 0.1
        for number in range(1, 25):
            at += 1.0 + chance.gauss(0, 0.02) + (0.06 if name == "slow" else 0)
            full = number == 1 or (name == "failing" and number <= 3) or (name == "slow" and number in {2, 3})
            body = {"autopid_data": telemetry(number)} | ({"config": CONFIG, "status": STATUS} if full else {})
            failed = name == "failing" and number < 3
            rows.append(exchange(name, number, at, body, **({"status": 503, "ending": "failure"} if failed else {})))
            connections.append(connection(name, number, at))
    refused = {"tls_version": None, "cipher": None, "handshaken_s": None, "application_bytes": 0, "aborted_by_peer": True}
    alert = {"level": 2, "description": 48, "name": "unknown_ca"}
    connections += [connection("stranger", number, 4 + number, failure="the device broke the handshake off", alert=alert, **refused)
                    for number in range(3)]  # fmt: skip
    frames = "".join(
        f"({START + 2.5 + step * 0.31:.6f}) can0 7DF#02010C0000000000\n({START + 2.5015 + step * 0.31:.6f}) can0 7E8#04410C1AF8000000\n"
        for step in range(60)
    )
    console = "".join(
        f"({START + 1 + step * 2.7:.6f}) I ({step * 2700}) HTTPS_CLIENT: POST {200 if step else HOSTILE}\n" for step in range(9)
    )
    timeline = [
        event(0.0, "stimulus", "store a configuration with 3 destinations: plain, failing, slow"),
        event(0.1, "stimulus", "reboot"),
        event(0.9, "boot", "boot 7 is ready after 0.8 s"),
        event(1.0, "note", "test test_no_later_post_carries_context"),
        event(1.0, "await", "slow: 5 successful attempts, for up to 29 s"),
        event(10.0, "verdict", "test_no_later_post_carries_context: fail [] == [1, 2]"),
        event(12.0, "note", "test test_another"),
        event(13.0, "verdict", "test_another: pass"),
    ]
    cycles = [
        {"requirement": "", "name": "cycle", "unit": "ms", "values": [1000], "labels": {"destination": name, "receiver": name}}
        for name in DESTINATIONS
    ]
    folder.evidence(
        "evidence/boot/test_context", exchanges_jsonl=rows, connections_jsonl=connections, timeline_jsonl=timeline,
        can_log=frames, serial_log=console, measurements_json=json.dumps(cycles), capsule_pcapng="",
    )  # fmt: skip


SHIFTS = {"answers after 3 s": (4, -2, 12), "stalls in the handshake": (61, 88, 12), "gives no answer at all": (212, 340, 1210)}


def interference_scenario(folder):
    shifts = [
        {"requirement": "destinations/slow-one-does-not-delay-others", "name": "shift", "unit": "ms", "values": [shift],
         "labels": {"trouble": trouble, "neighbour": neighbour, "cycle_ms": 1000, "tolerance_ms": 100}}
        for trouble, row in SHIFTS.items()
        for neighbour, shift in zip(("1 s", "2 s", "5 s"), row, strict=True)
    ]  # fmt: skip
    posts = [
        {"requirement": "destinations/counters-agree", "name": "posts", "unit": "", "values": [count],
         "labels": {"destination": "plain", "book": book, "count": "success"}}
        for book, count in (("device", 31), ("receiver", 32), ("console", 32))
    ]  # fmt: skip
    folder.evidence(
        "evidence/destinations/test_independence", measurements_json=json.dumps(shifts + posts),
        timeline_jsonl=[event(0, "boot", "boot 9 is ready after 0.7 s")],
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "run")


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A run folder for a whole module to fill."""
    return Folder(tmp_path_factory.mktemp("report") / "run")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A run with one of everything."""
    return fill(Folder(tmp_path_factory.mktemp("report") / "run"))


def fill(folder):
    context_scenario(folder)
    interference_scenario(folder)
    boot, independence = "evidence/boot/test_context", "evidence/destinations/test_independence"
    promise = "After the first success neither config nor status comes again."
    seen = "assert [1, 2] == []: slow repeated config and status in its second and third POST"
    failing = verdict("test_no_later_post_carries_context", "fail", folder=boot, expected=promise, observed=seen)
    control = verdict("test_posts_go_on", "pass", folder=boot, role="control", expected="posts go on")
    folder.judge("boot/context-only-once", "fail", seen, [failing, control])
    first = verdict("test_the_first_success_carries_all_three_blocks", "pass", folder=boot, expected="All three blocks, each an object.")
    folder.judge("boot/first-success-carries-context", "pass", "", [first, control])
    delayed = verdict("test_a_silent_server_delays_nobody", "known_deviation", folder=independence, observed="5 s: median moved by 1210 ms")
    folder.judge("destinations/slow-one-does-not-delay-others", "known_deviation", "one task serves destinations in order", [delayed])
    lost = verdict("test_resumes", "inconclusive", folder=boot, observed="expected 3 requests at plain within 29 s, observed 0")
    folder.judge("network/broken-connections", "inconclusive", "its control did not pass", [lost])
    folder.judge("console/no-secrets", "error", "KeyError: 'serial'", [verdict("test_quiet", "error", folder=boot)])
    folder.judge("boot/console-reboot-resends", "not_applicable", "device or bench does not declare console")
    for requirement in catalogue().values():
        if requirement.id not in folder.changes and requirement.area in {"payload", "auth", "query", "grouping", "boot", "cycle", "trust"}:
            name = "test_" + requirement.id.partition("/")[2].replace("-", "_")
            folder.judge(requirement.id, "pass", "", [verdict(name, "pass", folder=boot, expected=requirement.text.split(":")[0])])
    return folder
