"""A device as a stranger: another process in another folder, known by URL, console and bus; relays to unplug; a stub to ask."""

import contextlib
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rig.bench import read_bench_file
from rig.bench.checkup import Depth, Patient, examine
from rig.device.settings import MANDATORY

HOST = "receiver.bench.rig.test"


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """The user's state directory: one for each test."""
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder / "wican-rig"


def free_port(host="127.0.0.1"):
    with socket.create_server((host, 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture(name="free_port")
def _free_port():
    return free_port


@pytest.fixture
def some_ports():
    """Ten free ports in a row, below those that the system gives to connections."""
    while True:
        first = random.randrange(20_000, 32_000)
        with ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + 10):
                for host in ("127.0.0.1", "127.0.0.2"):
                    stack.enter_context(socket.create_server((host, port)))
            return range(first, first + 10)


class Stranger:
    """An emulator that the rig did not start. Its console is a PTY, or TCP; its bus a hub that the bench serves."""

    def __init__(self, folder, *, console="pty", boot_seconds=0.3, can=None, resolve=f"{HOST}=127.0.0.1", options=()):
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.bus = f"127.0.0.1:{free_port()}"
        interface, channel = can or ("rigbus", self.bus)
        self.arguments = ["--state-dir", str(folder / "flash"), "--http", self.url.removeprefix("http://"), "--resolve", resolve]
        self.arguments += ["--boot-seconds", str(boot_seconds), "--parent-pid", str(os.getpid()), *options]
        if console == "tcp":
            self.arguments += ["--serial-tcp", f"127.0.0.1:{free_port()}"]
        if interface:
            self.arguments += ["--can-interface", interface, "--can-channel", channel]
        self.process = None
        self.serial = None

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
        with (self.folder / "errors.log").open("a") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rig.emulator", *self.arguments],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError((self.folder / "errors.log").read_text())
        self.serial = json.loads(line)["serial"]
        return self

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None


@pytest.fixture
def stranger(tmp_path):
    """Starts strangers; they end with the test."""
    with ExitStack() as stack:

        def start(**options):
            made = Stranger(tmp_path / "stranger", **options).start()
            stack.callback(made.kill)
            return made

        yield start


class Relay:
    """Passes TCP connections on, until it is cut."""

    def __init__(self, target, listen=("127.0.0.1", 0)):
        self.target = target
        self.listener = socket.create_server(listen)
        self.address = self.listener.getsockname()[:2]
        self.open = set()
        self.over = False
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while not self.over:
            with contextlib.suppress(OSError):
                near, _ = self.listener.accept()
                self.open.add(near)
                try:
                    far = socket.create_connection(self.target)
                except OSError:
                    near.close()
                    continue
                self.open.add(far)
                threading.Thread(target=self._pass, args=(near, far), daemon=True).start()

    def _pass(self, near, far):
        with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as both:
            both.register(near, selectors.EVENT_READ, far)
            both.register(far, selectors.EVENT_READ, near)
            while not self.over:
                for key, _ in both.select(0.2):
                    data = key.fileobj.recv(65536)
                    if not data:
                        raise OSError
                    key.data.sendall(data)
        for end in (near, far):
            end.close()

    def cut(self):
        self.over = True
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for end in list(self.open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.thread.join(2)


@pytest.fixture
def relay():
    """Starts relays; they are cut with the test."""
    with ExitStack() as stack:

        def start(*arguments, **options):
            made = Relay(*arguments, **options)
            stack.callback(made.cut)
            return made

        yield start


@pytest.fixture
def bench_file(tmp_path):
    """Writes a bench file; sections and keys replace those of the ordinary one, None leaves a section out."""

    def write(owner, /, **sections):
        url = owner if isinstance(owner, str) else owner.url
        ordinary = {
            "device": {"url": url, "kind": "emulated", "profile": "document"},
            "can": {"interface": "rigbus", "channel": getattr(owner, "bus", "127.0.0.1:9")},
            "receiver": {"names": [HOST]},
            "allowance": {"look_every_s": 0.02, "reboot_s": 5, "boot_s": 6, "web_s": 2, "connect_s": 0.5},
        }
        if getattr(owner, "serial", None):
            ordinary["device"]["serial"] = owner.serial
        lines = []
        for name, keys in ({name: {} for name in ordinary} | sections).items():
            if keys is not None:
                values = {**ordinary.get(name, {}), **keys}
                lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items() if value is not None)]
        path = tmp_path / "bench.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def examined(bench_file):
    """Examines a bench; the findings by the name of their check."""

    def examine_all(device, depth=Depth.QUICK, /, **sections):
        with ExitStack() as stack:
            patient = Patient(read_bench_file(bench_file(device, **sections)), stack)
            return {result.check: result.finding for result in examine(patient, depth)}

    return examine_all


class Stub:
    """A web API that answers what it is told, and stores what it is given."""

    def __init__(self):
        self.status = {
            "device_id": "aabbccddeeff", "hw_version": "WiCAN-OBD-PRO", "git_version": "v4.50p", "sta_status": "Connected",
            "batt_voltage": "13.6V", "sleep_status": "enable", "sleep_disable_agree": "no", "sleep_volt": "13.1", "sleep_time": "5",
            "timestamp": int(time.time()), "obd_chip_status": "Ready",
        }  # fmt: skip
        self.main = dict.fromkeys(MANDATORY, "x") | {"protocol": "auto_pid", "wifi_mode": "Station"}
        self.stored = {"/load_auto_pid": b"NONE", "/load_auto_pid_car_data": b"NONE"}
        self.sets = []
        self.boots = 0
        self.asked = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.say(stub.answer(self.path))

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                stub.asked.append((self.path, body))
                if self.path == "/system_reboot" and stub.boots:
                    stub.boots += 1
                    stub.status["restart_boot_count"] = stub.boots
                self.say(b"OK")

            def do_DELETE(self):
                self.say(b"OK")

            def say(self, body):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def answer(self, path):
        listed = [{"name": name, "has_ca": True} for name in self.sets]
        documents = {"/check_status": self.status, "/load_config": self.main, "/cert_manager/sets": listed}
        return self.stored[path] if path in self.stored else json.dumps(documents.get(path, {})).encode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def stub():
    made = Stub()
    yield made
    made.close()


@pytest.fixture
def wican_rig(tmp_path):
    """Runs the command in a process of its own; what it printed line by line, and how it ended."""
    with ExitStack() as stack:

        def run(*words, cwd=tmp_path):
            process = subprocess.Popen(
                [sys.executable, "-m", "rig", *map(str, words)],
                cwd=cwd,
                env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            stack.callback(process.stdout.close)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield run


@pytest.fixture
def verdicts():
    """The verdicts in a run's folder by requirement, those not run left out."""

    def read(folder):
        results = json.loads((folder / "results.json").read_text())
        return {row["id"]: row for row in results["requirements"] if row["verdict"] not in {"not_run", "not_applicable"}}

    return read


__all__ = ["HOST", "signal"]
