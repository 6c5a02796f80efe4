"""``wican-rig vehicle``: a simulated car on any CAN bus, for any OBD tester."""

import json
import time
from contextlib import ExitStack
from itertools import takewhile
from pathlib import Path
from typing import Annotated

import typer

from rig.bench.bus import open_bus
from rig.bench.fieldchecks import can_settings
from rig.errors import BenchError, UsageError
from rig.vehicle import DriveCycle, Driver, EcuRequest, Vehicle, read_vehicle
from rig.vehicle.script import ScriptPlayer, read_script

_HELP = """
Put a simulated car on a CAN bus and let any OBD tester ask it.

The car answers SAE J1979 mode 01, UDS mode 22 and mode 21 over ISO-TP: the engine under 7DF/7E0 (11 bit) and 18DB33F1 (29 bit),
further ECUs as its file says. Without options it idles on the rig's own bus, served at 127.0.0.1:29111, where an emulator with
--can-interface rigbus finds it. It drives (--drive), or follows a script (--script), a TOML file with steps such as

    [[step]]
    at_s = 5
    values = { "0C" = 2500, "0D" = 50 }      # engine rpm, km/h
    answers = { "22F190" = "00FF" }          # data after 62 F190
    silent = false

Examples:

    wican-rig vehicle --interface socketcan --channel can0 --drive 1

    wican-rig vehicle --interface slcan --channel /dev/ttyACM0 --bitrate 500000 --requests

    wican-rig vehicle --slcan-listen 127.0.0.1:29112 --vehicle fixtures/vehicles/electric.toml
"""

_LOOK_S = 0.2
HUB = "127.0.0.1:29111"


def vehicle(  # noqa: PLR0913 (a command line has as many parameters as options)
    *,
    interface: Annotated[str, typer.Option("--interface", "-i", metavar="I", help="Interface of python-can.")] = "rigbus",
    channel: Annotated[str, typer.Option("--channel", "-c", metavar="C", help="Channel of that interface.")] = HUB,
    bitrate: Annotated[int | None, typer.Option(metavar="N", help="Bits per second, where the interface wants them.")] = None,
    can_kwargs: Annotated[str, typer.Option("--can-kwargs", metavar="JSON", help="Further arguments of can.Bus.")] = "{}",
    config_context: Annotated[str | None, typer.Option(metavar="NAME", help="Take the bus from python-can's own configuration.")] = None,
    slcan_listen: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Serve the rig's bus as slcan over TCP, too.")] = None,
    car: Annotated[Path | None, typer.Option("--vehicle", metavar="FILE", help="ECUs and values (fixtures/vehicles).")] = None,
    drive: Annotated[int | None, typer.Option(metavar="SEED", help="Drive: idle, city, motorway, stop; the seed repeats it.")] = None,
    pace: Annotated[float, typer.Option(metavar="X", help="So many seconds of the drive pass in one.")] = 1.0,
    script: Annotated[Path | None, typer.Option(metavar="FILE", help="Do what this file says, when it says it.")] = None,
    requests: Annotated[bool, typer.Option("--requests", help="Print every request.")] = False,
    log: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every frame to a candump log.")] = None,
    seconds: Annotated[float | None, typer.Option(metavar="S", help="End after so long; default: on Ctrl-C.")] = None,
) -> None:
    """Opens the bus and stays on it."""
    if drive is not None and script is not None:
        raise UsageError("the car either drives (--drive) or follows a script (--script)")
    settings = {"config_context": config_context} if config_context else _settings(interface, channel, bitrate, can_kwargs)
    if slcan_listen is not None:
        settings["slcan_listen"] = slcan_listen
    if flaw := can_settings(settings):
        raise UsageError(f"--{flaw[0].replace('_', '-')} {flaw[1]}")
    played = read_script(script) if script else None
    fixture = read_vehicle(car) if car else None
    with ExitStack() as stack:
        simulated = stack.enter_context(Vehicle(open_bus(settings, stack)))
        passed = _Passed()
        simulated.subscribe(passed.hear)
        if fixture is not None:
            simulated.load(fixture)
        if log is not None:
            simulated.log_to(log)
        if played is not None:
            stack.enter_context(ScriptPlayer(simulated, played))
        if drive is not None:
            stack.enter_context(Driver(simulated, DriveCycle(drive), pace=pace))
        where = f"python-can's {config_context}" if config_context else f"{interface} {channel}"
        typer.echo(f"{len(simulated.ecus)} ECUs ({', '.join(simulated.ecus)}) answer on {where}; Ctrl-C ends")
        _stay(simulated, passed, seconds, requests)


def _settings(interface: str, channel: str, bitrate: int | None, more: str) -> dict[str, object]:
    try:
        further = json.loads(more)
    except ValueError as error:
        raise UsageError(f"--can-kwargs {more}: no JSON ({error})") from error
    if not isinstance(further, dict):
        raise UsageError(f"--can-kwargs {more}: has to be a JSON object")
    return {"interface": interface, "channel": channel, **({"bitrate": bitrate} if bitrate else {}), **further}


def _stay(simulated: Vehicle, passed: "_Passed", seconds: float | None, shown: bool) -> None:
    end_s = None if seconds is None else time.monotonic() + seconds
    last_ns = heard = 0
    try:
        while end_s is None or time.monotonic() < end_s:
            if simulated.failure is not None:
                raise BenchError(f"{simulated.failure}; check hub or adapter")
            fresh = _since(last_ns, simulated)
            heard += len(fresh)
            last_ns = fresh[-1].stamp_ns if fresh else last_ns
            for request in fresh if shown else ():
                typer.echo(_line(request))
            time.sleep(_LOOK_S)
    except KeyboardInterrupt:
        typer.echo("")
    typer.echo(f"{passed.frames} frames, {heard} requests heard")


class _Passed:
    """How many frames have passed."""

    frames = 0

    def hear(self, *_: object) -> None:
        self.frames += 1


def _since(stamp_ns: int, simulated: Vehicle) -> list[EcuRequest]:
    """Requests heard after a moment, oldest first."""
    return list(takewhile(lambda request: request.stamp_ns > stamp_ns, reversed(simulated.requests)))[::-1]


def _line(request: EcuRequest) -> str:
    kind = "to all" if request.functional else "alone"
    return f"{request.stamp_ns / 1e9:.3f}  {request.can_id:>8X}  {request.data.hex(' ').upper():<24} {request.ecu} ({kind})"


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("vehicle", help=_HELP)(vehicle)
