"""``python -m benchmarks``: every figure in one run; ``--full`` takes the sample sizes that the goals name (about half an hour)."""

import argparse
from collections.abc import Iterator

from benchmarks import emulator, machine, servers, vehicle


def _everything(*, full: bool) -> Iterator[str]:
    requests = 2000 if full else 120
    yield from servers.stamps(requests, loops=0)
    yield from servers.stamps(requests, loops=2)
    yield from servers.throughput()
    yield from vehicle.answers(5000 if full else 1000)
    yield from vehicle.frames(10 if full else 3)
    yield from emulator.start(9 if full else 5)
    yield from emulator.cost(60 if full else 20)


def main() -> None:
    """Prints as it goes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="2000 requests for each stamp error, and more of everything else")
    print(machine.name(), flush=True)
    for line in _everything(full=parser.parse_args().full):
        print(line, flush=True)


if __name__ == "__main__":
    main()
