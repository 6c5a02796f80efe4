"""The examination of a bench before the device on it is judged: checks in order, each with a remedy for what it finds."""

from collections.abc import Iterator
from contextlib import ExitStack

from rig.bench.bench import Bench
from rig.bench.benchfile import BenchFile
from rig.bench.checkup import api, switches, trial, wires
from rig.bench.checkup.finding import Check, Depth, Finding, Result, State, bad, not_asked
from rig.bench.checkup.patient import Patient
from rig.errors import BenchError

CHECKS: tuple[Check, ...] = (
    Check("web-api", api.web_api),
    Check("identity", api.identity, ("web-api",)),
    Check("left-over", api.left_over, ("identity",)),
    Check("serial", wires.serial, ("web-api",)),
    Check("can-bus", wires.can_bus),
    Check("receivers", wires.receivers, ("web-api",)),
    Check("cert-sets", api.slots, ("web-api",)),
    Check("supply", api.supply, ("web-api",)),
    Check("settings", api.settings, ("left-over",)),
    Check("clock", api.device_clock, ("web-api",)),
    Check("reboot", trial.reboots, ("left-over", "can-bus", "receivers", "cert-sets", "settings"), Depth.BOOT),
    Check("by-address", trial.reached_by_address, ("reboot",), Depth.BOOT),
    Check("by-name", trial.reached_by_name, ("reboot",), Depth.BOOT),
    Check("polling", trial.polls, ("reboot",), Depth.BOOT),
    Check("power", switches.power, ("left-over",), Depth.FULL),
    Check("wifi", switches.wifi, ("left-over",), Depth.FULL),
    Check("time-error", switches.time_error, ("left-over", "can-bus"), Depth.FULL),
)


def examine(patient: Patient, depth: Depth) -> Iterator[Result]:
    """Asks one check after the other, as deep as wanted; what needs a check that failed is not asked."""
    patient.changes_allowed = depth >= Depth.BOOT
    failed: set[str] = set()
    for check in CHECKS:
        if check.depth > depth:
            continue
        missing = [name for name in check.needs if name in failed]
        finding = not_asked(f"needs {', '.join(missing)}") if missing else _ask(check, patient)
        if missing or finding.state is State.BAD:
            failed.add(check.name)
        yield Result(check.name, finding)


def open_bench(file: BenchFile) -> Bench:
    """The bench that `file` describes, examined up to a trial boot and ready for a run; closing it gives the device its own back.

    Raises:
        BenchError: something on it would make a run come to nothing; what, and the remedy, stand in the message.
        UsageError: the device's profile does not exist.
    """
    with ExitStack() as stack:
        patient = Patient(file, stack)
        for result in examine(patient, Depth.BOOT):
            if result.finding.state is State.BAD:
                raise BenchError(f"the bench is not ready: {result} (`wican-rig doctor {file.path}` tells more)")
        patient.bench.end()
        return patient.discharge()


def _ask(check: Check, patient: Patient) -> Finding:
    try:
        return check.ask(patient)
    except BenchError as error:
        return bad(str(error), "see above")


__all__ = ["CHECKS", "Check", "Depth", "Finding", "Patient", "Result", "State", "examine", "open_bench"]
