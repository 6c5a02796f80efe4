"""The device: from one boot to the next, and what its parts may ask of it."""

import asyncio
import json
import os
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from rig.emulator import blocks, loading
from rig.emulator.active import ActiveConfiguration, CachedSet
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.configuration import PanicError, Stored, activate, main
from rig.emulator.configuration.jsontext import Fields
from rig.emulator.console import Console
from rig.emulator.link import Link
from rig.emulator.names import resolve
from rig.emulator.options import Options
from rig.emulator.parts import Autopid, Publisher, Reloadable
from rig.emulator.storage import AUTOMATE, CAR, MAIN, Storage
from rig.emulator.timekeeper import Timekeeper
from rig.emulator.tracker import Request, RestartTracker
from rig.emulator.web import WebServer

_STOP_LIMIT_S = 2.0
_RECOVERY_S = 3.0


class Device:
    """An emulated WiCAN-PRO. What lives here outlasts a reboot; a power cut ends the process."""

    def __init__(self, options: Options, behaviour: Behaviour) -> None:
        self.options = options
        self.behaviour = behaviour
        self.storage = Storage(options.state_dir)
        self.random = random.Random(options.seed)
        self.device_id = self._identity()
        self.address = blocks.station_address(options.http.host)
        self.default_bundle_pem = options.default_bundle
        self.active = ActiveConfiguration()
        self.main_at_boot = b"{}"
        self.tracker = RestartTracker()
        self.clock = Timekeeper()
        self.link = Link()
        self.console = Console(self)
        self.web = WebServer(self)
        self.autopid: Autopid | None = None
        self.publisher: Publisher | None = None
        self.running = False
        self._network = True
        self._logging = True
        self._reset = asyncio.Event()
        self._reset_kind = "poweron"
        self._restart_timer: asyncio.TimerHandle | None = None
        self._ended = False

    # Its life ---------------------------------------------------------------------------------------------------------

    async def run(self, ready: Callable[[], None]) -> None:
        """Boots, again and again, until `end` is called; `ready` is told once the first boot serves."""
        self.web.reserve(self.options.http)
        await self.console.open(self.options.serial_tcp, self.options.console_tcp)
        await self._stay_away(self.options.boot_seconds - (time.monotonic() - self.options.started))
        while not self._ended:
            self._reset.clear()
            if await self._boots():
                ready()
                ready = _nothing
                await self._reset.wait()
            await self._halt()
            await self._stay_away(self.options.boot_seconds)
        self.console.close()
        self.web.release()

    def end(self) -> None:
        """Switches the device off for good."""
        self._ended = True
        self._reset.set()

    def order_restart(self, planned: str, source: str, flags: str = "none", after_s: float | None = None) -> None:
        """Announces a restart and lets it happen a little later, so that whoever asked gets an answer."""
        self.tracker.pending = Request(planned, source, flags, self.clock.unix(), int(self.clock.uptime_s() * 1000))
        if self._restart_timer is None:
            delay = min(self.behaviour.reboot_delay_s, self.options.boot_seconds) if after_s is None else after_s
            self._restart_timer = asyncio.get_running_loop().call_later(delay, self.reset, "software")

    def reset(self, kind: str = "panic") -> None:
        """Restarts now; `kind` is the reset reason, by default that of a crash."""
        if kind == "panic":
            self.console.panic("")
        self._reset_kind = kind
        self._reset.set()

    def set_network(self, *, present: bool) -> None:
        """Takes the Wi-Fi network away, or gives it back."""
        self._network = present
        if self.running:
            self.log("I", "WiFi_Manager", "STA connected" if present else "STA disconnected, retrying")
            self._join()

    # What its parts may ask -------------------------------------------------------------------------------------------

    @property
    def git_version(self) -> str:
        """Version as the console and the status block have it."""
        return f"v{self.behaviour.firmware}p"

    @property
    def link_up(self) -> bool:
        """Whether the Wi-Fi station has an address."""
        return self.link.up

    @property
    def link_changed(self) -> asyncio.Event:
        """An event that the next change of the link sets."""
        return self.link.changed

    async def wait_for_link(self) -> None:
        """Returns once the Wi-Fi station has an address."""
        await self.link.wait()

    @property
    def boot_number(self) -> int:
        """Boots since the power came, from 1."""
        return self.tracker.boots

    @property
    def can_settings(self) -> dict[str, object] | None:
        """What ``can.Bus`` is to be called with; None where there is no car."""
        return dict(self.options.can_settings) if self.options.can_settings else None

    @property
    def ecu_online(self) -> bool:
        """Whether ECUs answer."""
        return self.autopid is not None and self.autopid.ecu_online

    def now(self) -> float:
        """Seconds since the boot."""
        return self.clock.uptime_s()

    def resolve(self, host: str) -> str:
        """The address of a host name.

        Raises:
            OSError: there is none.
        """
        return resolve(host, self.options.names)

    def log(self, level: str, tag: str, text: str) -> None:
        """Writes a line to the console's log, level I, W or E; after the boot only in debug mode."""
        if self._logging:
            self.console.log(level, int(self.now() * 1000), tag, text)

    def status_block(self, posted: bool = True) -> dict[str, object]:
        """The status block as it is posted, or as the web API shows it."""
        return blocks.status_block(self, posted=posted)

    def config_block(self) -> dict[str, object]:
        """The config block."""
        return blocks.config_block(self)

    def store(self, what: str, data: bytes) -> None:
        """Stores a document; it counts from the next boot on."""
        self.storage.write(what, self.behaviour.pass_through(Point.STORE, data, (what, self)))

    def store_set(self, cert_set: CachedSet) -> None:
        """Stores a certificate set; it counts from the next boot on."""
        parts = {
            part: self.behaviour.pass_through(Point.STORE, pem, (f"cert_sets/{cert_set.name}/{part}", self))
            for part in ("ca", "client_cert", "client_key")
            if (pem := getattr(cert_set, part)) is not None
        }
        self.storage.write_set(CachedSet(cert_set.name, **parts))

    async def apply_stored(self) -> None:
        """Has changed destinations and certificate sets served at once, where this device can."""
        if not self.behaviour.live_apply or self.autopid is None or not isinstance(self.publisher, Reloadable):
            return
        fresh = self._activated()
        self.active = replace(
            self.active, grouping=fresh.grouping, destinations=fresh.destinations, cert_sets=fresh.cert_sets
        )
        await self.publisher.reload(self.active)

    # ------------------------------------------------------------------------------------------------------------------

    async def _boots(self) -> bool:
        """Starts everything; False where the device crashes or is switched off instead."""
        if self._ended:
            return False
        self.clock.boot()
        self.tracker.booted(self._reset_kind, self.clock.unix())
        self._logging = True
        self.console.begin()
        try:
            self._read_main()
            self.active = self._activated()
        except PanicError as error:
            self.console.panic(str(error))
            self._reset_kind = "panic"
            return False
        if self.active.autopid:
            self.autopid = loading.autopid(self)
            self.publisher = loading.publisher(self, self.autopid)
        self.console.configured()
        self.running = True
        self._join()
        if self.autopid is not None and self.publisher is not None:
            await self.autopid.start()
            await self.publisher.start()
        self.console.booted()
        self._logging = self.active.main.get("debug") == "enabled"
        return True

    async def _halt(self) -> None:
        self.running = False
        if self._restart_timer is not None:
            self._restart_timer.cancel()
            self._restart_timer = None
        self.console.halt()
        self.web.close()
        self.link.set(up=False)
        parts = [part for part in (self.publisher, self.autopid) if part is not None]
        self.publisher = self.autopid = None
        await asyncio.gather(*(_within(part.stop(), _STOP_LIMIT_S) for part in parts))

    async def _stay_away(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._ended and (left := until - time.monotonic()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._end_of_absence(), left)

    async def _end_of_absence(self) -> None:
        """Orders that come while the device is away are lost; only its end is not."""
        self._reset.clear()
        if not self._ended:
            await self._reset.wait()

    def _join(self) -> None:
        """Brings link and web API to what the network and the Wi-Fi mode allow."""
        station = self.active.main.get("wifi_mode") != "AP"
        if self._network:
            self.web.open()
        else:
            self.web.close()
        self.link.set(up=self._network and station)
        wait_s = self.behaviour.network_time_s
        if self.link.up and wait_s is not None:
            asyncio.get_running_loop().call_later(wait_s, self._synchronise)

    def _synchronise(self) -> None:
        if self.link.up and not self.clock.synchronised:
            self.clock.synchronise()
            self.log("I", "SYNC_SYS_TIME", f"Time sync successful: {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC")

    def _activated(self) -> ActiveConfiguration:
        stored = Stored(
            main=self.active_main,
            document=self.storage.read(AUTOMATE),
            car=self.storage.read(CAR),
            cert_sets=self.storage.read_sets(),
        )
        active = activate(stored, loading.standard_list(), self.behaviour)
        through = self.behaviour.pass_through
        return replace(active, destinations=tuple(through(Point.DESTINATIONS, active.destinations, self)))

    def _read_main(self) -> None:
        """Reads the main configuration; an unusable one is replaced (web API facts, 1.4)."""
        lenient = self.behaviour.lenient_json
        data = self.storage.read(MAIN)
        usable = main.read(data, lenient=lenient)
        if data is None or usable is None:
            recovered = data is not None and self.behaviour.factory_reset_on_bad_main
            usable = main.factory(self.device_id) if recovered else main.ready_for_use(self.device_id, random.SystemRandom())
            data = json.dumps(usable, separators=(",", ":")).encode()
            self.storage.write(MAIN, data)
            if recovered:
                self.log("E", "CONFIG_SERVER", "config.json is unusable, writing defaults")
                self.order_restart("config_recovery", "config_server", "recovery_action", after_s=_RECOVERY_S)
        self.active_main: Fields = usable
        self.main_at_boot = data

    def _identity(self) -> str:
        """Twelve hex digits as of a MAC address; made up once for each state directory."""
        kept = self.storage.read("identity")
        if kept is None:
            kept = bytes([0x02, *os.urandom(5)]).hex().encode()
            self.storage.write("identity", kept)
        return kept.decode()


async def _within(what: Awaitable[None], seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(what, seconds)


def _nothing() -> None:
    """The ready line is printed once."""
