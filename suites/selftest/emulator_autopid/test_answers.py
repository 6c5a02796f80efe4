"""Which frames count as the answer, and where its bytes stand (worked examples of the AutoPID facts, 4.2)."""

import pytest

from rig.emulator.autopid.answers import Circumstances, Question, decide
from rig.emulator.behaviour import Behaviour

DOCUMENT = Behaviour()


def frames(*texts):
    return [(int(can_id, 16), bytes.fromhex(data)) for can_id, data in map(str.split, texts)]


def heard(request, *texts, behaviour=DOCUMENT, standard=False, **around):
    verdict = decide(frames(*texts), Question.of(request, standard=standard), Circumstances(**around), behaviour)
    return verdict.data and verdict.data.hex().upper()


LONG = ("7EC 103D6101FFFFFFFF", "7EC 21BA1D2E26480300", "7EC 2218000000000000")


def test_byte_0_is_the_pci_byte():
    assert heard("010C", "7E8 04410C1AF8000000") == "04410C1AF8"


def test_bytes_of_a_long_answer_keep_the_frame_counters():
    data = bytes.fromhex(heard("22F190", "7E8 100A62F190010203", "7E8 2104050607AAAAAA"))
    assert (data[0], data[8], data[9]) == (0x10, 0x21, 0x04)
    assert len(data) == 13


def test_an_answer_that_is_not_complete_is_none(firmware):
    assert heard("2101", *LONG) is None
    assert heard("2101", *LONG, behaviour=firmware).startswith("103D6101FFFFFFFF21BA1D2E")


@pytest.mark.parametrize(
    "answer",
    ["7E8 037F0112AAAAAAAA", "7E8 04410D1AF8000000", "7E8 03410D32AAAAAAAA", "7E8 04420C1AF8000000", "7E8 0441AA0C00000000"],
)
def test_other_answers_are_none(answer):
    assert heard("010C", answer) is None


def test_an_answer_after_another_one_counts():
    assert heard("010C", "7E8 03410D32AAAAAAAA", "7E8 04410C1AF8000000") == "04410C1AF8"


def test_after_pending_the_real_answer_stands_at_byte_0(firmware):
    both = ("7E8 037F2278AAAAAAAA", "7E8 076210E000006CB1")
    assert heard("2210E0", *both) == "076210E000006CB1"
    assert heard("2210E0", *both, behaviour=firmware) == "037F2278076210E000006CB1"


def test_one_ecu_counts_and_always_the_same(firmware):
    both = ("7E9 04410C0000000000", "7E8 04410C1AF8000000")
    assert heard("010C", *both) == "04410C1AF8"
    assert heard("010C", *both, primary=0x7E9) == "04410C0000"
    assert heard("010C", both[1], primary=0x7E9) is None
    assert heard("010C", *both, behaviour=firmware) == "04410C000004410C1AF8"
    assert heard("010C", *both, behaviour=firmware, standard=True) == "04410C1AF8"


def test_two_identifiers_in_one_request():
    """4.50p looks for all of them side by side and finds no answer."""
    assert heard("010C0D", "7E8 06410C1AF80D3200") == "06410C1AF80D32"


def test_what_4_50p_checks(firmware):
    negative = "7E8 037F0112AAAAAAAA"
    assert heard("010C", negative, behaviour=firmware) is None
    assert heard("010C1", negative, behaviour=firmware) == "037F0112"
    assert heard("22028C1", "7E8 037F2231AAAAAAAA", behaviour=firmware) is None
    assert heard("010C1", negative) is None


def test_4_40p_checks_nothing(firmware):
    behaviour = firmware.but(echo_checked=False)
    assert heard("010C", "7E8 037F0112AAAAAAAA", behaviour=behaviour) == "037F0112"
    assert heard("010C", behaviour=behaviour) is None


@pytest.mark.parametrize(
    ("tracked", "answer", "data"),
    [
        (None, "18DAF110 04410C1AF8000000", "04410C1AF8"),
        ("6", "18DAF110 04410C1AF8000000", "DAF11004410C1AF8"),
        ("7", "18DAF110 04410C1AF8000000", "04410C1AF8"),
        ("7", "7E8 04410C1AF8000000", "1AF8"),
        ("9", "7E8 04410C1AF8000000", "1AF8"),
        ("6", "7E8 04410C1AF8000000", "04410C1AF8"),
    ],
)
def test_shipped_firmware_cuts_ids_by_the_detected_protocol(firmware, tracked, answer, data):
    """AutoPID facts, 4.3."""
    assert heard("010C1", answer, behaviour=firmware, wide=len(answer) > 20, tracked=tracked) == data
    assert heard("010C1", answer, tracked=tracked) == "04410C1AF8"


@pytest.mark.parametrize(
    ("text", "request_hex", "count"), [("010C", "010C", None), ("010C1", "010C", 1), ("2201019", "220101", 9), ("01 0c", "010C", None)]
)
def test_an_odd_last_digit_is_the_expected_count(text, request_hex, count):
    question = Question.of(text)
    assert (question.request.hex().upper(), question.count) == (request_hex, count)


@pytest.mark.parametrize("text", ["", "1", "ATRV", "0x0C", "01" * 8])
def test_what_is_no_request(text):
    assert Question.of(text) is None
