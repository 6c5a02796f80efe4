"""The bench: everything a suite may know of the rig, besides marks, pki and oracle."""

from rig.bench.bench import DEFAULT_PARAMETERS, Bench, trusts
from rig.bench.benchfile import BenchFile, read_bench_file
from rig.bench.boot import Boot
from rig.bench.destination import DEFAULT, Destination, set_name
from rig.bench.parts import Parts, emulated_parts, parts_of
from rig.bench.watched import Watched
from rig.device import CarProfile, CertSet, CustomPid, ProfileParameter, ProfilePid, StandardPid
from rig.errors import BenchError

__all__ = [
    "DEFAULT",
    "DEFAULT_PARAMETERS",
    "Bench",
    "BenchError",
    "BenchFile",
    "Boot",
    "CarProfile",
    "CertSet",
    "CustomPid",
    "Destination",
    "Parts",
    "ProfileParameter",
    "ProfilePid",
    "StandardPid",
    "Watched",
    "emulated_parts",
    "parts_of",
    "read_bench_file",
    "set_name",
    "trusts",
]
