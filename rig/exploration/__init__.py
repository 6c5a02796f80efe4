"""Sequences of everything a user, a server and the power supply may do, tried on a device and held against a model of the document."""

from rig.exploration.explorer import Explorer, Scenes
from rig.exploration.findings import Findings
from rig.exploration.plugin import seconds_of
from rig.exploration.script import read_script

__all__ = ["Explorer", "Findings", "Scenes", "read_script", "seconds_of"]
