"""Whatever is sent to the web API: it answers or hangs up, goes on living, and keeps everything whole."""

import json
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rig.device.emulated import EmulatedDevice, EmulatorOptions

DOCUMENT, CAR, UPLOAD = "/store_auto_data", "/store_car_data", "/cert_manager/sets?name=made"
SETS = "/cert_manager/sets"
BAD_SETS = [f"{SETS}?name={name}" for name in ("../../main.json", "%2e%2e", "", "a/b", "a.b", "n" * 300)]
PATHS = {
    "documents": [DOCUMENT, DOCUMENT, CAR],
    "sets": [*[UPLOAD] * 6, *BAD_SETS, f"{SETS}/../../main.json", f"{SETS}/%2e%2e", SETS, "/cert_manager"],
    "others": [
        "/", "/store_config", "/store_canflt", "/system_commands", "/api/webhook", "/autopid/test_pid", "/vpn/store_config",
        "/scan_available_pids", "/\x00", "/" + "a" * 3000,
    ],
}  # fmt: skip
METHODS = [*["POST"] * 6, "GET", "DELETE", "PUT", "OPTIONS", "G\x00T", ""]
SCALARS = st.none() | st.booleans() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda deeper: st.lists(deeper) | st.dictionaries(st.text(), deeper))
PART = 'content-disposition: form-data; name="{}"; filename="{}"\r\n\r\n{}'
PART_NAMES = st.sampled_from([*["ca_cert", "client_cert", "client_key"] * 2, "../x", "", 'a"b', "x" * 500])
MULTIPART = st.lists(st.tuples(PART_NAMES, PART_NAMES, st.text())).map(
    lambda parts: "".join(f"--x\r\n{PART.format(*part)}\r\n" for part in parts).encode() + b"--x--\r\n"
)
BODIES = st.binary(max_size=2000) | JSON.map(lambda value: json.dumps(value).encode()) | MULTIPART
FORM = "multipart/form-data"
KINDS = ["application/json", *[f"{FORM}; boundary=x"] * 4, FORM, f"{FORM}; boundary={'y' * 200}", ""]
OFF = [*[0] * 6, -5, 7, 10**6, -(10**6)]
"""By how much the length that is announced is wrong."""


@pytest.fixture(scope="module")
def device():
    device = EmulatedDevice(EmulatorOptions())
    device.web.store_automate_document(b'{"grouping": "enable", "destinations": []}')
    yield device
    device.close()


def send(device, data, *, cut=False):
    """What is answered within a few seconds; `cut` says that no more will come."""
    host, _, port = device.web.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        try:
            connection.sendall(data)
            if cut:
                connection.shutdown(socket.SHUT_WR)
            return connection.recv(100)
        except OSError:
            return b""


@pytest.mark.parametrize("about", PATHS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chance=st.data(), method=st.sampled_from(METHODS), kind=st.sampled_from(KINDS), body=BODIES, off=st.sampled_from(OFF))
def test_hostile_requests_leave_it_alive_and_what_it_keeps_whole(device, about, chance, method, kind, body, off):
    path = chance.draw(st.sampled_from(PATHS[about]))
    document, car, main, sets = kept(device)
    head = f"{method} {path} HTTP/1.1\r\nhost: device\r\ncontent-type: {kind}\r\ncontent-length: {len(body) + off}\r\n\r\n"
    answer = send(device, head.encode("latin-1") + body, cut=off > 0)
    assert answer.startswith(b"HTTP/1.") or (not answer and (off or about == "others"))
    after = kept(device)
    assert after[0] == document or (path == DOCUMENT and is_whole(after[0], body))
    assert after[1] == car or (path == CAR and is_whole(after[1], body))
    assert after[2] == main
    assert after[3] == sets or (path == UPLOAD and after[3].keys() == sets.keys() | {"made"})


def kept(device):
    """What it keeps: document, car profile, main configuration, and which parts each set has."""
    web = device.web
    return web.automate_document(), web.car_profile(), web.main_configuration_bytes(), web.cert_sets()


def is_whole(stored, sent):
    """Whether what is stored is what was sent, and is a JSON object."""
    return stored == sent and isinstance(json.loads(sent), dict)


@given(data=st.binary(max_size=3000))
@settings(max_examples=50, deadline=None)
def test_what_is_no_http_at_all_leaves_it_alive(device, data):
    send(device, data, cut=True)
    assert device.web.status()
