"""Every defect and variant: listed, known to the fixtures, and doing its harm without breaking the emulator itself."""

import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from rig.emulator import loading
from rig.emulator.active import ActiveConfiguration, ActiveParameter, CachedSet
from rig.emulator.autopid.chip import ChipState
from rig.emulator.autopid.poll import Poll
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.configuration import destinations
from rig.emulator.configuration.jsontext import fields, parse
from rig.emulator.defects import AREAS, DEFECTS, SUMMARIES
from rig.emulator.profiles import PROFILES
from rig.emulator.publisher import request
from rig.emulator.publisher.attempt import is_success
from rig.emulator.publisher.body import compose
from rig.emulator.publisher.response import Answer, Ended
from rig.emulator.publisher.trust import Trust
from rig.emulator.publisher.turn import Exchange, Lane, Turn
from rig.emulator.storage import AUTOMATE
from rig.emulator.variants import SUMMARIES as VARIANT_SUMMARIES
from rig.emulator.variants import VARIANTS
from rig.emulator.web import page
from rig.emulator.web.call import Answer as WebAnswer
from rig.emulator.web.call import Call
from rig.requirements import catalogue, fixtures_folder

EVERYTHING = sorted([*DEFECTS, *VARIANTS])
BUILD = {**VARIANTS, **DEFECTS}
STATIC = Path(page.__file__).parent / "static"


@pytest.fixture(scope="module")
def fixture():
    return tomllib.loads((fixtures_folder() / "defects.toml").read_text(encoding="utf-8"))


def test_names_and_summaries_read_well():
    assert set(DEFECTS) & set(VARIANTS) == set()
    for name, summary in {**SUMMARIES, **VARIANT_SUMMARIES}.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert summary[0].isupper() or "_" in summary.partition(" ")[0], summary
        assert not summary.endswith(".")
        assert len(summary) <= 130


def test_the_fixtures_say_what_each_one_breaks(fixture):
    assert {entry["id"] for entry in fixture["defect"]} == set(DEFECTS)
    assert {entry["id"] for entry in fixture["variant"]} == set(VARIANTS)


def test_every_requirement_that_is_judged_has_a_defect(fixture):
    blamed = {entry["requirements"][0] for entry in fixture["defect"]}
    judged = {name for name, requirement in catalogue().items() if requirement.level in {"must", "should"}}
    assert judged - blamed == set()


def test_every_area_is_small():
    for area in AREAS:
        assert len(Path(area.__file__).read_text(encoding="utf-8").splitlines()) <= 300, area.__name__


def test_the_command_line_finds_them_by_name():
    listed = {(entry["kind"], entry["id"]) for entry in loading.registry()}
    assert listed == {("defect", name) for name in DEFECTS} | {("variant", name) for name in VARIANTS}
    assert loading.with_defect("http10", Behaviour()).alterations
    with pytest.raises(ValueError, match="no defect 'nonsense'"):
        loading.with_defect("nonsense", Behaviour())


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_every_one_can_be_built_into_every_profile(profile):
    plain = PROFILES[profile](Behaviour())
    for name in EVERYTHING:
        assert BUILD[name](plain) != plain or profile != "document", name


class Flash:
    """Storage in memory."""

    def __init__(self):
        self.files, self.sets = {}, {"own": CachedSet("own", b"CA", b"CERT", b"KEY")}

    def read(self, what):
        return self.files.get(what)

    def write(self, what, data):
        assert isinstance(data, bytes)
        self.files[what] = data

    def delete(self, what):
        self.files.pop(what, None)

    def read_sets(self):
        return dict(self.sets)

    def set_names(self):
        return list(self.sets)

    def read_set(self, name):
        return self.sets.get(name)

    def write_set(self, cert_set):
        self.sets[cert_set.name] = cert_set

    def delete_set(self, name):
        self.sets.pop(name, None)


class Whole:
    """As much of a device as alterations look at."""

    def __init__(self, behaviour, active, storage, boot_number):
        self.behaviour, self.active, self.storage, self.boot_number = behaviour, active, storage, boot_number
        self.tracker = SimpleNamespace(latest=SimpleNamespace(request=SimpleNamespace(source="web_ui")))
        self.console = SimpleNamespace(print=lambda _: None)
        self.ecu_online, self.default_bundle_pem, self.resets = True, None, []

    def now(self):
        return 30.0

    def reset(self, kind):
        self.resets.append(kind)

    def resolve(self, _):
        return "127.0.0.1"

    def status_block(self, posted=True):
        block = {"device_id": "aabbccddeeff", "fw_version": "5.00", "ecu_status": "online"}
        return self.behaviour.pass_through(Point.STATUS, block, (self, posted))

    def config_block(self):
        return self.behaviour.pass_through(Point.CONFIG, {"T": {"class": "none", "unit": "°C"}}, self)


DOCUMENT = (
    b'{"grouping":"enable","pids":[],"std_pids":[],"destinations":['
    b'{"type":"HTTPS","destination":"https://a:1/p","enabled":true,"cycle":1000,"cert_set":"own","auth":{"type":"bearer","bearer":"t"}},'
    b'{"type":"HTTPS","destination":"https://b:2/q?x=1","enabled":true,"cycle":2000,"query_params":[{"key":"k","value":"v"}]},'
    b'{"type":"HTTPS","destination":"https://c:3/","enabled":false,"cycle":0}]}'
)
CALLS = [
    ("GET", "/", 200, (STATIC / "index.html").read_bytes(), b""),
    ("GET", "/main.js", 200, (STATIC / "main.js").read_bytes(), b""),
    ("GET", "/cert_manager/sets", 200, b'[{"name":"own","has_ca":true,"has_client_cert":false,"has_client_key":false}]', b""),
    ("POST", "/cert_manager/sets", 400, b"bad name", b""),
    ("GET", "/check_status", 200, b"{}", b""),
    ("GET", "/load_auto_pid", 200, DOCUMENT, b""),
    ("POST", "/store_auto_data", 400, b"Invalid JSON format", b"{"),
    ("GET", "/autopid_data", 200, b"{}", b""),
]


def boot(behaviour, storage, number):
    """One boot on paper: what the points of starting up, of the web API and of polling are handed."""
    through = behaviour.pass_through
    active = ActiveConfiguration(
        parameters=(ActiveParameter("T", "custom", "22F190", "B4"), ActiveParameter("0C-EngineRPM", "standard", "")),
        cert_sets={"own": CachedSet("own", ca=b"x")},
    )
    device = Whole(behaviour, active, storage, number)
    storage.write(AUTOMATE, DOCUMENT)
    device.active = active = ActiveConfiguration(
        parameters=active.parameters,
        cert_sets=active.cert_sets,
        destinations=tuple(through(Point.DESTINATIONS, destinations.served(fields(parse(DOCUMENT)), behaviour), device)),
    )
    through(Point.PARAMETERS, active.parameters, device)
    storage.write(AUTOMATE, through(Point.STORE, DOCUMENT, (AUTOMATE, device)))
    storage.write(AUTOMATE, DOCUMENT)
    through(Point.STORE, b"PEM", ("cert_sets/own/ca", device))
    for method, path, status, body, sent in CALLS:
        call = Call(device, method, path, "name=own", {"content-type": "multipart/form-data; boundary=x"}, sent)
        through(Point.WEB_ANSWER, WebAnswer(status, body), call)
    for line in ("I (1) app: Version: v5.00p", "Device ID: 020202020202"):
        through(Point.CONSOLE_LINE, line, device)
    through(Point.LINK_BACK, 0.0, device)
    poll = Poll(device, active.parameters[0], b"\x22\xf1\x90", ((0x7E8, b"\x04\x62\xf1\x90\x05\0\0\0"),), b"\x04\x62\xf1\x90\x05", 0x7E8)
    through(Point.POLL_REQUEST, poll.request, poll)
    through(Point.POLL_FRAMES, list(poll.frames), poll)
    through(Point.FRAME_OUT, [(0x7DF, b"\x02\x01\x0c")], ChipState())
    for value in (5.0, None):
        through(Point.VALUE, value, poll)
    assert through(Point.PERIOD, 1.0, poll) > 0
    return device


OUTCOMES = [
    Exchange(Answer(200, (), Ended.WHOLE, 2)),
    Exchange(Answer(500, (), Ended.WHOLE, 2)),
    Exchange(error="ESP_ERR_HTTP_CONNECT", detail="delayed connect error"),
    Exchange(Answer(401, (), Ended.WHOLE, 2)),
    Exchange(error="ESP_ERR_HTTP_FETCH_HEADER", detail="closed"),
    Exchange(Answer(200, (), Ended.WHOLE, 2)),
]


def attempts(device):
    """Some attempts of each destination on paper: every point of publishing, in the order in which it is passed."""
    through = device.behaviour.pass_through
    lanes = tuple(Lane(destination) for destination in device.active.destinations)
    for number, exchange in enumerate(OUTCOMES):
        for lane in lanes:
            turn = Turn(device, lane, lanes, {"T": 5.0, "0C-EngineRPM": 62.35}, float(number))
            through(Point.ATTEMPT, True, turn)
            through(Point.EVENT, True, turn)
            lane.attempts += 1
            body = compose(turn)
            url = request.destination_url(turn)
            through(Point.CONNECT, (url.host, url.port), turn)
            through(Point.TRUST, Trust((), url.host, url.host), turn)
            through(Point.REDIRECT, url, turn)
            writes = request.request_bytes(turn, url.target, request.header_lines(turn, url.host_header(), len(body)), body)
            assert all(isinstance(data, bytes) for data in writes)
            turn.exchange, turn.ended = exchange, number + 0.2
            turn.success = through(Point.SUCCESS, is_success(turn), (turn, exchange))
            lane.successes += turn.success
            lane.failures_in_a_row = 0 if turn.success else lane.failures_in_a_row + 1
            assert through(Point.DUE, number + 1.0, turn) > 0
    through(Point.STATISTICS, [(lane.successes, lane.failures) for lane in lanes], lanes)


@pytest.mark.parametrize("name", EVERYTHING)
def test_it_breaks_the_device_and_not_the_emulator(name):
    behaviour, storage = BUILD[name](Behaviour()), Flash()
    for number in (1, 2):
        attempts(boot(behaviour, storage, number))
