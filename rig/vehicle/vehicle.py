"""The simulated car: ECUs on a python-can bus.

What is *not* modelled: bit rate and arbitration (the bus decides), sessions and security access, fault memory, K-line.
"""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import can

from rig.errors import UsageError
from rig.vehicle.ecu import PADDING, Ecu, FlowControl
from rig.vehicle.fixture import VehicleFixture, default_vehicle
from rig.vehicle.node import Listener, Node
from rig.vehicle.requests import EcuRequest, RequestLog
from rig.vehicle.transport import OBD_11, OBD_29, Addressing, Channel, functional_id


class Vehicle:
    """A car on `bus`, which it owns. As a context manager it answers from entry to exit.

    `engine` is there from the beginning, under 11-bit and 29-bit ids, and knows the values of ``fixtures/vehicles/default.toml``.
    """

    def __init__(self, bus: can.BusABC) -> None:
        self.failure: str | None = None
        """Why nothing is heard any more; None while all is well."""
        self._node = Node(bus, self._heard, self._lost)
        self._log = RequestLog()
        self._ecus: dict[str, Ecu] = {}
        self._channels: list[tuple[Ecu, Channel]] = []
        self.engine = Ecu("engine", (OBD_11, OBD_29))
        self._join(self.engine)
        self.load(default_vehicle())

    def __repr__(self) -> str:
        return f"<Vehicle with {', '.join(self.ecus)}{': ' + self.failure if self.failure else ''}>"

    def __enter__(self) -> Self:
        self._node.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Leaves the bus and closes it, and ends the logs."""
        self._node.close()

    # ECUs -------------------------------------------------------------------------------------------------------------

    @property
    def ecus(self) -> dict[str, Ecu]:
        """Every ECU by name, the engine first."""
        with self._node.lock:
            return dict(self._ecus)

    def add_ecu(
        self,
        name: str,
        request_id: int,
        response_id: int,
        *,
        functional: int | None = None,
        address_bytes: tuple[int, int] | None = None,
    ) -> Ecu:
        """A further ECU that knows nothing yet; ids above 7FF are 29-bit ones.

        `functional` is the functional id it hears; if not given, that of OBD where it answers from an id of OBD (7E8 to 7EF,
        18DAF1xx), else none. `address_bytes` is extended addressing: the bytes that lead requests and answers.

        Raises:
            UsageError: the name is taken.
        """
        if functional is None and address_bytes is None:
            functional = functional_id(response_id)
        ecu = Ecu(name, (Addressing(request_id, response_id, functional, address_bytes),))
        with self._node.lock:
            if name in self._ecus:
                raise UsageError(f"the vehicle has an ECU {name!r} already")
            self._join(ecu)
        return ecu

    def remove_ecu(self, ecu: Ecu) -> None:
        """Takes an ECU off the bus; what it had to send is not sent."""
        with self._node.lock:
            self._leave(ecu)

    def readdress(self, ecu: Ecu, *addressing: Addressing, padding: int | None = PADDING) -> None:
        """Has an ECU listen and answer under other ids, or with another filler byte (None for short frames)."""
        with self._node.lock:
            self._leave(ecu)
            ecu.addressing, ecu.padding = addressing or ecu.addressing, padding
            self._join(ecu)

    def load(self, fixture: VehicleFixture) -> None:
        """Sets the values and adds the ECUs of a vehicle fixture; what else an ECU knows stays."""
        for entry in fixture.ecus:
            ecu = self.ecus.get(entry.name)
            if ecu is None:
                ids = entry.request_id, entry.response_id
                ecu = self.add_ecu(entry.name, *ids, functional=entry.functional, address_bytes=entry.address_bytes)
            for pid, values in entry.values.items():
                ecu.set(pid, *values)
            for request, data in entry.answers.items():
                ecu.set_answer(request, data)

    def silent(self) -> None:
        """No ECU answers any more; requests are still heard and kept."""
        for ecu in self.ecus.values():
            ecu.silent()

    def speak(self) -> None:
        """Every ECU answers again."""
        for ecu in self.ecus.values():
            ecu.speak()

    def reset(self, fixture: VehicleFixture | None = None) -> None:
        """The vehicle as it was made, or as `fixture` describes it: no faults, no broadcasts, nothing kept, nothing under way.

        Without a fixture it has the engine alone, with default values. Listeners and logs stay.
        """
        with self._node.lock:
            for ecu in list(self._ecus.values()):
                self._leave(ecu)
            self._node.clear()
            self._log.clear()
            self.engine.start_over()
            self.engine.addressing, self.engine.padding = (OBD_11, OBD_29), PADDING
            self._join(self.engine)
            self.load(fixture or default_vehicle())

    # Observation ------------------------------------------------------------------------------------------------------

    @property
    def requests(self) -> list[EcuRequest]:
        """Requests to all ECUs in order (the newest 100,000); a functional one once for every ECU that heard it."""
        return self._log.all

    def wait_for_request(self, predicate: Callable[[EcuRequest], object], within_s: float) -> EcuRequest | None:
        """The first request to any ECU, kept or to come, that `predicate` accepts; None if there is none in time.

        Raises:
            BenchError: the bus is gone.
        """
        return self._log.wait_for(predicate, within_s)

    @property
    def frames(self) -> list[tuple[int, can.Message]]:
        """The newest 20,000 frames with their stamps, oldest first; the vehicle's own have ``is_rx`` off."""
        return self._node.frames

    @property
    def unsent(self) -> int:
        """How many of the vehicle's frames the bus did not take."""
        return self._node.unsent

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with stamp and frame of everything on the bus, own answers included, until the result is called.

        Listeners run in the vehicle's threads and hold up its answers: they have to be quick.
        """
        return self._node.subscribe(listener)

    def log_to(self, path: Path) -> Callable[[], None]:
        """Writes every frame to a candump log, until the result is called or the vehicle is closed."""
        return self._node.log_to(path)

    # Frames besides answers -------------------------------------------------------------------------------------------

    def send(self, can_id: int, data: bytes) -> None:
        """Puts one frame on the bus; ids above 7FF are 29-bit ones."""
        self._node.transmit(can_id, can_id > 0x7FF, data)

    def broadcast(self, can_id: int, data: bytes | Callable[[], bytes], every_s: float) -> Callable[[], None]:
        """Sends a frame every `every_s` seconds until the result is called; a function as `data` is asked anew for each."""
        return self._node.broadcast(can_id, data, every_s)

    # ------------------------------------------------------------------------------------------------------------------

    def _join(self, ecu: Ecu) -> None:
        self._ecus[ecu.name] = ecu
        for addressing in ecu.addressing:
            self._channels.append((ecu, Channel(addressing, ecu.padding, self._node.timetable, self._node.transmit)))
        if self.failure is not None:
            ecu.lose_bus(self.failure)

    def _leave(self, ecu: Ecu) -> None:
        for owner, channel in self._channels:
            if owner is ecu:
                channel.close()
        self._channels = [(owner, channel) for owner, channel in self._channels if owner is not ecu]
        self._ecus.pop(ecu.name, None)

    def _heard(self, stamp_ns: int, frame: can.Message) -> None:
        can_id, data = frame.arbitration_id, bytes(frame.data)
        if frame.is_error_frame or frame.is_remote_frame or frame.is_fd or frame.is_extended_id != (can_id > 0x7FF):
            return
        for ecu, channel in self._channels:
            if not channel.listens_to(can_id):
                continue
            if channel.is_flow_control(data):
                status, block_size, st_min = (*channel.payload(data), 0, 0)[:3]
                ecu.hear_flow_control(FlowControl(stamp_ns, can_id, status & 0x0F, block_size, st_min))
            for request in channel.take(can_id, data):
                heard = EcuRequest(stamp_ns, ecu.name, can_id, request, can_id == channel.addressing.functional_id)
                self._log.add(heard)
                for delivery in ecu.hear(heard):
                    channel.deliver(delivery)

    def _lost(self, reason: str) -> None:
        with self._node.lock:
            self.failure = reason
            self._log.fail(reason)
            for ecu in self._ecus.values():
                ecu.lose_bus(reason)
