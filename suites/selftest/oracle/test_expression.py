"""The expression language against values worked out by hand, and against Python's own arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.oracle.expression import ExpressionError, acceptable_values, as_received, evaluate

#                        B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 10 11
RECEIVED = bytes.fromhex("10 14 62 FF 80 01 FE 7F 21 F0 AA 55")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("B3", 255), ("S3", -1), ("B03", 255), ("B3:7", 1), ("B3:0", 1), ("B4:6", 0), ("B", 16), ("S7", 127), ("V", 0),
        ("[B3:B4]", 65408), ("[S3:S4]", -128), ("[S3:S5]", -32767), ("[S3:S6]", -8388098), ("[B 3:B 4]", 65408), ("[B4:B4]", 128),
        ("[B0:B7]", float(0x101462FF8001FE7F)), ("1+2<<3", 24), ("8>>1+1", 2), ("10 - 2 * 3", 4), ("100-50-25", 25), ("64/4/2", 8),
        ("B3|1^2", 253), ("2^3", 1), ("6/4", 1.5), ("7.9&3", 3), ("0-B3", -255), ("1.5*2", 3), (".5+.25", 0.75), ("5.", 5),
        ("-B1", -20), ("-B1+2", -18), ("(-5)+3", -2), ("3*-5", -15), ("3*(-5)", -15), ("(B3-40)*-1", -215), ("+1", 1),
        ("((B1*256)+B2)/10", 521.8), ("B3&15", 15), ("B4>>4&3", 0), ("(B3<<8)+B4", 65408), ("0-7.9&3", 1), ("\tB3 / 2 ", 127.5),
        ("1|2&3<<1", 3), ("+".join(["(-1)"] * 60), -60),
    ],
)  # fmt: skip
def test_values_worked_out_by_hand(expression, value):
    assert evaluate(expression, RECEIVED) == value


@pytest.mark.parametrize(
    "expression",
    [
        "", " ", "()", "1+", "*2", "(B3", "B3)", "[B3:B4", "[B3", "[B3:S4]", "[B3:4]", "[B4:B3]", "[B0:B8]", "5/0", "B3/(B1-20)", "1/(2-2)",
        "b3", "x", "2(3)", "B3B4", "B3 B4", "3 4 +", "1e3", "0x10", "1.2.3", "B3:8", "B3:12", "B3:", "7%2", "~1", "B12", "[B11:B12]", "S99",
        "B12:0", "1<<64", "1<<-1", "abs(B3)", "B3,B4", "[V:V]", "B3:0:1", "1=1", "(" * 100 + "1" + ")" * 100, "-" * 100 + "1", "٣",
        "9" * 400, "9" * 400 + "*0", "9" * 300 + "<<63", "9" * 400 + "|1",
    ],
)  # fmt: skip
def test_what_gives_no_value(expression):
    with pytest.raises(ExpressionError):
        evaluate(expression, RECEIVED)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("B12", "'B12' asks for byte 12 of an answer of 12"),
        ("1/0", "a division by zero"),
        ("(1", "'(1' ends too early"),
        ("1 ? 2", "cannot be read on"),
    ],
)
def test_the_reason_is_said(expression, message):
    with pytest.raises(ExpressionError, match=message.replace("(", r"\(").replace("?", r"\?")):
        evaluate(expression, RECEIVED)


OPERANDS = st.integers(0, 300).map(str) | st.integers(0, 11).map("B{}".format)
SUMS = st.recursive(
    OPERANDS,
    lambda inside: st.builds("{}{}{}".format, inside, st.sampled_from(["+", "-", "*", "&", " - ", "|"]), inside)
    | st.builds("(({}){}{})".format, inside, st.sampled_from(["<<", ">>"]), st.integers(0, 2))
    | inside.map("({})".format)
    | inside.map("-{}".format),
    max_leaves=5,
)


@given(SUMS)
def test_whole_numbers_come_out_as_in_python(expression):
    """These operators bind alike in Python, and shift and mask alike."""
    bytes_by_name = {f"B{index}": byte for index, byte in enumerate(RECEIVED)}
    assert evaluate(expression, RECEIVED) == eval(expression, {"__builtins__": {}}, bytes_by_name)


@given(st.text(alphabet="BSV0123456789[]():+-*/&|^<>. ", max_size=20))
def test_whatever_a_user_enters_gives_a_finite_value_or_none(expression):
    try:
        value = evaluate(expression, RECEIVED)
    except ExpressionError:
        return
    assert value - value == 0


@pytest.mark.parametrize(
    ("answer", "received"),
    [
        ("41 0C 1A F8", "04 41 0C 1A F8"),
        ("62 F1 90 FF 01 02 03", "07 62 F1 90 FF 01 02 03"),
        ("62 F1 90 FF 01 02 03 04", "10 08 62 F1 90 FF 01 02 21 03 04"),
        (
            "61 01 FF FF FF FF BA 1D 2E 26 48 03 00 18 00 01",
            "10 10 61 01 FF FF FF FF 21 BA 1D 2E 26 48 03 00 22 18 00 01",
        ),
    ],
)
def test_bytes_are_counted_with_those_that_say_what_a_frame_is(answer, received):
    assert as_received(bytes.fromhex(answer)) == bytes.fromhex(received)


def test_consecutive_frames_count_to_fifteen_and_from_zero_again():
    received = as_received(bytes(6 + 7 * 17))
    assert [received[8 * frame] for frame in range(1, 18)] == [0x20 | frame & 0xF for frame in range(1, 18)]


def test_the_examples_of_public_profiles():
    assert evaluate("[B3:B4]*0.25", as_received(bytes.fromhex("410C1AF8"))) == 1726
    assert evaluate("B4/2", as_received(bytes.fromhex("62F190FF"))) == 127.5
    assert evaluate("B09/2", as_received(bytes.fromhex("6101FFFFFFFFBA1D2E2648030018"))) == 93


def test_any_answer_that_there_was_may_show_and_one_too_short_shows_nothing():
    assert acceptable_values("B4/2", "22F190", [b"\xff", b"\x02\x00", b""]) == {127.5, 1.0}
    assert acceptable_values("[B3:B4]*0.25", "010C", [bytes.fromhex("1AF8")]) == {1726}
    assert acceptable_values("B1", "22F190", [b"\xff"]) == {0x62}
    assert acceptable_values("1/0", "22F190", [b"\xff"]) == set()
