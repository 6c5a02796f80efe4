"""From a number to what telemetry shows, and the state of the ECUs."""

import math

import pytest

from rig.emulator.active import ActiveParameter
from rig.emulator.autopid.ecu import Marks, Settling
from rig.emulator.autopid.values import shown
from rig.emulator.behaviour import Behaviour


def show(value, behaviour=Behaviour(), **limits):  # noqa: B008 (a frozen value)
    return shown(ActiveParameter("P", "custom", "010C", **limits), value, behaviour)


@pytest.mark.parametrize(
    ("value", "text"),
    [(4147.0, "4147"), (62.349998474, "62.35"), (0.125, "0.13"), (-0.125, "-0.13"), (-0.001, "0"), (1726.2, "1726.2"), (1e300, "1e+300")],
)
def test_two_decimals(value, text):
    assert str(show(value)) == text


@pytest.mark.parametrize("value", [None, math.inf, -math.inf, math.nan])
def test_what_is_no_number_is_not_shown(value):
    assert show(value) is None


def test_values_outside_the_limits_are_not_shown(firmware):
    assert (show(10.0, maximum=10), show(10.01, maximum=10), show(-1.0, minimum=0), show(0.0, minimum=0)) == (10, None, None, 0)
    assert show(10.004, maximum=10) == 10
    assert show(10.004, firmware.but(limits_before_rounding=True), maximum=10) is None


def test_on_and_off():
    assert (show(1.0, binary=True), show(0.0, binary=True), show(0.004, binary=True)) == ("on", "off", "off")


def test_shipped_firmware_keeps_32_bits(firmware):
    assert (show(16777217.0), show(16777217.0, firmware)) == (16777217, 16777216)
    assert show(62.35, firmware) == 62.35


def test_ecus_are_online_from_the_first_word_until_they_have_been_silent_for_a_while():
    ecus = Settling(5.0)
    ecus.polled("A", 1.0, alive=False, failed=True)
    assert not ecus.online
    ecus.polled("A", 2.0, alive=True, failed=False)
    ecus.polled("B", 2.1, alive=False, failed=True)
    ecus.check(9.0)
    assert ecus.online  # A, asked every ten seconds, say, has answered the last time
    ecus.polled("A", 12.0, alive=False, failed=True)
    assert ecus.due() == 7.0
    ecus.check(12.0)
    assert not ecus.online


def test_shipped_firmware_goes_by_marks():
    """AutoPID facts, 7.5: what is never asked never fails."""
    ecus = Marks(["A", "B"])
    ecus.check(0.0)
    ecus.polled("A", 0.5, alive=False, failed=True)
    ecus.check(1.9)
    assert not ecus.online
    ecus.check(2.0)
    assert ecus.online
    ecus.polled("B", 2.5, alive=True, failed=True)
    ecus.check(4.0)
    assert not ecus.online
