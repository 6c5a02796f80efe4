"""Whatever is sent to the web API: it answers or hangs up, goes on living, and keeps a document whole."""

import json
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rig.device.emulated import EmulatedDevice, EmulatorOptions

PATHS = [
    *["/store_auto_data"] * 6, "/", "/store_car_data", "/store_config", "/store_canflt", "/cert_manager", "/cert_manager/sets",
    "/cert_manager/sets/../../main.json", "/cert_manager/sets/%2e%2e", "/cert_manager?name=../../x", "/system_commands", "/api/webhook",
    "/autopid/test_pid", "/vpn/store_config", "/scan_available_pids", "/\x00", "/" + "a" * 3000,
]  # fmt: skip
METHODS = [*["POST"] * 6, "GET", "DELETE", "PUT", "OPTIONS", "G\x00T", ""]
SCALARS = st.none() | st.booleans() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda deeper: st.lists(deeper) | st.dictionaries(st.text(), deeper))
PART = 'content-disposition: form-data; name="{}"; filename="{}"\r\n\r\n{}'
MULTIPART = st.lists(st.tuples(*[st.sampled_from(["name", "ca", "cert", "key", "../x", "", 'a"b', "x" * 500])] * 2, st.text())).map(
    lambda parts: "".join(f"--x\r\n{PART.format(*part)}\r\n" for part in parts).encode() + b"--x--\r\n"
)
BODIES = st.binary(max_size=2000) | JSON.map(lambda value: json.dumps(value).encode()) | MULTIPART
KINDS = ["application/json", "multipart/form-data; boundary=x", "multipart/form-data", "multipart/form-data; boundary=" + "y" * 200, ""]
OFF = [0, 0, 0, -5, 7, 10**6, -(10**6)]
"""By how much the length that is announced is wrong."""


@pytest.fixture(scope="module")
def device():
    device = EmulatedDevice(EmulatorOptions())
    device.web.store_automate_document(b'{"grouping": "enable", "destinations": []}')
    yield device
    device.close()


def send(device, data):
    """Sends it, says that no more will come, and reads what is answered within a few seconds."""
    host, _, port = device.web.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(100)
        except OSError:
            return b""


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from(METHODS), path=st.sampled_from(PATHS), kind=st.sampled_from(KINDS), body=BODIES, off=st.sampled_from(OFF))
def test_hostile_requests_leave_it_alive_and_its_documents_whole(device, method, path, kind, body, off):
    before = device.web.automate_document()
    sets = device.web.cert_sets()
    head = f"{method} {path} HTTP/1.1\r\nhost: device\r\ncontent-type: {kind}\r\ncontent-length: {len(body) + off}\r\n\r\n"
    answer = send(device, head.encode("latin-1") + body)
    assert not answer or answer.startswith(b"HTTP/1.")
    after = device.web.automate_document()
    assert after == before or (path == "/store_auto_data" and after == body)
    assert after is None or isinstance(json.loads(after), dict)
    assert device.web.cert_sets() == sets or path == "/cert_manager"


@given(data=st.binary(max_size=3000))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_no_http_at_all_leaves_it_alive(device, data):
    send(device, data)
    assert device.web.status()
