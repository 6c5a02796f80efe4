"""Checks that switch something off, and the rig's own error in time."""

import time

from rig.bench.checkup.finding import Finding, advice, bad, good, not_asked
from rig.bench.checkup.patient import Patient
from rig.bench.restart import Life, is_reachable, wait_until_gone, wait_until_ready
from rig.errors import BenchError

_WATCH_S = 1.0
_FINE_MS, _COARSE_MS = 5.0, 50.0


def power(patient: Patient) -> Finding:
    """The power switch really cuts, and the device boots when it has power again."""
    file, device = patient.file, patient.device
    if file.power is None:
        return not_asked("the bench file names no power switch ([power] off, on); power cuts are not tried")
    try:
        device.power_off()
        gone = _goes_away(patient)
        device.power_on()
        if not gone:
            return bad(f"after {' '.join(file.power.off)} the device still answers", "has it another supply? Does the command wait?")
        wait_until_ready(device, file.allowance)
    except BenchError as error:
        return bad(str(error), "try both commands of [power] by hand")
    patient.read()
    reason, boots = str(patient.status.get("restart_last_reset_reason", "poweron")), Life.of(patient.status).boots
    if reason != "poweron" or boots not in {None, 1}:
        return advice(f"it came back by {reason}, as boot {boots}", "a power cut makes it boot 1 by poweron: is the gap long enough?")
    return good("the switch cuts the device's power, and it comes back")


def wifi(patient: Patient) -> Finding:
    """The Wi-Fi switch really takes the network away, and the device comes back when it has it again."""
    file, device = patient.file, patient.device
    if file.wifi is None:
        return not_asked("the bench file names no switch for the Wi-Fi ([wifi] off, on); losing it is not tried")
    try:
        device.wifi_off()
        gone = _goes_away(patient)
        device.wifi_on()
        if not gone:
            return bad(f"after {' '.join(file.wifi.off)} the device still answers", "is it in another network, too?")
        wait_until_ready(device, file.allowance)
    except BenchError as error:
        return bad(str(error), "try both commands of [wifi] by hand")
    return good("the Wi-Fi goes away and comes back, and the device with it")


def time_error(patient: Patient) -> Finding:
    """How exact this machine's stamps are."""
    bench = patient.bench
    since_ns = bench.now_ns()
    time.sleep(_WATCH_S)
    error_ms = bench.guard_ms(since_ns)
    told = f"the rig's own error in time is {error_ms:.1f} ms"
    if error_ms > _COARSE_MS:
        return advice(told, "timing verdicts become inconclusive: close other programs, or take a faster machine")
    return good(told if error_ms < _FINE_MS else f"{told}, which is counted in the device's favour")


def _goes_away(patient: Patient) -> bool:
    allowance = patient.file.allowance
    try:
        wait_until_gone(patient.device, allowance)
    except BenchError:
        return is_reachable(patient.device, allowance.connect_s) is False
    return True
