"""The parts of a bench, found or started: an emulated bench on loopback, or the one that a bench file describes."""

import json
import socket
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import can

from rig.bench.benchfile import BenchFile
from rig.bench.restart import Allowance
from rig.device import Device
from rig.device.emulated import EmulatedDevice, EmulatorOptions
from rig.device.physical import PhysicalDevice
from rig.errors import BenchError, UsageError
from rig.pki import Authority
from rig.profile import DeviceProfile, read_profile
from rig.tolerance import Tolerances
from rig.vehicle import Hub, Vehicle

EMULATED_HOST = "receiver.bench.rig.test"
"""Four labels, so that a wildcard can be right, one label short and one label too many."""
EMULATED_ADDRESS = "127.0.0.1"


@dataclass
class Parts:
    """What a bench is joined from; closing `stack` stops what was started, in reverse order."""

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


def parts_of(file: BenchFile) -> Parts:
    """Joins what a bench file describes.

    Raises:
        BenchError: the device does not answer, or the CAN bus cannot be opened.
        UsageError: no such profile.
    """
    with ExitStack() as stack:
        device = PhysicalDevice(
            file.url,
            file.serial,
            serial_command=file.serial_command,
            power=file.power,
            wifi=file.wifi,
            web_timeout_s=file.allowance.web_s,
        )
        stack.callback(device.close)
        status = device.web.status()
        profile = read_profile(file.profile or _profile_of(str(status.get("git_version", ""))))
        vehicle = stack.enter_context(Vehicle(_open_bus(file, stack)))
        anchor = None
        if file.default_ca and file.default_ca_key:
            anchor = Authority.load("bench default CA", file.default_ca.read_bytes(), file.default_ca_key.read_bytes())
        return Parts(
            device=device,
            vehicle=vehicle,
            profile=profile,
            host=file.names[0] if file.names else file.address,
            address=file.address,
            listen=file.listen,
            ports=file.ports,
            default_anchor=anchor,
            allowance=file.allowance,
            tolerances=file.tolerances,
            stack=stack.pop_all(),
        )


def _profile_of(git_version: str) -> str:
    """The profile that a release is judged with: its own where there is one, else the document alone."""
    release = git_version.removeprefix("v")
    try:
        return read_profile(release).name
    except UsageError:
        return "document"


def _open_bus(file: BenchFile, stack: ExitStack) -> can.BusABC:
    """The CAN bus of the bench file. Where it names our own TCP bus and nobody serves it yet, this bench is its hub."""
    settings = dict(file.can)
    slcan = settings.pop("slcan_listen", None)
    if settings.get("interface") == "rigbus" and not _served(str(settings.get("channel"))):
        stack.enter_context(Hub(str(settings["channel"]), slcan=str(slcan) if slcan else None))
    try:
        return can.Bus(**settings)  # type: ignore[arg-type]
    except (can.CanError, OSError, ValueError, TypeError, ImportError) as error:
        raise BenchError(f"{file.path}: [can] {json.dumps(file.can)} cannot be opened ({error})") from error


def _served(channel: str) -> bool:
    host, _, port = channel.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 1.0).close()
    except (OSError, ValueError):
        return False
    return True
