"""AutoPID: what asks the vehicle for values. Knows a python-can bus, the active configuration and the device's knobs."""

from rig.emulator.autopid.engine import Autopid
from rig.emulator.autopid.poll import Poll

__all__ = ["Autopid", "Poll"]
