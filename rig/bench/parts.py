"""The parts of a bench: what it is joined from, and an emulated one on loopback (``checkup`` opens what a bench file describes)."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import can

from rig.bench.backup import Backup
from rig.bench.restart import Allowance
from rig.device import Device
from rig.device.emulated import EmulatedDevice, EmulatorOptions
from rig.pki import Authority
from rig.profile import DeviceProfile, read_profile
from rig.tolerance import Tolerances
from rig.vehicle import Hub, Vehicle

EMULATED_HOST = "receiver.bench.rig.test"
"""Four labels, so that a wildcard can be right, one label short and one label too many."""
EMULATED_ADDRESS = "127.0.0.1"


@dataclass
class Parts:
    """What a bench is joined from; closing `stack` stops what was started, in reverse order.

    `loops_back` says that the receivers' address was found to lead back to this machine, `backup` is what the device is owed.
    """

    device: Device
    vehicle: Vehicle
    profile: DeviceProfile
    host: str
    address: str
    listen: str
    ports: tuple[int, ...] = ()
    default_anchor: Authority | None = None
    allowance: Allowance = Allowance()
    tolerances: Tolerances = Tolerances()
    loops_back: bool = False
    backup: Backup | None = None
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def features(self) -> frozenset[str]:
        """What device and bench declare together."""
        anchor = {"default_bundle_anchor"} if self.default_anchor else set()
        declared = self.profile.features - {"console"} if "console" not in self.device.abilities else self.profile.features
        return frozenset(declared | (self.device.abilities - {"console"}) | anchor)


def emulated_parts(options: EmulatorOptions) -> Parts:
    """Starts hub, vehicle and emulator.

    Raises:
        BenchError: one of them does not start.
        UsageError: no such profile.
    """
    profile = read_profile(options.profile)
    with ExitStack() as stack:
        hub = stack.enter_context(Hub())
        vehicle = stack.enter_context(Vehicle(can.Bus(interface="rigbus", channel=hub.address)))
        anchor = Authority.root("Rig Public Root")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wican-rig-bundle-")))
        bundle = folder / "default-bundle.pem"
        bundle.write_bytes(anchor.certificate_pem)
        device = EmulatedDevice(
            replace(options, can_channel=hub.address, default_bundle=bundle, resolve=((EMULATED_HOST, EMULATED_ADDRESS),))
        )
        stack.callback(device.close)
        return Parts(
            device=device,
            vehicle=vehicle,
            profile=replace(profile, features=profile.features | frozenset(options.features)),
            host=EMULATED_HOST,
            address=EMULATED_ADDRESS,
            listen=EMULATED_ADDRESS,
            default_anchor=anchor,
            allowance=Allowance(look_every_s=0.02),
            stack=stack.pop_all(),
        )
