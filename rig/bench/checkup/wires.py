"""Checks of the wires between rig and device: console, CAN bus, and the network in which the receivers listen."""

import socket

from rig.bench.checkup.finding import Finding, advice, bad, good, not_asked
from rig.bench.checkup.patient import Patient
from rig.bench.fieldchecks import FEWEST_PORTS
from rig.bench.health import can_listen, loops_back
from rig.errors import BenchError

OBD_BITRATE = 500_000
"""ISO 15765-4 as nearly all cars have it, and as the rig's scenarios tell the device."""


def serial(patient: Patient) -> Finding:
    """The console answers, and is that of this device."""
    file = patient.file
    if file.serial is None and not file.serial_command:
        return not_asked("the bench file names no console ([device] serial); what needs one is not judged")
    try:
        console = patient.device.console
        lines = console.command("system -i") if console is not None else []
    except BenchError as error:
        return bad(
            str(error),
            "it is the first of the two ports of its USB cable (Linux: /dev/ttyACM0); close other programs that have it open",
        )
    told = next((line.partition(":")[2].strip() for line in lines if line.startswith("Device ID")), None)
    wanted = str(patient.status.get("device_id", ""))
    if told is not None and told != wanted:
        return bad(f"the console is that of device {told}, the web API that of {wanted}", "take the serial port of the same device")
    return good(f"{file.serial or 'the console'} answers{'' if told is None else ', and is that of the same device'}")


def can_bus(patient: Patient) -> Finding:
    """The CAN bus opens, and its adapter has nothing to complain of."""
    settings = patient.file.can
    try:
        vehicle = patient.vehicle
    except BenchError as error:
        return bad(str(error), _PLUGGED if "interface" in settings else _CONFIGURED)
    if settings.get("bitrate", OBD_BITRATE) != OBD_BITRATE:
        return bad(f"[can] bitrate is {settings['bitrate']}", "the device asks at 500 kbit/s (ISO 15765-4, protocol 6): bitrate = 500000")
    if vehicle.failure is not None or patient.bus_state == "ERROR":
        return bad(f"the bus is off: {vehicle.failure or 'the adapter says so'}", _WIRING)
    if patient.bus_state == "PASSIVE" or any(frame.is_error_frame for _, frame in vehicle.frames):
        return bad("the adapter reports errors on the bus", _WIRING)
    return good(f"{settings.get('interface', 'the interface of python-can')} {settings.get('channel', '')} is open".replace("  ", " "))


_PLUGGED = "is the adapter plugged in and its interface up (ip link set can0 up type can bitrate 500000)?"
_CONFIGURED = "name the interface in [can], or in a section of python-can's own configuration (~/.canrc, /etc/can.conf)"
_WIRING = (
    "check bit rate (500 kbit/s at both ends), 120 ohms at both ends (60 between CAN-H and CAN-L, power off),"
    " CAN-H to pin 6, CAN-L to pin 14, ground to pins 4 and 5"
)


def receivers(patient: Patient) -> Finding:
    """The rig can listen where the device will look for it."""
    return _cannot_listen(patient) or _way_back(patient)


def _cannot_listen(patient: Patient) -> Finding | None:
    file = patient.file
    if file.listen.startswith("127.") and not patient.device_is_local:
        return bad(
            f"receivers would listen on {file.listen}, where no device in the network reaches them",
            "[receiver] listen = \"0.0.0.0\", or this machine's address in the device's network",
        )
    if not can_listen(file.listen, 0):
        return bad(f"{file.listen} is no address of this machine", '[receiver] listen = "0.0.0.0" listens on all it has')
    free = [port for port in file.ports if can_listen(file.listen, port)]
    if file.ports and len(free) < FEWEST_PORTS:
        return bad(
            f"only {len(free)} of {len(file.ports)} ports are free", f"a run needs {FEWEST_PORTS}: take another range for [receiver] ports"
        )
    return None


def _way_back(patient: Patient) -> Finding:
    file = patient.file
    try:
        address = patient.address
    except BenchError as error:
        return bad(str(error), "is this machine in the device's network?")
    patient.loops_back = loops_back(file.listen, address, file.ports)
    where = f"receivers listen on {file.listen}, the device is told {address}"
    if not patient.loops_back:
        return advice(f"{where}, which does not lead back here", "right only if a router or forwarder between them does; else fix address")
    if others := [f"{name} is {found}" for name in file.names if (found := _resolved(name)) not in {None, address}]:
        return advice(f"{where}; as seen from here {', '.join(others)}", "it is the device that has to resolve the name to that address")
    return good(where)


def _resolved(name: str) -> str | None:
    try:
        return str(socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError:
        return None
