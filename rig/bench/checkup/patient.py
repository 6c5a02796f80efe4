"""The bench under examination: opened piece by piece, each piece by the check that asks for it first."""

import socket
from contextlib import ExitStack, suppress
from typing import TypeVar
from urllib.parse import urlsplit

import can

from rig.bench.backup import Backup
from rig.bench.bench import Bench
from rig.bench.benchfile import BenchFile
from rig.bench.boot import Boot
from rig.bench.bus import open_bus
from rig.bench.health import give_back
from rig.bench.parts import Parts
from rig.bench.restart import restart
from rig.bench.safekeeping import Safekeeping
from rig.device.mdns import locate
from rig.device.physical import PhysicalDevice
from rig.device.settings import Json
from rig.errors import BenchError, UsageError
from rig.pki import Authority
from rig.profile import DeviceProfile, read_profile
from rig.vehicle import Vehicle

T = TypeVar("T")
_LOCAL = ("127.", "::1", "localhost")


class Patient:
    """What has been opened of a bench so far; everything is closed with `stack`, and the device then has its own back."""

    def __init__(self, file: BenchFile, stack: ExitStack) -> None:
        self.file = file
        self.stack = stack
        self.status: dict[str, Json] = {}
        self.main: dict[str, Json] = {}
        self.loops_back = False
        self.changes_allowed = True
        self.trial: Boot | None = None
        self._device: PhysicalDevice | None = None
        self._vehicle: Vehicle | None = None
        self._bus: can.BusABC | None = None
        self._profile: DeviceProfile | None = None
        self._safe: Safekeeping | None = None
        self._parts: Parts | None = None
        self._bench: Bench | None = None

    # The device -------------------------------------------------------------------------------------------------------

    @property
    def device(self) -> PhysicalDevice:
        """The device, found and not yet asked for anything."""
        if self._device is None:
            file = self.file
            self._device = PhysicalDevice(
                locate(file.url),
                file.serial,
                kind=file.kind,
                serial_command=file.serial_command,
                power=file.power,
                wifi=file.wifi,
                web_timeout_s=file.allowance.web_s,
                command_timeout_s=file.allowance.command_s,
            )
            self.stack.callback(self._device.close)
        return self._device

    @property
    def profile(self) -> DeviceProfile:
        """The profile that the device is judged with: that of the bench file, or of its release, or the document's alone."""
        if self._profile is None:
            self._profile = read_profile(self.file.profile or profile_of(self.release))
        return self._profile

    @property
    def release(self) -> str:
        """The firmware's release, such as ``4.50p``."""
        return str(self.status.get("git_version", "")).removeprefix("v")

    def read(self) -> None:
        """Status and main configuration, as they are now."""
        self.status = self.device.web.status()
        self.main = self.device.web.main_configuration()

    def secure(self) -> Backup:
        """Keeps the device's configuration before the first change; it is put back when the bench is closed."""
        if self._safe is None:
            safe = Safekeeping(self.device, str(self.file.path))
            safe.secure()
            self._safe = safe
            self.stack.callback(lambda: safe.put_back(self.file.allowance))
            self.stack.callback(self._restock)
        return self._safe.secure()

    @property
    def secured(self) -> bool:
        """Whether the device's configuration is kept, so that it is put back when all is over."""
        return self._safe is not None

    def _restock(self) -> None:
        if self._parts is not None:
            give_back(self._parts)

    def change_main(self, changes: dict[str, str]) -> None:
        """Stores changed main settings and sees the device through the reboot that follows."""
        self.secure()
        configuration = {**self.main, **changes}
        restart(self.device, self.file.allowance, lambda: self.device.web.store_main_configuration(configuration))
        self.read()

    # The rest ---------------------------------------------------------------------------------------------------------

    @property
    def vehicle(self) -> Vehicle:
        """The car, on the bench's bus."""
        if self._vehicle is None:
            self._bus = open_bus(self.file.can, self.stack)
            self._vehicle = self.stack.enter_context(Vehicle(self._bus))
        return self._vehicle

    @property
    def bus_state(self) -> str:
        """What the adapter says of the bus: ``ACTIVE``, ``PASSIVE`` or ``ERROR``; most say the first whatever happens."""
        with suppress(can.CanError, OSError, NotImplementedError, AttributeError):
            return str(self._bus.state.name) if self._bus is not None else "ACTIVE"
        return "ACTIVE"

    @property
    def address(self) -> str:
        """The address under which the device reaches the receivers."""
        if self.file.address is not None:
            return self.file.address
        return self.file.listen if self.file.listen not in {"0.0.0.0", "::"} else address_towards(self.device.web.url)

    @property
    def device_is_local(self) -> bool:
        """Whether the device runs on this machine."""
        return (urlsplit(self.device.web.url).hostname or "").startswith(_LOCAL)

    @property
    def bench(self) -> Bench:
        """All of it, joined."""
        if self._bench is None:
            file, anchor = self.file, None
            if file.default_ca and file.default_ca_key:
                anchor = Authority.load("bench default CA", file.default_ca.read_bytes(), file.default_ca_key.read_bytes())
            self._parts = Parts(
                device=self.device,
                vehicle=self.vehicle,
                profile=self.profile,
                host=file.names[0] if file.names else self.address,
                address=self.address,
                listen=file.listen,
                ports=file.ports,
                default_anchor=anchor,
                allowance=file.allowance,
                tolerances=file.tolerances,
                loops_back=self.loops_back,
                backup=self.secure(),
                stack=self.stack,
            )
            self._bench = Bench(self._parts)
            self.stack.callback(self._bench.end)
        return self._bench

    def discharge(self) -> Bench:
        """The bench for its run; from now on it closes everything."""
        bench = self.bench
        if self._parts is not None:
            self._parts.stack = self.stack.pop_all()
        return bench


def profile_of(release: str) -> str:
    """The profile that a release is judged with: its own where there is one, else the document alone."""
    try:
        return read_profile(release).name
    except UsageError:
        return "document"


def address_towards(url: str) -> str:
    """This machine's own address on the way to a device.

    Raises:
        BenchError: there is no way.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((host, parts.port or 80))
            return str(probe.getsockname()[0])
    except OSError as error:
        raise BenchError(f"this machine has no way to {host} ({error}); say how it is reached: [receiver] address") from error
