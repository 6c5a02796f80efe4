"""What may be asked of a device under test, over its web API, its console and its power supply."""

from rig.device.port import Device
from rig.device.settings import (
    AutomateDocument,
    CarProfile,
    CertSet,
    CustomPid,
    DestinationEntry,
    Parameter,
    ProfileParameter,
    ProfilePid,
    StandardPid,
)

__all__ = [
    "AutomateDocument",
    "CarProfile",
    "CertSet",
    "CustomPid",
    "DestinationEntry",
    "Device",
    "Parameter",
    "ProfileParameter",
    "ProfilePid",
    "StandardPid",
]
