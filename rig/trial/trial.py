"""The trial itself: car, device and its configuration, and the exchanges one after the other as they happen."""

import queue
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import can
import certifi

from rig.bench.restart import Allowance, restart
from rig.device import AutomateDocument, CertSet, DestinationEntry, StandardPid
from rig.device.emulated import EmulatedDevice, EmulatorOptions
from rig.errors import BenchError
from rig.trial.exchanges import Exchange, ExchangeReader
from rig.vehicle import DriveCycle, Driver, Hub, Vehicle, VehicleFixture

CERT_SET = "endpoint"
_ALLOWANCE = Allowance(look_every_s=0.02)


@dataclass(frozen=True)
class Wanted:
    """What is posted where: `cycle_ms` 0 posts on changes only, `ca`, `certificate` and `key` are PEM.

    Without `ca` the public roots are trusted (Mozilla's list, which the device's own bundle is made from). The car drives through
    the cycle of `seed`, or stands still where that is None; `fixture` is another car than the usual one.
    """

    url: str
    bearer: str | None = None
    cycle_ms: int = 5000
    seed: int | None = 1
    fixture: VehicleFixture | None = None
    ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = None
    profile: str = "document"

    @property
    def cert_set(self) -> CertSet | None:
        """The certificate set of the destination; None for the device's own bundle."""
        if self.ca is None and self.certificate is None:
            return None
        return CertSet(CERT_SET, self.ca or Path(certifi.where()).read_bytes(), self.certificate, self.key)

    def destination(self) -> DestinationEntry:
        """The destination, of type HTTP POST where the URL says so."""
        return DestinationEntry(
            url=self.url,
            cycle_ms=self.cycle_ms,
            type="HTTP" if urlsplit(self.url).scheme.lower() == "http" else "HTTPS",
            auth={"type": "none"} if self.bearer is None else {"type": "bearer", "bearer": self.bearer},
            cert_set=CERT_SET if self.cert_set else "default",
        )


class Trial:
    """From entry to exit of its context the car is on the road and the device posts.

    Raises:
        BenchError: car or device do not start, or the device does not take the configuration.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._stack = ExitStack()
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = ExchangeReader()

    def __enter__(self) -> Self:
        with self._stack:
            hub = self._stack.enter_context(Hub())
            self._vehicle = self._stack.enter_context(Vehicle(can.Bus(interface="rigbus", channel=hub.address)))
            if self._wanted.fixture is not None:
                self._vehicle.reset(self._wanted.fixture)
            if self._wanted.seed is not None:
                self._stack.enter_context(Driver(self._vehicle, DriveCycle(self._wanted.seed)))
            options = EmulatorOptions(self._wanted.profile, can_channel=hub.address, default_bundle=Path(certifi.where()))
            self._device = EmulatedDevice(options)
            self._stack.callback(self._device.close)
            self._configure()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    @property
    def page(self) -> str:
        """URL of the device's own page."""
        return self._device.web.url

    @property
    def device_id(self) -> str:
        """Which device it is."""
        return str(self._device.web.status()["device_id"])

    def exchanges(self, patience_s: float | None = None) -> Iterator[Exchange]:
        """The exchanges as they end; with `patience_s` it is over when nothing happens for so long."""
        while True:
            try:
                line = self._lines.get(timeout=patience_s)
            except queue.Empty:
                return
            if exchange := self._reader.take(line):
                yield exchange

    def counted(self) -> tuple[int, int] | None:
        """How many successes and failures the device itself has counted; None where it does not tell (4.40p)."""
        try:
            return self._device.web.statistics()[0]
        except (BenchError, IndexError):
            return None

    def _configure(self) -> None:
        """Stores everything through the web API; the restart that applies it also switches the console's log on for good."""
        web = self._device.web
        if cert_set := self._wanted.cert_set:
            self._take(web.upload_cert_set(cert_set).status, "the certificates")
        document = AutomateDocument((self._wanted.destination(),), tuple(StandardPid(name) for name in self._parameters()))
        self._take(web.store_automate_document(document.to_json()).status, "the destination")
        self._device.console.subscribe(lambda _, line: self._lines.put(line))
        configuration = web.main_configuration() | {"debug": "enabled"}
        restart(self._device, _ALLOWANCE, lambda: web.store_main_configuration(configuration))

    def _parameters(self) -> list[str]:
        """One standard parameter for each PID that the car answers and, where it drives, that moves."""
        listed = self._device.web.read_json("/std_pid_info")
        names = [str(row["name"]) for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
        answered = {request[2:] for request in self._vehicle.engine.supported if request.startswith("01")}
        if self._wanted.seed is not None:
            answered &= DriveCycle(self._wanted.seed).at(0).keys()
        first = {name[:2]: name for name in reversed(names)}
        return [first[pid] for pid in sorted(answered & first.keys())]

    @staticmethod
    def _take(status: int, what: str) -> None:
        if status != 200:
            raise BenchError(f"the emulated device does not take {what} (it answers {status})")
