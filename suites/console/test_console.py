"""The serial console beside the web API: what it says of the device, and what it must not say."""

import re

import pytest

from rig.bench import CertSet
from rig.marks import control, verifies

TOKEN = "a-token-that-belongs-to-nobody-else"


@pytest.fixture(scope="module")
def boot(bench, pki):
    client = pki.trusted.client("rig-device")
    identity = CertSet("rig-console", ca=pki.trusted.certificate_pem, client_certificate=client.chain_pem, client_key=client.key_pem)
    return bench.boot(
        bearer=bench.destination(bearer=TOKEN, cert_set=identity),
        key=bench.destination(auth={"type": "api_key_header", "api_key": TOKEN, "api_key_header_name": "x-api-key"}),
        failing=bench.destination(bench.receiver(pki.stranger.issue(bench.host)), bearer=TOKEN),
    )


@pytest.fixture(scope="module")
def told(bench, boot):
    """Every line from the reboot on, through a few cycles of success and failure."""
    boot.bearer.wait_for_requests(4)
    boot.failing.wait_for_handshakes(2)
    bench.device.console.command("status")
    return [text for stamp_ns, text in bench.device.console.lines if stamp_ns >= boot.ordered_ns]


def named(lines, label):
    """The value after ``label:`` in the answer of a command."""
    return [match[1].strip() for line in lines if (match := re.match(rf"{label}:\s*(.*)", line))]


@verifies("console/agrees-with-api")
def test_the_version_is_that_of_the_web_api(bench, boot):
    """The console's version is the git_version of the web API."""
    assert named(bench.device.console.command("version"), "Version") == [bench.device.web.status()["git_version"]]


@verifies("console/agrees-with-api")
def test_the_status_is_ok_while_the_web_api_answers(bench, boot):
    """The console says that the system is OK while the device serves its web API and posts."""
    boot.bearer.wait_for_requests(1)
    assert named(bench.device.console.command("status"), "System Status") == ["OK"]


@verifies("console/agrees-with-api")
def test_the_device_id_is_that_of_the_web_api(bench, boot):
    """The console's device id is the one of the web API."""
    assert named(bench.device.console.command("system -i"), "Device ID") == [bench.device.web.status()["device_id"]]


@verifies("console/agrees-with-api")
def test_the_station_is_connected_as_the_web_api_says(bench, boot):
    """The console's Wi-Fi status is the sta_status of the web API."""
    assert named(bench.device.console.command("wifi -s"), "WiFi Status") == [bench.device.web.status()["sta_status"]]


@verifies("console/agrees-with-api")
def test_its_telemetry_is_that_of_the_web_api(bench, boot):
    """With a car that stands still the console shows the telemetry of the web API."""
    boot.bearer.wait_for_requests(4)
    shown = "".join(line for line in bench.device.console.command("autopid -d") if line != "OK")
    for name, value in bench.device.web.telemetry().items():
        assert f'"{name}":{value}' in shown.replace(" ", ""), shown


@control("console/no-secrets")
def test_the_console_speaks_and_the_token_was_used(boot, told):
    assert any("System Status" in line for line in told)
    assert boot.bearer.requests[0].header("Authorization") == [f"Bearer {TOKEN}"]


@verifies("console/no-secrets")
def test_no_token_is_on_the_console(told):
    """No line from the reboot on holds the token, plain or as part of a header."""
    assert [line for line in told if TOKEN in line] == []


@verifies("console/no-secrets")
def test_no_private_key_is_on_the_console(told, pki):
    """No line from the reboot on holds a line of the private key."""
    assert [line for line in told if "PRIVATE KEY" in line] == []


@verifies("console/unexpected-restarts")
def test_restarts_nobody_asked_for_are_reported(bench, told, observed):
    """Restarts without an order, and what the console says of resets, are listed."""
    observed(f"restarts without an order: {bench.look_for_unasked_restart() or 'none'}")
    troubles = [line for line in told if re.search(r"Guru Meditation|task_wdt|Brownout|Backtrace", line)]
    observed(f"lines of trouble: {troubles[:5] or 'none'}")
