"""The machine that the figures are of, its load, and the statistics every table uses."""

import multiprocessing
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median


def name() -> str:
    """System, processor and Python, in one line."""
    return f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie (the nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def row(label: str, values: Sequence[float], unit: str) -> str:
    """One line: how many, median, 99th percentile and largest."""
    figures = f"median {median(values):8.3f}  p99 {quantile(values, 0.99):8.3f}  max {max(values):8.3f} {unit}"
    return f"  {label:<44} n {len(values):>6}  {figures}"


def _burn() -> None:
    while True:
        pass


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """`loops` processes that do nothing but compute, for as long as the block lasts."""
    processes = [multiprocessing.Process(target=_burn, daemon=True) for _ in range(loops)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()
