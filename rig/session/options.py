"""What a run was asked for."""

import time
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from rig.bench import BenchFile, read_bench_file
from rig.device.emulated import EmulatorOptions
from rig.profile import read_profile


@dataclass(frozen=True)
class RunOptions:
    """What the command line asked for."""

    out: Path
    bench: BenchFile | None
    emulator: EmulatorOptions
    only: tuple[str, ...]
    seed: int
    require_all: bool
    keep_secrets: bool
    report: bool = True
    command: tuple[str, ...] = ()

    @classmethod
    def of(cls, options: Namespace) -> "RunOptions":
        """From pytest's options.

        Raises:
            UsageError: the bench file or the profile is not usable.
        """
        read_profile(options.rig_profile)
        return cls(
            out=options.rig_out or _new_run_folder(Path("reports")),
            bench=read_bench_file(options.rig_bench) if options.rig_bench else None,
            emulator=EmulatorOptions(
                profile=options.rig_profile,
                boot_seconds=options.rig_boot_seconds,
                defects=tuple(options.rig_defect),
                variants=tuple(options.rig_variant),
                features=tuple(options.rig_feature),
            ),
            only=tuple(options.rig_only),
            seed=options.rig_seed,
            require_all=options.rig_require_all,
            keep_secrets=options.rig_keep_secrets,
            report=not options.rig_no_report,
            command=_command(options),
        )


def _new_run_folder(reports: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    taken = [number for number in range(100) if (reports / _run_name(stamp, number)).exists()]
    return reports / _run_name(stamp, len(taken))


def _run_name(stamp: str, number: int) -> str:
    return stamp if number == 0 else f"{stamp}-{number}"


def _command(options: Namespace) -> tuple[str, ...]:
    """What to type to run this again, seed included."""
    words = ["run"]
    plain = {"bench": options.rig_bench, "profile": options.rig_profile if not options.rig_bench else None, "seed": options.rig_seed}
    plain |= {"explore": options.rig_explore, "replay": options.rig_replay}
    words += [word for name, value in plain.items() if value is not None for word in (f"--{name}", str(value))]
    repeated = {"only": options.rig_only, "defect": options.rig_defect, "variant": options.rig_variant, "feature": options.rig_feature}
    words += [word for name, values in repeated.items() for value in values for word in (f"--{name}", value)]
    return (*words, *(["--slow"] if options.rig_slow else []))
