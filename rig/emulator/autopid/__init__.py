"""AutoPID: what asks the vehicle for values. Knows a python-can bus, the active configuration and the device's knobs."""

from rig.emulator.autopid.engine import Autopid
from rig.emulator.autopid.poll import Poll
from rig.emulator.autopid.standard import standard_pid_info

__all__ = ["Autopid", "Poll", "standard_pid_info"]
