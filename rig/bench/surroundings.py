"""What surrounds a scenario for the whole run: device, car, addresses, what is declared for them, and the rig's own error in time."""

from rig import clock
from rig.bench.backup import Backup
from rig.bench.health import can_listen
from rig.bench.metronome import Metronome
from rig.bench.parts import Parts
from rig.device import Device
from rig.errors import BenchError
from rig.profile import DeviceProfile
from rig.receiver import clock_error
from rig.tolerance import Tolerances
from rig.vehicle import Vehicle


class Surroundings:
    """The parts of a bench as a scenario sees them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.clock_error_ms = clock_error().p99_ms
        self._metronome = Metronome(lambda: parts.device.held_up_ns)
        parts.stack.callback(self._metronome.stop)

    @property
    def device(self) -> Device:
        """The device under test: its web API, its console."""
        return self._parts.device

    @property
    def vehicle(self) -> Vehicle:
        """The simulated car."""
        return self._parts.vehicle

    @property
    def profile(self) -> DeviceProfile:
        """What is declared for the device's firmware."""
        return self._parts.profile

    @property
    def features(self) -> frozenset[str]:
        """What device and bench declare."""
        return self._parts.features

    @property
    def backup(self) -> Backup | None:
        """What the device had before the rig came, where it is kept; it gets that back when the bench is closed."""
        return self._parts.backup

    @property
    def tolerance(self) -> Tolerances:
        """The tolerances of this bench."""
        return self._parts.tolerances

    @property
    def host(self) -> str:
        """DNS name under which the device reaches the receivers (the address, where the bench has no name)."""
        return self._parts.host

    @property
    def dns_name(self) -> str:
        """The same, where a question needs a DNS name.

        Raises:
            BenchError: the bench has none.
        """
        if self.host == self.address:
            raise BenchError("the bench has no DNS name under which the device reaches its receivers: [receiver] names")
        return self.host

    @property
    def listen(self) -> str:
        """Address of this machine at which receivers listen."""
        return self._parts.listen

    @property
    def address(self) -> str:
        """IP address under which the device reaches the receivers."""
        return self._parts.address

    def guard_ms(self, from_ns: int = 0) -> float:
        """The rig's own error in a timing verdict on what happened since `from_ns`, in milliseconds: stamps and lateness."""
        return max(self.clock_error_ms, self._metronome.worst_ms(from_ns, clock.now_ns()))

    def median_guard_ms(self, from_ns: int = 0) -> float:
        """The same where a median is judged, which a few late moments do not move: what nine beats in ten stayed within."""
        return max(self.clock_error_ms, self._metronome.lateness_ms(from_ns, clock.now_ns(), 0.9))

    def late_ms(self, at_ns: int, within_ns: int = 100_000_000) -> float:
        """The rig's own error in one stamp: how late this process was in the tenth of a second up to it, in milliseconds."""
        return max(self.clock_error_ms, self._metronome.worst_ms(at_ns - within_ns, at_ns + within_ns // 4))

    def wait_until_calm(self, within_s: float) -> bool:
        """Waits until this machine lets the rig wake up on time, for at most `within_s` (s): other benches may be starting."""
        return self._metronome.wait_until_calm(within_s)

    def now_ns(self) -> int:
        """Now, on the clock of every stamp (ns, monotonic)."""
        return clock.now_ns()

    def wall_s(self, stamp_ns: int) -> float:
        """A monotonic stamp as seconds since 1970."""
        return clock.to_wall_s(stamp_ns)

    def _port_besides(self, taken: set[int]) -> int:
        """A port that is free and not among `taken`; 0 for any, where the bench file does not say which."""
        if not self._parts.ports:
            return 0
        free = (port for port in self._parts.ports if port not in taken and can_listen(self.listen, port))
        port = next(free, None)
        if port is None:
            raise BenchError(f"all {len(self._parts.ports)} ports of [receiver] ports are in use; widen the range")
        return port
