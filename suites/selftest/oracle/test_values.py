"""Values: how close is true, what an answer may have been, and what it decodes to."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.errors import UsageError
from rig.oracle import standard, values
from rig.oracle.payload import Number
from rig.tolerance import Tolerances

TABLE = Tolerances()


@pytest.mark.parametrize(
    ("seen", "expected", "true"),
    [
        (34.81, 34.81, True),
        (34.82, 34.81, True),
        (34.80, 34.81, True),
        (34.83, 34.81, False),
        (Number("62.35"), 62.349998, True),
        (99.23, 99.21875, True),
        (99.24, 99.21875, False),
        (99.208, 99.21875, True),
        (127.5, 127, False),
        (0, 0.005, True),
        (16777217.0, 16777216.0, True),
        (16777219.5, 16777216.0, False),
        (4294967296, 4294967295, True),
        (True, 1, False),
        ("1", 1, False),
        (None, 0, False),
        (math.nan, 0, False),
        (math.inf, 1, False),
        (10**400, 1.5, False),
    ],
)
def test_true_is_one_step_and_the_precision_of_a_float(seen, expected, true):
    assert values.agrees(seen, expected, TABLE) is true


@given(st.floats(-1e9, 1e9))
def test_a_value_that_went_through_a_32_bit_float_and_rounding_is_true(value):
    (stored,) = struct.unpack("f", struct.pack("f", round(value, 2)))
    assert values.agrees(round(stored, 2), value, TABLE)


def test_any_answer_that_there_was_may_show():
    assert values.is_one_of(12.0, {10.0, 12.0}, TABLE)
    assert not values.is_one_of(11.0, {10.0, 12.0}, TABLE)
    assert not values.is_one_of(11.0, set(), TABLE)


def test_a_counter_tells_posts_that_were_sent_again():
    assert values.not_growing([1, 2, 2, 5, 4]) == [2, 4]
    assert values.not_growing([1, 3, 7]) == values.not_growing([]) == []


@pytest.mark.parametrize(
    ("name", "data", "value"),
    [
        ("04-CalcEngineLoad", "FF", 100.0),
        ("05-EngineCoolantTemp", "7B", 83.0),
        ("06-ShortFuelTrimBank1", "FF", 99.21875),
        ("0C-EngineRPM", "1AF8", 1726.0),
        ("0D-VehicleSpeed", "32", 50.0),
        ("0E-TimingAdvance", "80", 0.0),
        ("0F-IntakeAirTemperature", "00", -40.0),
        ("10-MAFAirFlowRate", "0D99", 34.81),
        ("14-OxySensor1_STFT", "00FF", 99.21875),
        ("42-ControlModuleVolt", "36B0", 14.0),
    ],
)
def test_answers_decode_as_j1979_says(name, data, value):
    assert standard.decode(name, bytes.fromhex(data)) == pytest.approx(value)


def test_padding_behind_the_data_bytes_does_not_matter():
    assert standard.decode("0C-EngineRPM", bytes.fromhex("1AF8AAAA")) == 1726.0


def test_an_answer_that_is_too_short_gives_no_value():
    assert standard.acceptable_values("0C-EngineRPM", [b"\x1a", bytes.fromhex("1AF8"), bytes.fromhex("0FA0")]) == {1726.0, 1000.0}
    with pytest.raises(ValueError, match="needs 2 data bytes"):
        standard.decode("0C-EngineRPM", b"\x1a")


def test_a_name_that_the_table_lacks_is_said():
    with pytest.raises(UsageError, match="'0C-Speed'"):
        standard.decode("0C-Speed", b"\0\0")
    assert standard.unit("0C-EngineRPM") == "rpm"
