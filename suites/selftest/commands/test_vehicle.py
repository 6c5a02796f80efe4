"""``wican-rig vehicle``: any tester may ask it."""

import signal
import time

import can
import pytest
from typer.testing import CliRunner

from rig.cli import application
from rig.errors import BenchError, UsageError
from rig.vehicle import Hub, Vehicle
from rig.vehicle.script import ScriptPlayer, read_script


@pytest.fixture
def hub():
    with Hub() as served:
        yield served


@pytest.fixture
def tester(hub):
    with can.Bus(interface="rigbus", channel=hub.address) as bus:
        yield bus


def ask(tester, request):
    """The data of the answer to one request."""
    data = bytes.fromhex(request)
    tester.send(can.Message(arbitration_id=0x7DF, data=[len(data), *data], is_extended_id=False))
    answer = tester.recv(5)
    assert answer is not None
    assert answer.arbitration_id == 0x7E8
    return bytes(answer.data)[1 : 1 + answer.data[0]].hex()


def test_a_tester_is_answered_and_its_requests_are_shown(hub, tester, start, tmp_path):
    car = start("vehicle", "-c", hub.address, "--requests", "--log", "frames.log")
    assert "engine" in car.wait_for("Ctrl-C ends")
    assert ask(tester, "010C").startswith("410c")
    assert "01 0C" in car.wait_for("01 0C")
    car.process.send_signal(signal.SIGINT)
    code, said = car.end()
    assert code == 0
    assert "2 frames, 1 requests heard" in said
    assert "7DF#02010C" in (tmp_path / "frames.log").read_text()


def test_without_a_hub_it_is_one_and_ends_in_time(start, tmp_path):
    with Hub() as taken:
        free = taken.address
    code, said = start("vehicle", "-c", free, "--seconds", "0.3", "--drive", "7").end()
    assert code == 0
    assert "0 requests heard" in said


def test_a_bus_that_goes_is_said_with_3(hub, start):
    car = start("vehicle", "-c", hub.address)
    car.wait_for("Ctrl-C ends")
    hub.close()
    code, said = car.end()
    assert code == 3
    assert "CAN bus is gone" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--drive", "1", "--script", "x.toml"], "either drives"),
        (["--interface", "socketcn"], "perhaps socketcan"),
        (["--can-kwargs", "{"], "no JSON"),
        (["--can-kwargs", "[]"], "JSON object"),
        (["--script", "none.toml"], "cannot be read"),
        (["--vehicle", "none.toml"], "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused(words, said):
    result = CliRunner().invoke(application(["vehicle"]), ["vehicle", *words])
    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)


def test_a_channel_that_is_no_hub_is_the_benchs_trouble():
    result = CliRunner().invoke(application(["vehicle"]), ["vehicle", "-i", "socketcan", "-c", "can77"])
    assert isinstance(result.exception, BenchError)


# Scripts --------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def script(tmp_path):
    def write(text):
        path = tmp_path / "script.toml"
        path.write_text(text, encoding="utf-8")
        return read_script(path)

    return write


def answers(tester):
    """Whether an answer comes within a moment."""
    tester.send(can.Message(arbitration_id=0x7DF, data=[2, 1, 0x0C], is_extended_id=False))
    answer = tester.recv(0.05)
    return answer is not None and bytes(answer.data)[:5] == b"\x04\x41\x0c\x0f\xa0"


def becomes(true, within_s=5):
    deadline = time.monotonic() + within_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def test_steps_happen_at_their_time_and_again(hub, tester, script):
    steps = script(
        """
        repeat_after_s = 0.4
        [[step]]
        at_s = 0.2
        silent = true
        [[step]]
        at_s = 0
        values = { "0C" = 1000 }
        answers = { "22F190" = "AB" }
        silent = false
        """
    )
    assert [step.at_s for step in steps.steps] == [0, 0.2]
    with Vehicle(can.Bus(interface="rigbus", channel=hub.address)) as car, ScriptPlayer(car, steps):
        assert becomes(lambda: not answers(tester))
        assert becomes(lambda: answers(tester))
        assert becomes(lambda: not answers(tester))
    assert [change.data.hex() for change in car.engine.history if change.key == "22F190"][-1] == "ab"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "list of [[step]]"),
        ("[[step]]\nat = 1\n", "step 1: unknown key 'at'"),
        ("[[step]]\nvalues = {}\n", "step 1: 'at_s'"),
        ("[[step]]\nat_s = -1\n", "seconds from 0"),
        ('[[step]]\nat_s = 0\nanswers = { "22F190" = "xy" }\n', "step 1"),
        ("[[step]]\nat_s = 0\nsilent = 1\n", "true or false"),
        ("repeat_after_s = 1\n[[step]]\nat_s = 1\n", "more than the last at_s"),
    ],
)
def test_a_script_that_makes_no_sense_names_the_step(script, text, said):
    with pytest.raises(UsageError) as raised:
        script(text)
    assert said in str(raised.value)


@pytest.mark.parametrize(("step", "said"), [('ecu = "gearbox"', "no ECU 'gearbox'"), ('values = { "0C" = 99999 }', "0C")])
def test_what_the_car_cannot_do_is_said_before_it_starts(hub, script, step, said):
    steps = script(f"[[step]]\nat_s = 5\n{step}\n")
    with Vehicle(can.Bus(interface="rigbus", channel=hub.address)) as car, pytest.raises(UsageError, match=said), ScriptPlayer(car, steps):
        raise AssertionError("it started")
