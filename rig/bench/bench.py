"""The bench: device, vehicle, receivers and power, joined. Suites know nothing else of the rig."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from rig import clock
from rig.bench.boot import Boot
from rig.bench.cert_sets import CertSets
from rig.bench.destination import DEFAULT, Destination, hold_unused, release, trusts
from rig.bench.health import Health
from rig.bench.parts import Parts
from rig.bench.restart import Restart, restart, wait_until_ready
from rig.bench.restart_watch import RestartWatch
from rig.bench.surroundings import Surroundings
from rig.bench.watched import Patience, Span, Watched
from rig.device import AutomateDocument, CarProfile, CustomPid, Parameter, StandardPid
from rig.device.console import Console
from rig.device.settings import Json
from rig.device.web import Answer
from rig.errors import BenchError
from rig.evidence import ScenarioRecorder
from rig.pki import Pki
from rig.receiver import Identity, Receiver, ServerTls

DEFAULT_PARAMETERS: tuple[Parameter, ...] = (
    StandardPid("0C-EngineRPM"),
    StandardPid("0D-VehicleSpeed"),
    CustomPid("TestCustom", "22F190", "B4/2", class_="none", unit="none"),
)
"""One standard PID after the other and one of the user's own: enough where the payload is not the question."""


class Bench(Surroundings):
    """One device under test with all that a scenario needs around it."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.pki = Pki(default_anchor=parts.default_anchor)
        self.boots = 0
        self.on_event: Callable[[str, str], None] = lambda *_: None
        self._span = Span(0)
        self._watch_restarts = RestartWatch(parts.device)
        self._recorder: ScenarioRecorder | None = None
        self._receivers: list[Receiver] = []
        self.sets = CertSets(parts.device)
        self._car: bytes | None = None
        self._main_to_put_back: dict[str, Json] | None = None
        self._heard: Console | None = None
        self.health = Health(parts)
        parts.vehicle.subscribe(self._record_frame)

    # A scenario -------------------------------------------------------------------------------------------------------

    def begin(self, recorder: ScenarioRecorder) -> None:
        """From now on what happens is evidence of this scenario, which finds the vehicle as new.

        Raises:
            BenchError: something of the bench itself has broken down.
        """
        self.health.require()
        self._recorder = recorder
        self.sets.begin()
        self.vehicle.reset()
        self.vehicle.engine.set("0C", 1726.0)
        self.vehicle.engine.set("0D", 50.0)
        self.vehicle.engine.set_did("F190", bytes([255]))
        self._hear_console()

    def end(self, *, keep: bool = True) -> None:
        """Stops the scenario's receivers and closes its evidence; without `keep` the evidence goes, because nobody asks for it."""
        for receiver in self._receivers:
            receiver.stop()
        recorder, self._recorder = self._recorder, None
        if recorder is not None and keep:
            for receiver in self._receivers:
                recorder.keep(receiver.name, receiver.connections, receiver.requests, receiver.attempts)
            recorder.close()
        self._receivers.clear()

    def close(self) -> None:
        """Ends the scenario, gives the device back what it is owed, and lets go of everything.

        Raises:
            BenchError: the device could not be given its own configuration back.
        """
        self.end()
        self._parts.stack.close()

    def event(self, kind: str, text: str) -> None:
        """Notes a stimulus, an observation begun or a verdict on the scenario's timeline."""
        self.on_event(kind, text)
        if self._recorder is not None:
            self._recorder.event(kind, text)

    def measure(self, requirement: str, name: str, unit: str, values: object, **labels: object) -> None:
        """Keeps a measurement for the report."""
        if self._recorder is not None:
            self._recorder.measure(requirement, name, unit, values, **labels)

    # Receivers and certificate sets -----------------------------------------------------------------------------------

    def receiver(
        self, identity: Identity | None = None, *, tls: ServerTls = ServerTls(), listen: str | None = None, name: str | None = None
    ) -> Receiver:
        """A started receiver of this scenario; without `identity` with a good certificate of the trusted authority."""
        receiver = Receiver(
            identity or self.pki.trusted.issue(self.host),
            tls=tls,
            listen=listen or self._parts.listen,
            port=self.free_port(),
            name=name or f"receiver-{len(self._receivers) + 1}",
            success_within_s=self.profile.time_limit_s,
        )
        receiver.start()
        self._receivers.append(receiver)
        return receiver

    def free_port(self) -> int:
        """A port for something of this scenario that listens; 0 for any, where the bench file does not say which.

        Raises:
            BenchError: all of them are in use.
        """
        return self._port_besides({receiver.port for receiver in self._receivers})

    def destination(self, receiver: Receiver | None = None, **fields: object) -> Destination:
        """A destination whose certificate set trusts the bench's authority, unless `fields` says otherwise."""
        fields.setdefault("cert_set", self.pki.trusted)
        return Destination(receiver or self.receiver(), **fields)  # type: ignore[arg-type]

    # Boots ------------------------------------------------------------------------------------------------------------

    def boot(
        self,
        *,
        parameters: tuple[Parameter, ...] = DEFAULT_PARAMETERS,
        car: CarProfile | None = None,
        grouping: str = "enable",
        ecu_protocol: str = "6",
        initialisation: str = "",
        extra: Mapping[str, object] | None = None,
        main: Mapping[str, str] | None = None,
        may_refuse: bool = False,
        **destinations: Destination,
    ) -> Boot:
        """Stores one configuration, reboots the device once and waits until it is ready.

        `main` are settings of the main configuration for this boot; they are put back with the next restart. With `may_refuse` a
        configuration that the device does not take is an answer too: it stands in ``Boot.refusal``.

        Raises:
            BenchError: the device refuses the configuration, or does not come back.
        """
        document = AutomateDocument(
            destinations=tuple(destination.entry(self.host) for destination in destinations.values()),
            parameters=parameters,
            grouping=grouping,
            ecu_protocol=ecu_protocol,
            initialisation=initialisation,
            car_specific=car is not None,
            extra=extra or {},  # type: ignore[arg-type]
        )
        self.sets.provide(needed for destination in destinations.values() if (needed := destination.needed_set))
        self.store_car(car or CarProfile())
        hold_unused(destinations.values())
        self.event("stimulus", f"store a configuration with {len(destinations)} destinations: {', '.join(destinations)}")
        answer = self.device.web.store_automate_document(document.to_json())
        if not may_refuse:
            self._accepted(answer, "the Automate document")
        order = partial(self._change_main, main) if main else None
        return replace(self.start(document, destinations, order), refusal=None if answer.ok else answer)

    def store(self, document: AutomateDocument, what: str) -> int:
        """Stores a document and leaves it to the device whether it applies it at once; the moment at which it was taken (ns).

        Raises:
            BenchError: the device refuses it.
        """
        self.event("stimulus", f"store without a reboot: {what}")
        self._accepted(self.device.web.store_automate_document(document.to_json()), what)
        return clock.now_ns()

    def store_car(self, car: CarProfile) -> None:
        """Stores a car profile, unless it is the one stored last."""
        profile = car.to_json()
        if profile != self._car:
            self._accepted(self.device.web.store_car_profile(profile), "the car profile")
            self._car = profile

    def start(self, document: AutomateDocument, destinations: Mapping[str, Destination], order: Callable[[], object] | None = None) -> Boot:
        """Reboots with what is stored, by `order` or else through the web API, and watches `destinations` in the new boot."""
        return self._watch(self.restart(order), document, destinations)

    def submit(self, press: Callable[[], object], **destinations: Destination) -> Boot:
        """Has the device's own page store what is on it and restart, by `press`, and watches `destinations` in the new boot.

        The page stores a car profile of its own besides, so that no earlier one is taken to be there, and may drop what it does
        not know from the main configuration (web API facts, 1.4 and 7.4): that is put back with the next restart of the rig's.
        """
        before, self._car = self._main_to_put_back or self.device.web.main_configuration(), None
        entries = tuple(destination.entry(self.host) for destination in destinations.values())
        boot = self.start(AutomateDocument(destinations=entries), destinations, press)
        self._main_to_put_back = before if self.device.web.main_configuration() != before else None
        return boot

    def again(self, boot: Boot, order: Callable[[], object] | None = None) -> Boot:
        """The next boot under the same configuration."""
        return self.start(boot.document, {name: watched.destination for name, watched in boot.watched.items()}, order)

    def restart(self, order: Callable[[], object] | None = None) -> Restart:
        """Sees the device through one restart that was asked for."""
        self._watch_restarts.look()
        self.event("stimulus", "reboot")
        happened = restart(self.device, self._parts.allowance, order or self._usual_order, partial(release, self._receivers))
        self._born(happened)
        return happened

    def power_cycle(self, boot: Boot) -> Boot:
        """Cuts the power, gives it back, and watches the same destinations in the boot that follows."""
        return self._watch(self.power_cut(), boot.document, {name: watched.destination for name, watched in boot.watched.items()})

    def power_cut(self) -> Restart:
        """Cuts the power, gives it back, and sees the device through its boot."""
        self._watch_restarts.look()
        self.event("stimulus", "power cut")
        ordered_ns = clock.now_ns()
        self.device.power_off()
        gone_ns = clock.now_ns()
        self.device.power_on()
        happened = Restart(ordered_ns, gone_ns, wait_until_ready(self.device, self._parts.allowance))
        self._hear_console()
        self._born(happened)
        return happened

    @property
    def tells_of_restarts(self) -> bool:
        """Whether the device tells its uptime or number of boots, so that a restart nobody asked for shows there."""
        return self._watch_restarts.tells

    def look_for_unasked_restart(self, since_ns: int = 0) -> list[str]:
        """Restarts that nobody asked for, in words, in all of the run up to now, or since a moment.

        A device that is away for one is waited for.

        Raises:
            BenchError: the device puts one of them down to its supply.
        """
        wait_until_ready(self.device, self._parts.allowance)
        self._watch_restarts.look()
        return self._watch_restarts.since(since_ns)

    # ------------------------------------------------------------------------------------------------------------------

    def _watch(self, happened: Restart, document: AutomateDocument, destinations: Mapping[str, Destination]) -> Boot:
        slack_s = self.tolerance.first_post_s
        watched: dict[str, Watched] = {}
        for name, destination in destinations.items():
            self.measure("", "cycle", "ms", destination.cycle_ms, destination=name, receiver=destination.receiver.name)
            pace_s = max(destination.cycle_s, self.profile.longest_gap_s(destination.cycle_s))
            watched[name] = Watched(name, destination, self._span, Patience(slack_s, pace_s), partial(self.event, "await"))
        return Boot(self.boots, happened.ordered_ns, happened.gone_ns, happened.ready_ns, document, watched)

    def _usual_order(self) -> Answer:
        """Reboots through the web API, by the main configuration where that is to be put back."""
        main, self._main_to_put_back = self._main_to_put_back, None
        return self.device.web.reboot() if main is None else self.device.web.store_main_configuration(main)

    def _change_main(self, changes: Mapping[str, str]) -> None:
        before = self._main_to_put_back or self.device.web.main_configuration()
        self._accepted(self.device.web.store_main_configuration({**before, **changes}), "the main configuration")
        self._main_to_put_back = before

    def _born(self, happened: Restart) -> None:
        self.boots += 1
        self._span.until_ns = happened.began_ns
        self._span = Span(happened.began_ns)
        self.event("boot", f"boot {self.boots} is ready after {(happened.ready_ns - happened.ordered_ns) / 1e9:.1f} s")
        self._watch_restarts.born()

    def _hear_console(self) -> None:
        console = self.device.console
        if console is not None and console is not self._heard:
            self._heard = console
            console.subscribe(self._record_line)

    def _accepted(self, answer: Answer, what: str) -> None:
        if not answer.ok:
            raise BenchError(f"the device refused {what}: {answer.status} {answer.text[:80]!r}")

    def _record_frame(self, stamp_ns: int, frame: object) -> None:
        if self._recorder is not None:
            self._recorder.frame(stamp_ns, frame)  # type: ignore[arg-type]

    def _record_line(self, stamp_ns: int, text: str) -> None:
        if self._recorder is not None:
            self._recorder.serial(stamp_ns, text)


__all__ = ["DEFAULT", "DEFAULT_PARAMETERS", "Bench", "trusts"]
