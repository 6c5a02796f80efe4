"""AT commands: what public vehicle profiles send, and what it sets."""

import pytest

from rig.emulator.autopid.chip import ChipState
from rig.emulator.autopid.init_strings import commands


def after(text):
    return ChipState().after(commands(text))


@pytest.mark.parametrize(
    ("init", "request_id"),
    [
        ("", 0x7DF),
        ("ATSP7;", 0x18DB33F1),
        ("atsp 6; at sh 7e4;", 0x7E4),
        ("ATTP7;ATSHDA10F1;", 0x18DA10F1),
        ("ATSP7;ATCP17;ATSHFC0076;", 0x17FC0076),
        ("ATSP7;ATSH18DADBF1;", 0x18DADBF1),
        ("ATSH7E4;ATSP7;", 0x18DB33F1),
        ("ATSH7E4;ATD;", 0x7DF),
        ("ATSHXYZ;", 0x7DF),
        ("ATSPA6;ATSH6F1;ATNONSENSE;", 0x6F1),
    ],
)
def test_request_ids(init, request_id):
    assert after(init).request_id == request_id


@pytest.mark.parametrize(
    ("init", "yes", "no"),
    [
        ("", [0x7E8, 0x7EF], [0x7E7, 0x7F0, 0x7DF]),
        ("ATSH7E1;", [0x7E9], [0x7E8, 0x7EA]),
        ("ATSH79B;", [0x7E8], [0x7BB]),
        ("ATSH79B;ATCRA7BB;", [0x7BB], [0x7E8]),
        ("ATCRA7BB;ATCRA;", [0x7E8], [0x7BB]),
        ("ATCRA7EX;", [0x7E0, 0x7EF], [0x7F0]),
        ("ATSP7;", [0x18DAF110, 0x18DAF1FF], [0x18DAF010, 0x18DB33F1]),
        ("ATSP7;ATSHDA10F1;", [0x18DAF110], [0x18DAF111]),
        ("ATSP7;ATCRA17FE0076;", [0x17FE0076], [0x18DAF110]),
    ],
)
def test_which_answers_are_let_through(init, yes, no):
    state = after(init)
    assert [can_id for can_id in yes + no if state.lets_through(can_id, asked_only=True)] == yes


def test_shipped_firmware_takes_answers_of_ecus_that_were_not_asked():
    assert after("ATSH7E1;").lets_through(0x7E8, asked_only=False)


@pytest.mark.parametrize(
    ("init", "answer_id", "flow_control"),
    [
        ("", 0x7EC, (0x7E4, "300000")),
        ("ATSP7;", 0x18DAF110, (0x18DA10F1, "300000")),
        ("ATFCSH79B;ATFCSD300005;ATFCSM1;", 0x7BB, (0x79B, "300005")),
        ("ATFCSH79B;ATFCSD300005;ATFCSM2;", 0x7EC, (0x7E4, "300005")),
        ("STCAFCP 744, 764;", 0x764, (0x744, "300000")),
        ("ATSH6F1;ATCEA07;ATCRA607;ATFCSH6F1;ATFCSD07300000;ATFCSM1;", 0x607, (0x6F1, "07300000")),
    ],
)
def test_flow_control(init, answer_id, flow_control):
    can_id, data = after(init).flow_control(answer_id)
    assert (can_id, data.hex()) == flow_control


@pytest.mark.parametrize("init", ["ATCFC0;", "ATCAF0;"])
def test_flow_control_may_be_off(init):
    assert after(init).flow_control(0x7E8) is None


def test_time_outs():
    assert after("ATST32;").timeout_ms == pytest.approx(204.8)
    assert after("ATST32;ATST00;").timeout_ms is None


def test_what_is_not_sent():
    assert commands("ATH0;at s0;ATE1;ATSH7E0") == ("ATSH7E0",)
    assert commands("ATSP6;ATSH7E0", needs_terminator=True) == ("ATSP6",)
    assert commands("ATSP6;ATSH7E0;", needs_terminator=True) == ("ATSP6", "ATSH7E0")
