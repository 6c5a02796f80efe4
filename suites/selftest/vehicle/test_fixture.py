"""Vehicles as files."""

import re

import can
import pytest

from rig.errors import UsageError
from rig.requirements import fixtures_folder
from rig.vehicle import Vehicle, read_vehicle

GOOD = """
[[ecu]]
name = "engine"
values = { 0C = 800, 14 = [0.5, 0] }

[[ecu]]
name = "battery"
request = "6F1"
response = "607"
address_bytes = "07F1"
answers = { 22DDBC = "0102" }
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "car.toml"


def test_a_vehicle_is_loaded(file):
    file.write_text(GOOD)
    with Vehicle(can.Bus(interface="virtual", channel="fixture")) as vehicle:
        vehicle.load(read_vehicle(file))
        assert list(vehicle.ecus) == ["engine", "battery"]
        assert vehicle.engine.value("0C") == bytes.fromhex("0C80")
        assert vehicle.engine.value("14") == bytes.fromhex("6480")
        assert vehicle.engine.value("0D") == bytes([50])
        assert vehicle.ecus["battery"].value("22DDBC") == b"\1\2"
        (addressing,) = vehicle.ecus["battery"].addressing
        assert (addressing.request_id, addressing.response_id, addressing.address_bytes) == (0x6F1, 0x607, (0x07, 0xF1))
        vehicle.load(read_vehicle(file))
        assert list(vehicle.ecus) == ["engine", "battery"]


@pytest.mark.parametrize(
    ("find", "replace", "complaint"),
    [
        ('name = "engine"', "", "ECU without name"),
        ("values", "value", "unknown key 'value'"),
        ("800", '"fast"', "0C has to be a number"),
        ('"6F1"', '"ECU"', "battery"),
        ('request = "6F1"\n', "", "request"),
        ('"07F1"', '"07"', "address_bytes"),
        ('"0102"', '"01x2"', "battery"),
        ("[[ecu]]", "[ecu]", "no TOML"),
        ("[[ecu]]", "[[unit]]", "list of [[ecu]]"),
        ("answers = {", "answers = 3 #", "tables"),
    ],
)
def test_a_damaged_file_is_refused(file, find, replace, complaint):
    assert find in GOOD
    file.write_text(GOOD.replace(find, replace, 1))
    with pytest.raises(UsageError, match=re.escape(complaint)) as refusal:
        read_vehicle(file)
    assert str(file) in str(refusal.value)


def test_a_missing_file_is_refused(file):
    with pytest.raises(UsageError, match="cannot be read"):
        read_vehicle(file)


@pytest.mark.parametrize("path", sorted((fixtures_folder() / "vehicles").glob("*.toml")), ids=lambda path: path.stem)
def test_the_vehicles_of_the_project_load(path):
    with Vehicle(can.Bus(interface="virtual", channel="fixture")) as vehicle:
        vehicle.load(read_vehicle(path))
