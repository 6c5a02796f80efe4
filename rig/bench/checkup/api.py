"""Checks of what the device says of itself over its web API; none of them changes anything without consent."""

import re
import time

from rig.bench import backup as backups
from rig.bench.cert_sets import MAX_SETS, PREFIX
from rig.bench.checkup.finding import Finding, advice, bad, good, not_asked
from rig.bench.checkup.patient import Patient
from rig.bench.preparation import Need, needs_of
from rig.errors import BenchError

SETS_NEEDED = 7
"""Certificate sets that a scenario may have at once: one for each of six destinations, and one offered."""
_GUARD_V = 12.1
_KNOWN = ("4.40p", "4.50p")


def web_api(patient: Patient) -> Finding:
    """The web API answers, and soon enough."""
    web = patient.device.web
    began = time.monotonic()
    try:
        patient.read()
    except BenchError as error:
        return bad(str(error), f"is the device powered and in this network? Open {web.url} in a browser, and check [device] url")
    took_s = (time.monotonic() - began) / 2
    if took_s > patient.file.allowance.web_s / 2:
        return advice(f"{web.url} answers slowly ({took_s:.1f} s)", "widen [allowance] web_s, or bring device and access point closer")
    return good(f"{web.url} answers in {took_s * 1000:.0f} ms")


def identity(patient: Patient) -> Finding:
    """Which device this is, and with what it will be judged."""
    status = patient.status
    device_id, hardware, version = (str(status.get(key, "")) for key in ("device_id", "hw_version", "git_version"))
    told = f"{hardware or 'a device'} {device_id}, firmware {version or 'unknown'}, judged with profile {patient.profile.name}"
    if not re.fullmatch(r"[0-9a-f]{12}", device_id):
        return bad(f"device_id is {device_id!r}", "the URL does not lead to a WiCAN-PRO; check [device] url")
    if "PRO" not in hardware:
        return bad(f"{told}", "the HTTPS destination is a feature of the WiCAN-PRO; check [device] url")
    if patient.release not in _KNOWN and patient.file.profile is None and patient.file.kind == "physical":
        return advice(told, f"nobody has read this release; known are {', '.join(_KNOWN)}. Every failure counts")
    return good(told)


def left_over(patient: Patient) -> Finding:
    """No earlier run owes this device its configuration."""
    waiting = backups.read(str(patient.status.get("device_id", "")))
    if waiting is not None:
        return bad(backups.waiting(waiting), "nothing is changed until that is settled")
    return good(f"no run owes it anything; backups go to {backups.folder()}")


def slots(patient: Patient) -> Finding:
    """There is room for the certificate sets of the rig."""
    others = [name for name in patient.device.web.cert_sets() if not name.startswith(PREFIX)]
    free = MAX_SETS - len(others)
    told = f"{free} of {MAX_SETS} certificate sets are free"
    if free < SETS_NEEDED:
        return bad(told, f"the rig needs {SETS_NEEDED} and deletes none of yours: remove some of {', '.join(sorted(others))}")
    return good(told)


def settings(patient: Patient) -> Finding:
    """AutoPID runs and the station is connected; with consent the rig changes what is in the way."""
    needs = needs_of(patient.main, patient.status)
    if hopeless := [need for need in needs if need.vital and not need.changes]:
        return bad(_told(hopeless), _remedy(hopeless))
    vital = [need for need in needs if need.vital]
    if vital and not (patient.file.prepare and patient.changes_allowed):
        hint = "a run does it for you, because [device] prepare = true" if patient.file.prepare else "or say [device] prepare = true"
        finding = advice if patient.file.prepare else bad
        return finding(_told(vital), f"{_remedy(vital)}, {hint}")
    if vital:
        patient.change_main({key: value for need in vital for key, value in need.changes.items()})
        if still := [need for need in needs_of(patient.main, patient.status) if need.vital]:
            return bad(f"stored, and still: {_told(still)}", _remedy(still))
        return good(f"prepared for the run: {_told(vital)}; it is put back afterwards")
    if needs:
        return advice(_told(needs), _remedy(needs))
    return good("AutoPID is on, the station is connected")


def supply(patient: Patient) -> Finding:
    """The supply keeps the device awake."""
    status = patient.status
    if status.get("obd_chip_status") == "Sleep":
        return bad("the device's OBD chip sleeps", "raise the supply to 13.6 V, or switch sleep off")
    told = re.match(r"\s*(\d+(\.\d+)?)", str(status.get("batt_voltage", "")))
    if not told:
        return not_asked("the device does not tell its supply voltage")
    volts = float(told[1])
    sleeps = not (status.get("sleep_status") == "disable" and status.get("sleep_disable_agree") == "yes")
    threshold = _number(status.get("sleep_volt"), 13.1)
    if sleeps and volts < threshold + 0.1:
        minutes = _number(status.get("sleep_time"), 5)
        return bad(
            f"{volts:g} V, and below {threshold:g} V it falls asleep after {minutes:g} minutes",
            "supply 13.6 V, or switch sleep off: sleep_status = disable and sleep_disable_agree = yes, both",
        )
    if volts < _GUARD_V:
        return advice(f"{volts:g} V", "after three crashes below 12.1 V release 4.50p goes to sleep; supply 13.6 V")
    return good(f"{volts:g} V, sleep is {f'on below {threshold:g} V' if sleeps else 'off'}")


def device_clock(patient: Patient) -> Finding:
    """The device's clock is right, as far as it tells."""
    told = _told_time(patient)
    if told is None:
        return not_asked("this release does not tell its time over the web API, and the bench has no console")
    wrong_s = told - time.time()
    if abs(wrong_s) > patient.file.tolerances.clock_s + 1:
        return advice(
            f"the device's clock is {wrong_s:+.0f} s off",
            "let it reach time.windows.com or pool.ntp.org (UDP 123), or open its page once, which sets it",
        )
    return good(f"the device's clock is {wrong_s:+.1f} s off")


def _told_time(patient: Patient) -> float | None:
    stamp = patient.status.get("timestamp")
    if isinstance(stamp, int | float):
        return float(stamp)
    if patient.file.serial is None and not patient.file.serial_command:
        return None
    try:
        console = patient.device.console
        lines = console.command("rtc -r") if console is not None else []
    except BenchError:
        return None
    match = next((found for line in lines if (found := re.search(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)", line))), None)
    return time.mktime((*map(int, match.groups()), 0, 0, 0)) - time.timezone if match else None  # type: ignore[arg-type]


def _told(needs: list[Need]) -> str:
    return "; ".join(need.said for need in needs)


def _remedy(needs: list[Need]) -> str:
    return "; ".join(need.remedy for need in needs)


def _number(value: object, default: float) -> float:
    try:
        return float(str(value))
    except ValueError:
        return default
