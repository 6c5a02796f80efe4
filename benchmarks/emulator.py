"""The emulator: from the command to its ready line, and what a device with six destinations at 1 s costs."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.machine import row
from rig.bench import Bench, emulated_parts
from rig.device.emulated import EmulatorOptions


def start(times: int) -> Iterator[str]:
    """``wican-rig emulate`` until its ready line."""
    took_s = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "rig", "emulate", "--state-dir", folder, "--http", "127.0.0.1:0"]
            began = time.perf_counter()
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 (our own program)
                line = process.stdout.readline() if process.stdout else ""
                took_s.append(time.perf_counter() - began)
                json.loads(line)
                process.send_signal(signal.SIGTERM)
    yield "emulator"
    yield row("from the command to the ready line", took_s, "s")


def cost(seconds: float) -> Iterator[str]:
    """Processor time of an emulated device that serves six destinations at 1 s."""
    bench = Bench(emulated_parts(EmulatorOptions()))
    try:
        boot = bench.boot(**{f"destination_{number}": bench.destination() for number in range(6)})
        for watched in boot:
            watched.wait_for_requests(2)
        before_s = _processor_s(bench.device.pid)  # type: ignore[attr-defined]  # an emulated device has one
        began = time.monotonic()
        time.sleep(seconds)
        share = (_processor_s(bench.device.pid) - before_s) / (time.monotonic() - began)  # type: ignore[attr-defined]
        posts = sum(len(watched.requests) for watched in boot)
    finally:
        bench.end()
        bench.close()
    yield f"  six destinations at 1 s: {share * 100:.1f} % of a core over {seconds:g} s ({posts} POSTs)"


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
