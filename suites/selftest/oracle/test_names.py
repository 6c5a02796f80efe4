"""A parameter's key is its name, or one other form of it."""

import pytest

from rig.oracle.names import match

NAMES = ("0C-EngineRPM", "SPEED", "TestCustom")


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("TestCustom", True),
        ("testcustom", True),
        ("test_custom", True),
        ("custom/TestCustom", True),
        ("wican.custom.test-custom", True),
        ("TestCustom2", False),
        ("MyTestCustom", False),
        ("Test", False),
    ],
)
def test_a_namespace_or_another_spelling_is_the_same_parameter(key, found):
    matching = match(["TestCustom"], [key])
    assert (matching.keys.get("TestCustom") == key) is found
    assert bool(matching.unknown) is not found


def test_exact_names_need_no_report():
    matching = match(NAMES, NAMES)
    assert matching.keys == {name: name for name in NAMES}
    assert (matching.changed, matching.missing, matching.unknown, matching.ambiguous) == ({}, (), (), ())


def test_other_forms_are_reported():
    matching = match(NAMES, ["0c_engine_rpm", "SPEED", "custom.TestCustom"])
    assert matching.changed == {"0C-EngineRPM": "0c_engine_rpm", "TestCustom": "custom.TestCustom"}


def test_what_is_missing_and_what_is_unknown_is_named():
    matching = match(NAMES, ["SPEED", "gps_latitude"])
    assert matching.missing == ("0C-EngineRPM", "TestCustom")
    assert matching.unknown == ("gps_latitude",)


def test_two_parameters_never_share_a_key():
    assert match(["Test-Custom", "test_custom"], ["testcustom"]).ambiguous == ("Test-Custom", "test_custom")


def test_one_parameter_has_one_key():
    assert match(["TestCustom"], ["testcustom", "test_custom"]).ambiguous == ("TestCustom",)


def test_an_exact_key_belongs_to_its_own_name_only():
    matching = match(["SPEED", "GPS_SPEED"], ["GPS_SPEED"])
    assert matching.keys == {"GPS_SPEED": "GPS_SPEED"}
    assert matching.missing == ("SPEED",)
