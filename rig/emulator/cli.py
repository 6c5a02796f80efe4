"""The command line of the emulator, and its process: signals, ready line, end."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rig.emulator import loading
from rig.emulator.behaviour import Behaviour
from rig.emulator.options import Address, Options

if TYPE_CHECKING:
    from rig.emulator.device import Device

_STARTED = time.monotonic()

FEATURES: dict[str, dict[str, object]] = {
    "live_apply": {"live_apply": True},
    **{name: {} for name in ("auth_api_key", "auth_basic", "console", "destination_stats", "event_mode", "mqtt", "other_types")},
}
"""What may be asked for besides a profile, and which knobs that turns; most is there anyway."""

_EPILOG = """
Once it serves it prints one line: {"url":...,"serial":...,"pid":...}. SIGKILL is a power cut, SIGUSR1 takes the Wi-Fi away and
SIGUSR2 gives it back, SIGTERM ends it.

example:
  python -m rig.emulator --state-dir /tmp/wican --http 127.0.0.1:8080
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs an emulator until it is ended; the exit code is 0, or 2 for a command line that makes no sense."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.list_defects:
        for entry in loading.registry():
            print(json.dumps(entry, ensure_ascii=False))  # noqa: T201 (the interface)
        return 0
    if chosen.state_dir is None:
        parser.error("the following arguments are required: --state-dir")
    try:
        behaviour, options = _behaviour(chosen), _options(chosen)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    with contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(_live(options, behaviour, chosen.parent_pid))
        except OSError as error:
            parser.error(str(error))
    return 0


async def _live(options: Options, behaviour: Behaviour, parent_pid: int | None) -> None:
    from rig.emulator.device import Device  # noqa: PLC0415 (takes its time, and lists need none of it)

    device = Device(options, behaviour)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, device.end)
    loop.add_signal_handler(signal.SIGUSR1, lambda: device.set_network(present=False))
    loop.add_signal_handler(signal.SIGUSR2, lambda: device.set_network(present=True))
    watch = loop.create_task(_outlive(parent_pid, device)) if parent_pid else None
    await device.run(lambda: _say_ready(device))
    if watch is not None:
        watch.cancel()


def _say_ready(device: "Device") -> None:
    ready = {"url": device.web.url, "serial": device.console.serial, "pid": os.getpid()}
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(ready, separators=(",", ":")), flush=True)  # noqa: T201 (the interface)


async def _outlive(pid: int, device: "Device") -> None:
    """Ends the device when the process `pid` is gone."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        device.end()
        return
    except (AttributeError, OSError):
        await _look_for(pid)
        device.end()
        return
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(watched, gone.set)
    await gone.wait()
    asyncio.get_running_loop().remove_reader(watched)
    os.close(watched)
    device.end()


async def _look_for(pid: int) -> None:
    """Returns once a process is gone, on systems that cannot tell by themselves."""
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.kill(pid, 0)
            await asyncio.sleep(0.5)


def _options(chosen: argparse.Namespace) -> Options:
    can_settings: dict[str, object] | None = None
    if chosen.can_interface:
        can_settings = {"interface": chosen.can_interface, "channel": chosen.can_channel, **_object(chosen.can_kwargs)}
    names = dict(_pair(text) for text in chosen.resolve)
    return Options(
        state_dir=chosen.state_dir,
        http=Address.parse(chosen.http),
        serial_tcp=Address.parse(chosen.serial_tcp) if chosen.serial_tcp else None,
        console_tcp=Address.parse(chosen.console_tcp) if chosen.console_tcp else None,
        can_settings=can_settings,
        default_bundle=chosen.default_bundle.read_bytes() if chosen.default_bundle else None,
        names=names or None,
        boot_seconds=chosen.boot_seconds,
        seed=chosen.seed,
        started=_STARTED,
    )


def _behaviour(chosen: argparse.Namespace) -> Behaviour:
    """Profile, then features, then variants, then defects.

    Raises:
        ValueError: one of them does not exist.
    """
    behaviour = loading.profile(chosen.profile)
    for feature in chosen.feature:
        if feature not in FEATURES:
            raise ValueError(f"there is no feature {feature!r} to switch on; there are {', '.join(sorted(FEATURES))}")
        behaviour = behaviour.but(**FEATURES[feature])
    for variant in chosen.variant:
        behaviour = loading.with_variant(variant, behaviour)
    for defect in chosen.defect:
        behaviour = loading.with_defect(defect, behaviour)
    return behaviour


def _object(text: str) -> dict[str, object]:
    parsed = json.loads(text)
    if not isinstance(parsed, dict):
        raise ValueError(f"--can-kwargs {text!r} is no JSON object")  # noqa: TRY004 (a word on the command line)
    return parsed


def _pair(text: str) -> tuple[str, str]:
    name, equals, address = text.partition("=")
    if not equals or not name or not address:
        raise ValueError(f"--resolve {text!r} is no NAME=ADDR")
    return name.lower(), address


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wican-rig emulate",
        description="An emulated WiCAN-PRO.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--state-dir", type=Path, metavar="DIR", help="where it keeps what is stored on it")
    add("--http", default="127.0.0.1:0", metavar="HOST:PORT", help="address of the web API; port 0 takes a free one")
    add("--can-interface", metavar="I", help="python-can interface of the car's bus; without it the bus is dead")
    add("--can-channel", metavar="C", help="channel of that interface")
    add("--can-kwargs", default="{}", metavar="JSON", help="further arguments of can.Bus")
    add("--serial-tcp", metavar="HOST:PORT", help="serial console over TCP instead of a pseudo terminal")
    add("--console-tcp", metavar="HOST:PORT", help="the network's console (port 23 of a device)")
    add("--profile", default="document", metavar="P", help="document, 4.40p or 4.50p")
    add("--default-bundle", type=Path, metavar="PEM", help="the roots that the certificate set 'default' trusts")
    add("--resolve", action="append", default=[], metavar="NAME=ADDR", help="a host name (* allowed); other names do not resolve then")
    add("--boot-seconds", type=float, default=0.4, metavar="S", help="how long a boot takes; also bounds the wait before a reboot")
    add("--defect", action="append", default=[], metavar="ID", help="a deliberate fault; see --list-defects")
    add("--variant", action="append", default=[], metavar="ID", help="a harmless difference")
    add("--feature", action="append", default=[], metavar="F", help=f"an ability to add: {', '.join(FEATURES)}")
    add("--seed", type=int, metavar="S", help="makes what is random repeatable")
    add("--parent-pid", type=int, metavar="PID", help="ends when that process is gone")
    add("--list-defects", action="store_true", help="prints the defects, one JSON object a line, and ends")
    return parser
