"""Standard PIDs against values worked out by hand from SAE J1979, and as shipped firmware reports them."""

import pytest

from rig.emulator.autopid import standard_pid_info
from rig.emulator.autopid.standard import decode, decode_as_shipped, find, supported, table

# name: (data bytes, by J1979, as shipped)
VALUES = {
    "04-CalcEngineLoad": ("FF", 100, 100),
    "05-EngineCoolantTemp": ("7B", 83, 83),
    "06-ShortFuelTrimBank1": ("FF", 99.21875, 99),
    "0B-IntakeManiAbsPress": ("FF", 255, 255),
    "0C-EngineRPM": ("1AF8", 1726, 1726),
    "0D-VehicleSpeed": ("00", 0, 0),
    "0E-TimingAdvance": ("80", 0, 0),
    "0F-IntakeAirTemperature": ("00", -40, -40),
    "10-MAFAirFlowRate": ("FFFF", 655.35, 655),
    "11-ThrottlePosition": ("80", 50.196, 50.196),
    "14-OxySensor1_Volt": ("FF80", 1.275, 1),
    "14-OxySensor1_STFT": ("FF80", 0, 0),
    "24-OxySensor1_Volt": ("8000FFFF", 8, 2),
    "2F-FuelTankLevel": ("33", 20, 20),
    "32-EvapSysVaporPres": ("FFFF", -0.25, 8192),
    "34-OxySensor1_Crnt": ("80008100", 1, 1),
    "42-ControlModuleVolt": ("36B0", 14, 14),
    "46-AmbientAirTemp": ("28", 0, 0),
    "4F-Max_IntManiAbsPres": ("01020304", 40, 40),
    "54-EvapSysVapPres": ("FFFE", -2, 32767),
    "5D-FuelInjectionTiming": ("8000", 46, 46),
    "66-MAFSensorB": ("0300200040", 2, 2),
    "7C-DPF_Temperature": ("0100200040", None, -14.4),
    "A4-TransmissionActualGear": ("001003E8", 1, 1),
    "A6-Odometer": ("00012D69", 7716.1, 7716.1),
    "01-MonitorStatus": ("81076504", None, 0),
}


@pytest.mark.parametrize("name", VALUES)
def test_values(name):
    data, right, shipped = VALUES[name]
    payload = bytes.fromhex("41" + name[:2] + data)
    assert decode(find(name), payload) == (None if right is None else pytest.approx(right, abs=0.005))
    assert decode_as_shipped(find(name), bytes([len(payload)]) + payload) == pytest.approx(shipped, abs=0.005)


def test_a_long_answer_is_read_where_its_data_is():
    """68 has seven data bytes and comes in two frames; shipped firmware reads it as if it were one."""
    payload = bytes.fromhex("4168" "03" "5A" "5B" "00000000")
    assert decode(find("68-IntakeAirTempSens2"), payload) == 51


def test_too_short_an_answer_has_no_value():
    assert decode(find("0C-EngineRPM"), bytes.fromhex("410C1A")) is None
    assert decode_as_shipped(find("0C-EngineRPM"), bytes.fromhex("03410C1A")) is None


def test_the_list_is_the_devices():
    listed = standard_pid_info()
    assert len(table()) == 167
    assert len(listed) == 205
    assert {"name": "0C-EngineRPM", "unit": "rpm", "class": "speed"} in listed
    assert find("0C-Enginerpm") is None


def test_bitmaps_of_all_ecus_are_joined():
    assert supported([bytes.fromhex("410080000001"), bytes.fromhex("410000100000")], "00") == ["01", "0C", "20"]
