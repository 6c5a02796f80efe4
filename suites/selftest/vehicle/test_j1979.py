"""The table of standard PIDs against values worked out by hand from SAE J1979."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig import j1979
from rig.errors import UsageError

TABLE = j1979.table()
FIELDS = [(pid, field) for pid in TABLE.values() for field in pid.fields]

# PID, values in the order of the standard, data bytes; each line worked out on paper, value = number * scale + offset.
BY_HAND = [
    ("04", [0], "00"),
    ("04", [100], "ff"),
    ("04", [128 * 100 / 255], "80"),
    ("05", [-40], "00"),
    ("05", [83], "7b"),  # 0x7B = 123, 123 - 40
    ("05", [215], "ff"),
    ("06", [-100], "00"),
    ("06", [0], "80"),
    ("06", [99.21875], "ff"),  # 127 / 128
    ("0A", [765], "ff"),
    ("0B", [101], "65"),
    ("0C", [1726], "1af8"),  # 0x1AF8 = 6904, a quarter of it
    ("0C", [16383.75], "ffff"),
    ("0D", [255], "ff"),
    ("0E", [-64], "00"),
    ("0E", [0], "80"),
    ("0E", [63.5], "ff"),
    ("0F", [-40], "00"),
    ("10", [34.81], "0d99"),  # 0x0D99 = 3481
    ("11", [100], "ff"),
    ("14", [0.45, 0], "5a80"),
    ("1B", [1.275, 99.21875], "ffff"),
    ("1F", [65535], "ffff"),
    ("21", [1000], "03e8"),
    ("22", [0.79], "000a"),
    ("23", [4000], "0190"),
    ("24", [1, 4], "80008000"),  # 2/65536 and 8/65536 a bit
    ("2B", [0.5, 2], "40004000"),
    ("2C", [20], "33"),  # 51 / 255
    ("2D", [-100], "00"),
    ("2F", [40], "66"),  # 102 / 255
    ("30", [12], "0c"),
    ("31", [65535], "ffff"),
    ("32", [-0.25], "ffff"),  # two's complement
    ("32", [-8192], "8000"),
    ("32", [8191.75], "7fff"),
    ("33", [101], "65"),
    ("34", [1, 0], "80008000"),  # 0x8000 is 0 mA
    ("34", [1, -128], "80000000"),
    ("3C", [-40], "0000"),
    ("3F", [6513.5], "ffff"),
    ("42", [14.1], "3714"),  # 0x3714 = 14100
    ("43", [100], "00ff"),
    ("43", [25700], "ffff"),
    ("44", [1], "8000"),
    ("46", [20], "3c"),
    ("4D", [258], "0102"),
    ("4F", [1, 2, 3, 40], "01020304"),
    ("50", [2550], "ff000000"),
    ("52", [100], "ff"),
    ("53", [327.675], "ffff"),
    ("54", [-1], "ffff"),
    ("54", [32767], "7fff"),
    ("55", [0, -100], "8000"),
    ("59", [10], "0001"),
    ("5C", [95], "87"),
    ("5D", [-210], "0000"),
    ("5D", [0], "6900"),  # 210 * 128 = 26880
    ("5E", [3.5], "0046"),
    ("61", [0], "7d"),
    ("62", [130], "ff"),
    ("63", [250], "00fa"),
    ("64", [-125, 0, 1, 2, 130], "007d7e7fff"),
    ("66", [1, 2], "0300200040"),  # both sensors supported, 1/32 g/s a bit
    ("67", [90, -40], "038200"),
    ("68", [-40, 0, 20, 40, 60, 215], "3f00283c5064ff"),
    ("7C", [-40, 0, 60, 160], "0f0000019003e807d0"),
    ("84", [215], "ff"),
    ("8D", [60], "99"),  # 153 / 255
    ("8E", [-25], "64"),
    ("9B", [32.5, 20, 100], "f0823cff"),
    ("9D", [1, 2], "00320064"),
    ("9E", [100], "01f4"),
    ("A2", [1], "0020"),
    ("A4", [3.5], "03300dac"),
    ("A5", [50, 1], "036407d0"),
    ("A6", [45678.9], "0006f855"),  # 456789
]
COMMON = {"04", "05", "0B", "0C", "0D", "0E", "0F", "11", "2F", "42", "46"}


@pytest.mark.parametrize(("pid", "values", "data"), BY_HAND, ids=str)
def test_values_worked_out_by_hand(pid, values, data):
    assert TABLE[pid].encode(*values).hex() == data
    decoded = TABLE[pid].decode(bytes.fromhex(data)).values()
    assert list(decoded) == pytest.approx(values, abs=1e-9)


def test_every_kind_of_entry_was_worked_out():
    """PIDs that are not in the list above are repetitions of one that is."""
    kinds = {(pid.length, pid.initial, *((f.first, f.length, f.scale, f.offset, f.signed) for f in pid.fields)) for pid in TABLE.values()}
    covered = {
        (pid.length, pid.initial, *((f.first, f.length, f.scale, f.offset, f.signed) for f in pid.fields))
        for pid in (TABLE[row[0]] for row in BY_HAND)
    }
    assert kinds == covered


def test_the_common_pids_are_there():
    assert TABLE.keys() >= COMMON


def test_lengths_are_those_of_the_standard():
    many = {pid.pid: pid.length for pid in TABLE.values() if pid.length > 2}
    oxygen = (*range(0x24, 0x2C), *range(0x34, 0x3C))
    four = {f"{number:02X}" for number in (*oxygen, 0x4F, 0x50, 0x9B, 0x9D, 0xA4, 0xA5, 0xA6)}
    assert many == dict.fromkeys(four, 4) | {"64": 5, "66": 5, "67": 3, "68": 7, "7C": 9}
    assert {pid.pid for pid in TABLE.values() if not pid.single_frame} == {"68", "7C"}


def test_the_names_of_the_device_lead_to_one_field_each():
    assert j1979.by_device_name()["14-OxySensor1_STFT"] == (TABLE["14"], TABLE["14"].field("trim"))
    assert len(j1979.by_device_name()) == sum(field.device_name is not None for _, field in FIELDS)


@given(st.sampled_from(FIELDS).flatmap(lambda entry: st.tuples(st.just(entry), st.integers(entry[1].numbers[0], entry[1].numbers[-1]))))
def test_every_number_survives_decoding_and_encoding(case):
    (pid, field), number = case
    data = bytearray(pid.initial)
    data[field.first : field.first + field.length] = number.to_bytes(field.length, "big", signed=field.signed)
    assert field.number(field.decode(bytes(data))) == number


@given(st.sampled_from(FIELDS).flatmap(lambda entry: st.tuples(st.just(entry), st.floats(entry[1].minimum, entry[1].maximum))))
def test_a_value_is_taken_to_the_nearest_step(case):
    (pid, field), value = case
    decoded = field.decode(pid.encode(**{field.name: value}))
    assert abs(decoded - value) <= field.step / 2 * (1 + 1e-9)


@pytest.mark.parametrize("value", [-0.2, 16384, math.nan, math.inf, -math.inf])
def test_a_value_out_of_range_is_refused(value):
    with pytest.raises(UsageError, match="rpm"):
        TABLE["0C"].encode(value)


@pytest.mark.parametrize(
    ("values", "named", "complaint"),
    [
        ((), {}, "needs a value"),
        ((1, 2, 3), {}, "has 2 values"),
        ((1,), {"volts": 1}, "twice"),
        ((), {"rpm": 1}, "no value 'rpm'"),
    ],
)
def test_values_that_do_not_fit_the_pid_are_refused(values, named, complaint):
    with pytest.raises(UsageError, match=complaint):
        TABLE["14"].encode(*values, **named)


def test_what_is_not_given_stays():
    assert TABLE["14"].encode(trim=0, base=b"\x5a\x00").hex() == "5a80"


def test_a_short_answer_is_not_decoded():
    with pytest.raises(ValueError, match="needs 2 data bytes"):
        TABLE["0C"].decode(b"\x1a")


GOOD = '[pid.0C]\nname = "n"\nbytes = 2\nfields = [{name="rpm", at="A", bytes=2, scale="1/4", min=0, max=16383.75, unit="rpm"}]\n'


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        ("[pid.0C]", "[pid.0c]"),
        ("16383.75", "16384.5"),
        ("bytes = 2", "bytes = 1"),
        ('at="A"', 'at="B"'),
        ('scale="1/4", ', ""),
        ('scale="1/4"', 'scale="a quarter"'),
        ("fields", "felder"),
        ("[pid.0C]", "[pid.0C"),
        ("pid", "pids"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path, find, replace):
    file = tmp_path / "table.toml"
    file.write_text(GOOD)
    assert list(j1979.read(file)) == ["0C"]
    file.write_text(GOOD.replace(find, replace, 1))
    with pytest.raises(UsageError, match=re.escape(str(file))):
        j1979.read(file)


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        j1979.read(tmp_path / "none.toml")
