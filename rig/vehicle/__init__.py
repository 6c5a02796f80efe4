"""The simulated vehicle: ECUs that answer OBD requests on a CAN bus, rightly or with scripted faults."""

from rig.vehicle.drive import DriveCycle, Driver
from rig.vehicle.ecu import Ecu, FlowControl
from rig.vehicle.faults import (
    CutOff,
    Duplicated,
    Fault,
    FaultScript,
    ForeignEcu,
    Gap,
    IgnoresFlowControl,
    Late,
    MisnumberedFrame,
    Negative,
    NoAnswer,
    PendingThenAnswer,
    RepeatedFrame,
    SkippedFrame,
    SwappedFrames,
    TooShort,
    WrongPid,
)
from rig.vehicle.fixture import VehicleFixture, default_vehicle, read_vehicle
from rig.vehicle.hub import Hub
from rig.vehicle.memory import Change
from rig.vehicle.requests import EcuRequest
from rig.vehicle.transport import OBD_11, OBD_29, Addressing
from rig.vehicle.vehicle import Vehicle

__all__ = [
    "OBD_11",
    "OBD_29",
    "Addressing",
    "Change",
    "CutOff",
    "DriveCycle",
    "Driver",
    "Duplicated",
    "Ecu",
    "EcuRequest",
    "Fault",
    "FaultScript",
    "FlowControl",
    "ForeignEcu",
    "Gap",
    "Hub",
    "IgnoresFlowControl",
    "Late",
    "MisnumberedFrame",
    "Negative",
    "NoAnswer",
    "PendingThenAnswer",
    "RepeatedFrame",
    "SkippedFrame",
    "SwappedFrames",
    "TooShort",
    "Vehicle",
    "VehicleFixture",
    "WrongPid",
    "default_vehicle",
    "read_vehicle",
]
