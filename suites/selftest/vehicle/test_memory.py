"""What an ECU answers to which request, without a bus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig import clock
from rig.vehicle.memory import Memory, Refusal


def knowing(**answers):
    memory = Memory()
    for request, data in answers.items():
        memory.set(bytes.fromhex(request[1:]), bytes.fromhex(data))
    return memory


def answer(memory, request):
    got = memory.answer(bytes.fromhex(request))
    return got.code if isinstance(got, Refusal) else got.hex()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("010C", "410c1af8"),
        ("0100", "4100" + "00180001"),  # 0C and 0D, and a further range
        ("0120", "4120" + "00000001"),
        ("0140", "4140" + "40000000"),  # 42, nothing beyond
        ("0160", 0x12),
        ("010C0D", "410c1af80d32"),  # several PIDs in one request
        ("010C0B0D", "410c1af80d32"),  # what is not supported is left out
        ("0105", 0x12),
        ("01", 0x13),
        ("22F190", "62f190ff"),
        ("22F190D001", "62f190ffd0010102"),
        ("22F191", 0x31),
        ("22F1", 0x31),
        ("2101", "6101aabb"),
        ("2102", 0x12),
        ("0902", 0x11),
        ("3E00", 0x11),
    ],
)
def test_answers(request_, expected):
    memory = knowing(_010C="1AF8", _010D="32", _0142="3714", _22F190="FF", _22D001="0102", _2101="AABB")
    assert answer(memory, request_) == expected


def test_an_ecu_without_standard_pids_has_no_list_of_them():
    assert answer(knowing(_22F190="FF"), "0100") == 0x11


def test_a_list_that_was_set_is_taken_as_it_is():
    assert answer(knowing(_0100="FFFFFFFF", _010C="1AF8"), "0100") == "4100ffffffff"
    assert answer(knowing(_0120="00000000", _010C="1AF8"), "0100") == "410000100001"


@given(st.sets(st.integers(1, 255).filter(lambda pid: pid % 0x20)))
def test_the_lists_name_what_is_supported_and_nothing_else(pids):
    """Read as a scanner does: 32 PIDs at a time, as long as the last bit says that there are more."""
    memory = Memory()
    for pid in pids:
        memory.set(bytes([1, pid]), b"\0")
    found, first, more = set(), 0, bool(pids)
    while more:
        data = memory.answer(bytes([1, first]))
        bits = int.from_bytes(data[2:], "big")
        found |= {first + place for place in range(1, 0x20) if bits >> 0x20 - place & 1}
        more, first = bool(bits & 1), first + 0x20
    assert found == pids


def test_what_is_forgotten_is_refused():
    memory = knowing(_010C="1AF8", _010D="32")
    memory.forget(b"\x01\x0d")
    assert answer(memory, "010D") == 0x12
    assert memory.keys == ["010C"]


def test_a_value_may_be_made_anew_for_every_answer():
    memory = Memory()
    numbers = iter(range(10))
    memory.set(b"\x22\xf1\x90", lambda: bytes([next(numbers)]))
    assert memory.data(b"\x22\xf1\x90") is None
    assert [answer(memory, "22F190") for _ in range(3)] == ["62f19000", "62f19001", "62f19002"]
    assert memory.data(b"\x22\xf1\x90") == b"\x02"
    assert [change.data for change in memory.history] == [b"\0", b"\1", b"\2"]


def test_history_tells_what_an_answer_may_have_carried():
    memory = Memory()
    stamps = []
    for value in (b"\x01", b"\x02", b"\x03"):
        memory.set(b"\x01\x0d", value)
        stamps.append(clock.now_ns())
    memory.forget(b"\x01\x0d")
    memory.set(b"\x01\x0c", b"\0\0")

    def between(start, end):
        return [data[0] for data in memory.between(b"\x01\x0d", start, end)]

    assert between(stamps[0], stamps[0]) == [1]
    assert between(stamps[0], stamps[1]) == [1, 2]
    assert between(stamps[1], clock.now_ns()) == [2, 3]
    assert between(clock.now_ns(), clock.now_ns()) == []
    assert between(0, 1) == []
    assert [change.key for change in memory.history] == ["010D"] * 4 + ["010C"]
    assert memory.history[3].data is None


def test_clearing_forgets_the_history_too():
    memory = knowing(_010C="1AF8")
    memory.clear()
    assert (memory.keys, memory.history, answer(memory, "010C")) == ([], [], 0x11)
