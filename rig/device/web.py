"""Client of the device's web API (releases 4.40p and 4.50p, and the emulator).

The device serves one request at a time, keeps idle connections for ever and loses them at every restart; so each call makes
its own connection and has one deadline for all of it. What it answers is not trusted: answers are cut at 4 MiB.
"""

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import httpx

from rig.device.settings import CertSet, Json, flaw_of_main_configuration
from rig.errors import BenchError

ANSWER_LIMIT = 4 * 1024 * 1024
_READ_TRIES = 3


@dataclass(frozen=True)
class Answer:
    """What the web API answered: status code, content type and body (at most 4 MiB of it)."""

    status: int
    content_type: str
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 200 to 299."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text, undecodable bytes marked."""
        return self.body.decode(errors="replace")


class WebApi:
    """The endpoints that a rig needs. Reads are tried again when the device is busy; what changes something never is."""

    def __init__(self, url: str, timeout_s: float = 10.0) -> None:
        self.url = url.rstrip("/")
        self._timeout_s = timeout_s

    def ask(self, method: str, path: str, *, content: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """One request, as it is.

        Raises:
            BenchError: no whole answer within the time limit.
        """
        deadline = time.monotonic() + self._timeout_s
        try:
            with (
                httpx.Client(timeout=self._timeout_s, trust_env=False, verify=_trust(self.url.startswith("https:"))) as client,
                client.stream(method, self.url + path, content=content, headers=headers) as response,
            ):
                return Answer(response.status_code, response.headers.get("content-type", ""), _read(response, deadline))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise BenchError(f"{self.url}{path}: no answer from the web API ({type(error).__name__}: {error})") from error

    def get(self, path: str) -> Answer:
        """A read, tried again a few times when the device does not answer."""
        for _ in range(_READ_TRIES - 1):
            try:
                return self.ask("GET", path)
            except BenchError:
                continue
        return self.ask("GET", path)

    def post(self, path: str, content: bytes, content_type: str = "application/json") -> Answer:
        """A store or an order; sent once."""
        return self.ask("POST", path, content=content, headers={"Content-Type": content_type})

    def read_json(self, path: str) -> Json:
        """The JSON of a GET.

        Raises:
            BenchError: another status than 200, or no JSON.
        """
        return self._json_in(self.get(path), path)

    def read_object(self, path: str) -> dict[str, Json]:
        """The JSON object of a GET; raises ``BenchError`` as `read_json`, and where it is no object."""
        return self._object_in(self.get(path), path)

    def status(self) -> dict[str, Json]:
        """``/check_status``: identity, versions, Wi-Fi and ECU state."""
        return self.read_object("/check_status")

    def main_configuration(self) -> dict[str, Json]:
        """``/load_config``: the main configuration as it was at boot."""
        return self.read_object("/load_config")

    def main_configuration_bytes(self) -> bytes:
        """The same, byte for byte; raises ``BenchError`` as `read_object`."""
        answer = self.get("/load_config")
        self._object_in(answer, "/load_config")
        return answer.body

    def store_main_configuration(self, configuration: Mapping[str, Json]) -> Answer:
        """``/store_config``: stores the whole main configuration; the device reboots by itself two seconds later.

        Raises:
            BenchError: a device would reset itself with it, so it was not sent.
        """
        return self.store_main_configuration_bytes(json.dumps(configuration).encode())

    def store_main_configuration_bytes(self, configuration: bytes) -> Answer:
        """The same, byte for byte."""
        if flaw := flaw_of_main_configuration(json.loads(configuration)):
            raise BenchError(f"{flaw}; a device resets itself with that, so it was not sent")
        return self.post("/store_config", configuration)

    def automate_document(self) -> bytes | None:
        """``/load_auto_pid``: the stored Automate document byte for byte; None if there is none."""
        return self._stored("/load_auto_pid")

    def store_automate_document(self, document: bytes) -> Answer:
        """``/store_auto_data``: stores it; a known device applies it at its next boot."""
        return self.post("/store_auto_data", document)

    def car_profile(self) -> bytes | None:
        """``/load_auto_pid_car_data``: the stored car profile; None if there is none."""
        return self._stored("/load_auto_pid_car_data")

    def store_car_profile(self, profile: bytes) -> Answer:
        """``/store_car_data``: stores it; a known device applies it at its next boot."""
        return self.post("/store_car_data", profile)

    def telemetry(self) -> dict[str, Json]:
        """``/autopid_data``: the present snapshot."""
        return self.read_object("/autopid_data")

    def config_block(self) -> dict[str, Json]:
        """``/load_car_config``: class and unit of each parameter."""
        return self.read_object("/load_car_config")

    def statistics(self) -> list[tuple[int, int]]:
        """``/api/destinations_stats`` (4.50p and later): success and fail counts of each active destination since boot."""
        rows = self.read_object("/api/destinations_stats").get("destinations")
        if not isinstance(rows, list):
            raise BenchError(f"{self.url}/api/destinations_stats: 'destinations' is no list")
        return [(_count(row, "success"), _count(row, "fail")) for row in rows]

    def set_clock(self, moment: datetime) -> Answer:
        """``set_rtc_time``: sets the device's clock (UTC); its numbers are BCD written as decimal JSON numbers."""
        numbers = {
            "hour": moment.hour,
            "min": moment.minute,
            "sec": moment.second,
            "year": moment.year % 100,
            "month": moment.month,
            "day": moment.day,
            "weekday": moment.isoweekday() % 7,
        }
        coded = {name: int(str(number), 16) for name, number in numbers.items()}
        return self.post("/system_commands", json.dumps({"command": "set_rtc_time", **coded}).encode())

    def reboot(self) -> Answer:
        """``/system_reboot``: the device answers first and goes away about two seconds later."""
        return self.post("/system_reboot", b"reboot", "text/plain")

    def cert_sets(self) -> dict[str, frozenset[str]]:
        """``/cert_manager/sets``: name of each set, and which of ca, client_cert and client_key it has."""
        listed = self.read_json("/cert_manager/sets")
        if not isinstance(listed, list):
            raise BenchError(f"{self.url}/cert_manager/sets: answered no list")
        parts = ("ca", "client_cert", "client_key")
        rows = [row for row in listed if isinstance(row, dict)]
        return {str(row.get("name")): frozenset(part for part in parts if row.get(f"has_{part}")) for row in rows}

    def upload_cert_set(self, cert_set: CertSet, name: str | None = None) -> Answer:
        """Uploads the parts that the set has; `name` goes into the URL as it stands where it differs from the set's."""
        parts = {
            "ca_cert": ("ca.pem", cert_set.ca),
            "client_cert": ("client.crt", cert_set.client_certificate),
            "client_key": ("client.key", cert_set.client_key),
        }
        form = httpx.Request(
            "POST",
            self.url,
            files={field: (file, pem, "application/x-pem-file") for field, (file, pem) in parts.items() if pem is not None},
        )
        path = f"/cert_manager/sets?name={cert_set.name if name is None else name}"
        return self.post(path, form.read(), form.headers["content-type"])

    def delete_cert_set(self, name: str) -> Answer:
        """``DELETE /cert_manager/sets/<name>``."""
        return self.ask("DELETE", f"/cert_manager/sets/{name}")

    def _json_in(self, answer: Answer, path: str) -> Json:
        try:
            parsed: Json = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise BenchError(f"{self.url}{path}: answered {answer.status} with no JSON: {answer.text[:80]!r}") from error
        if answer.status != 200:
            raise BenchError(f"{self.url}{path}: answered {answer.status}: {answer.text[:80]!r}")
        return parsed

    def _object_in(self, answer: Answer, path: str) -> dict[str, Json]:
        parsed = self._json_in(answer, path)
        if not isinstance(parsed, dict):
            raise BenchError(f"{self.url}{path}: answered {type(parsed).__name__} where an object belongs")
        return parsed

    def _stored(self, path: str) -> bytes | None:
        answer = self.get(path)
        if answer.status != 200:
            raise BenchError(f"{self.url}{path}: answered {answer.status}: {answer.text[:80]!r}")
        return None if answer.body.strip() == b"NONE" else answer.body


@cache
def _trust(public: bool) -> ssl.SSLContext:
    """For ``https:`` the usual roots; for plain HTTP a context that knows none, because reading them takes longer than a call."""
    return ssl.create_default_context() if public else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _read(response: httpx.Response, deadline: float) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > ANSWER_LIMIT:
            raise TimeoutError(f"the answer has more than {ANSWER_LIMIT} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError("the answer trickles in beyond the time limit")
    return bytes(body)


def _count(row: Json, key: str) -> int:
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, int):
        raise BenchError(f"/api/destinations_stats: {key!r} is no number in {row!r}")
    return value
