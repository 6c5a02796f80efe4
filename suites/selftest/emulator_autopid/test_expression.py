"""The expression language, against vectors and against an evaluator that works on trees instead of text."""

import math
from contextlib import suppress

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rig.emulator.autopid.expression import bytes_of, evaluate
from rig.emulator.autopid.operators import Dialect, ExpressionError, ExpressionHangsError

ANSWER = bytes.fromhex("10 14 62 FF 80 01 FE 7F 21 F0 AA 55")
SHIPPED = Dialect(strict=False, signs_any_width=False, bits=32, hangs=True)


def value(expression, dialect=Dialect(), data=ANSWER):  # noqa: B008 (a frozen value)
    return evaluate(expression, bytes_of(data), dialect)


# What both readings agree on (AutoPID facts, 3.4)
VECTORS = {
    "B3": 255, "S3": -1, "B3:7": 1, "B3:0": 1, "B4:9": 0, "B3&15": 15, "1+2<<3": 24, "8>>1+1": 2, "10 - 2 * 3": 4,
    "100-50-25": 25, "[B 3:B 4]": 65408, "[B4:B3]": 0, "[B3:B4]": 65408, "[S3:S4]": -128, "[S3:S6]": -8388098, "B3|1^2": 253,
    "2^3": 1, "6/4": 1.5, "7.9&3": 3, "0-B3": -255, "B09": 0xF0, "B": 0x10, ".5*4": 2, "V+1": 1, "[S4:S4]": -128,
    "-B1": -20, "-B1+2": -18, "(-5)+3": -2, "+1": 1, "\t( B3 - 40 ) * 2": 430, "[B0:B7]": float(0x101462FF8001FE7F),
}  # fmt: skip


@pytest.mark.parametrize("dialect", [Dialect(), SHIPPED], ids=["strict", "shipped"])
@pytest.mark.parametrize("expression", VECTORS)
def test_vectors_hold_in_both_readings(expression, dialect):
    assert value(expression, dialect) == VECTORS[expression]


WHERE_SHIPPED_FIRMWARE_IS_WRONG = {
    "3*-5": (-15, -5), "[B3:B4]*-1": (-65408, -1), "(B3-40)*-1": (-215, -1), "3*(-5)": (-15, 0), "[S3:S5]": (-32767, 16744449),
    "2*-B1+1": (-39, -19), "[S3:S7]": (0xFF8001FE7F - (1 << 40), 0xFF8001FE7F),
}  # fmt: skip


@pytest.mark.parametrize("expression", WHERE_SHIPPED_FIRMWARE_IS_WRONG)
def test_signs_go_wrong_only_in_shipped_firmware(expression):
    right, wrong = WHERE_SHIPPED_FIRMWARE_IS_WRONG[expression]
    assert (value(expression), value(expression, SHIPPED)) == (right, wrong)


@pytest.mark.parametrize(("expression", "shipped"), [("(B3", 0), ("2+(3", 0), ("1+", 1), ("3 4 +", 7), ("1.2.3", 1.2)])
def test_what_shipped_firmware_lets_pass_is_an_error(expression, shipped):
    assert value(expression, SHIPPED) == pytest.approx(shipped)
    with pytest.raises(ExpressionError):
        value(expression)


ERRORS = ["", " ", "()", "2(3)", "B3B4", "B3 B4", "5/0", "B3)", "[B3:S4]", "[B3:4]", "[B0:B8]", "1e3", "0x10", "b3", "5%3", "~1", "B12",
          "[B11:B12]", "none", "1 2", "*", "S3:1", "B99999999"]  # fmt: skip


@pytest.mark.parametrize("dialect", [Dialect(), SHIPPED], ids=["strict", "shipped"])
@pytest.mark.parametrize("expression", ERRORS)
def test_errors_in_both_readings(expression, dialect):
    with pytest.raises(ExpressionError):
        value(expression, dialect)


@pytest.mark.parametrize("expression", ["[B3:B4", "[B3:B4 ]", "1+[S3:S4"])
def test_a_range_that_is_not_closed_hangs_shipped_firmware_only(expression):
    with pytest.raises(ExpressionHangsError):
        value(expression, SHIPPED)
    if not expression.endswith("]"):
        with pytest.raises(ExpressionError):
            value(expression)


def test_a_result_beyond_all_numbers_is_an_error():
    endless = "9" * 400
    with pytest.raises(ExpressionError):
        value(endless)
    assert value(endless, Dialect(finite=False)) == math.inf


def test_bits_of_an_unsigned_32_bit_range_are_kept():
    assert value("[B3:B6]&255") == 0xFE
    assert value("[B3:B6]>>16") == 0xFF80


def test_shipped_firmware_saturates_at_32_bits():
    assert value("[B3:B6]&255", SHIPPED) == 0xFF
    assert value("1<<33", SHIPPED) == 2


# Trees: an evaluator that shares nothing with the one under test ------------------------------------------------------

LEVEL = {"*": 5, "/": 5, "+": 4, "-": 4, "<<": 3, ">>": 3, "&": 2, "^": 1, "|": 1}

leaves = st.one_of(
    st.integers(0, 999).map(lambda number: (str(number), float(number))),
    st.sampled_from(["1.5", "0.25", ".5", "12."]).map(lambda text: (text, float(text))),
    st.integers(0, 11).map(lambda n: (f"B{n:02d}", float(ANSWER[n]))),
    st.integers(0, 11).map(lambda n: (f"S{n}", float((ANSWER[n] ^ 0x80) - 0x80))),
    st.tuples(st.integers(0, 11), st.integers(0, 7)).map(lambda nk: (f"B{nk[0]}:{nk[1]}", float(ANSWER[nk[0]] // 2 ** nk[1] % 2))),
    st.tuples(st.integers(0, 8), st.integers(0, 3)).map(lambda ab: _range_leaf("B", ab[0], ab[0] + ab[1])),
    st.tuples(st.integers(0, 8), st.integers(0, 3)).map(lambda ab: _range_leaf("S", ab[0], ab[0] + ab[1])),
)


def _range_leaf(kind, first, last):
    number = 0
    for byte in ANSWER[first : last + 1]:
        number = number * 256 + byte
    if kind == "S" and ANSWER[first] >= 128:
        number -= 256 ** (last - first + 1)
    return f"[{kind}{first}:{kind}{last}]", float(number)


trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.just("neg"), inner),
        st.tuples(st.sampled_from(sorted(LEVEL)), inner, inner),
    ),
    max_leaves=8,
)


def compute(tree):
    if isinstance(tree[1], float):
        return tree[1]
    if tree[0] == "neg":
        return -compute(tree[1])
    left, right = compute(tree[1]), compute(tree[2])
    if tree[0] in "+-*/":
        return {"+": left.__add__, "-": left.__sub__, "*": left.__mul__, "/": left.__truediv__}[tree[0]](right)
    left, right = int(left), int(right)
    assume(abs(left) < 2**40 and abs(right) < 2**40 and (tree[0] in "&|^" or 0 <= right < 20))
    return float({"&": left.__and__, "|": left.__or__, "^": left.__xor__, "<<": left.__lshift__, ">>": left.__rshift__}[tree[0]](right))


def write(tree, blank):
    """The text of a tree, with parentheses only where the grammar needs them."""
    if isinstance(tree[1], float):
        return tree[0], 9
    if tree[0] == "neg":
        text, strength = write(tree[1], blank)
        return "-" + (text if strength >= 6 else f"({text})"), 6
    level = LEVEL[tree[0]]
    left, left_strength = write(tree[1], blank)
    right, right_strength = write(tree[2], blank)
    left = left if left_strength >= level else f"({left})"
    right = right if right_strength > level else f"({right})"
    return f"{left}{blank}{tree[0]}{blank}{right}", level


@given(tree=trees, blank=st.sampled_from(["", " ", "\t "]))
@example(tree=("*", ("3", 3.0), ("neg", ("5", 5.0))), blank="")
@example(tree=("-", ("1", 1.0), ("-", ("2", 2.0), ("3", 3.0))), blank=" ")
def test_text_and_tree_agree(tree, blank):
    text, _ = write(tree, blank)
    try:
        expected = compute(tree)
    except ZeroDivisionError:
        with pytest.raises(ExpressionError):
            value(text)
        return
    assert value(text) == expected


@given(st.text(alphabet="BSV0123456789.:[]()+-*/&|^<> e", max_size=24))
@example("(" * 5000)
@example("B" + "9" * 5000)
@example("1>>" + "9" * 5000)
@example("-" * 5000 + "1")
def test_no_text_does_worse_than_an_error(text):
    for dialect in (Dialect(), SHIPPED):
        with suppress(ExpressionError, ExpressionHangsError):
            assert math.isfinite(value(text, dialect))
