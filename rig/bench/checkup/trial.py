"""The trial boot: one configuration of the rig's, and whether requests and answers get through, over CAN and over HTTPS."""

import json

from rig import clock
from rig.bench.boot import Boot
from rig.bench.checkup.finding import Finding, advice, bad, good, not_asked
from rig.bench.checkup.patient import Patient
from rig.bench.watched import Watched
from rig.errors import BenchError

PATIENCE_S = 25.0
"""How long after a boot the first request and the first POST may take; 4.50p sends 10 to 16 s after power-on, boot included."""
_RPM = 1726.0
_FIREWALL = "let this machine's firewall take TCP connections from the device"


def reboots(patient: Patient) -> Finding:
    """The device takes a configuration, goes away and comes back."""
    bench = patient.bench
    bench.vehicle.engine.set("0C", _RPM)
    hosts = {"by_address": bench.address, **{f"by_name_{number}": name for number, name in enumerate(patient.file.names)}}
    destinations = {
        name: bench.destination(bench.receiver(bench.pki.trusted.issue(host), name=host), host=host) for name, host in hosts.items()
    }
    try:
        patient.trial = bench.boot(**destinations)  # type: ignore[arg-type] # names here are of destinations only
    except BenchError as error:
        return bad(str(error), "does it boot by hand? If it is only slow, widen [allowance] reboot_s and boot_s")
    away_s = (patient.trial.ready_ns - patient.trial.gone_ns) / 1e9
    if away_s > patient.file.allowance.boot_s / 2:
        return advice(f"it was away for {away_s:.0f} s", "widen [allowance] boot_s, so that a slow boot is not taken for none")
    return good(f"it was away for {away_s:.1f} s")


def polls(patient: Patient) -> Finding:
    """Its requests reach the car, and the car's answers reach it."""
    boot, vehicle = _trial(patient), patient.vehicle
    try:
        asked = vehicle.wait_for_request(lambda request: request.stamp_ns >= boot.gone_ns, _left_s(patient))
    except BenchError as error:
        return bad(str(error), "check hub or adapter: [can]")
    if asked is None:
        frames = len(vehicle.frames)
        return bad(
            f"no request of the device arrived on the CAN bus within {PATIENCE_S:.0f} s ({frames} other frames)",
            "check bit rate (500 kbit/s), 120 ohms at both ends, CAN-H on pin 6, CAN-L on pin 14; the adapter must not be listen-only",
        )
    served = next((watched for watched in boot if watched.requests), None)
    if served is None:
        return not_asked(f"it asks the car ({asked!r}); whether it hears the answers would show in a POST")
    served.receiver.wait(lambda _: _newest_value(served) is not None, _left_s(patient))
    value = _newest_value(served)
    if value is None:
        return bad("it asks the car, and never sends what the car answers", "does the adapter send? Check CAN-H, CAN-L and termination")
    if abs(value - _RPM) > 1:
        return bad(f"the car answers {_RPM:g} rpm, the device sends {value:g}", "is another ECU on this bus? Disconnect it")
    return good("it asks the car, and sends what the car answers")


def reached_by_address(patient: Patient) -> Finding:
    """It reaches the receivers by their address."""
    return _reached(_trial(patient).by_address, patient, f"[receiver] address = {patient.address!r}")


def reached_by_name(patient: Patient) -> Finding:
    """It reaches the receivers by each of their names."""
    if not patient.file.names:
        return not_asked("the bench file gives the receivers no DNS name ([receiver] names); what needs one is not judged")
    trial = _trial(patient)
    for number, name in enumerate(patient.file.names):
        remedy = f"does {name} resolve to {patient.address} where the device asks (router's DNS, or mDNS for .local)?"
        finding = _reached(trial[f"by_name_{number}"], patient, remedy)
        if finding.state is not good("").state:
            return finding
    return good(f"it reaches {', '.join(patient.file.names)}")


def _reached(watched: Watched, patient: Patient, remedy: str) -> Finding:
    host = watched.destination.host
    try:
        request = watched.wait_for_requests(1, _left_s(patient))[0]
    except BenchError:
        if failures := [connection.failure for connection in watched.connections if connection.failure]:
            return bad(f"it connects to {host}, and the connection fails: {failures[-1]}", "is something between that opens TLS?")
        return bad(f"no connection to {host} arrived ({_why_silent(patient)})", f"{remedy}; {_FIREWALL}")
    return good(f"its first POST to {host} came {(request.started_ns - _trial(patient).ready_ns) / 1e9:.1f} s after it was back")


def _why_silent(patient: Patient) -> str:
    """Whether the device had anything to send."""
    try:
        telemetry = patient.device.web.telemetry()
    except BenchError as error:
        return str(error)
    return "it has polled nothing yet, so it has nothing to send" if "error" in telemetry else "it has telemetry to send"


def _newest_value(watched: Watched) -> float | None:
    """Engine speed in the newest POST that has it."""
    for request in reversed(watched.requests):
        try:
            return float(json.loads(request.body)["autopid_data"]["0C-EngineRPM"])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return None


def _left_s(patient: Patient) -> float:
    """What is left of the patience that all checks of the trial share."""
    return max(0.1, PATIENCE_S - (clock.now_ns() - _trial(patient).ready_ns) / 1e9)


def _trial(patient: Patient) -> Boot:
    if patient.trial is None:
        raise BenchError("there was no trial boot")
    return patient.trial
