#!/usr/bin/env python3
"""Runs a command on a bench that labgrid shares: reserve, acquire, write the bench file, run, release (also after a failure).

It needs labgrid's client and nothing of the rig, because labgrid replaces pyserial in any environment it is installed in: labgrid
has an environment of its own, and the command runs in another. What the place exports goes into the bench file: a NetworkSerialPort
becomes [device] serial, a NetworkService [device] url, and with --power the place's power resource [power]. The rest (CAN adapter,
receivers, allowances) comes from a template, which is a bench file without these keys.

    shared_bench.py --template lab/wican.toml board=wican -- wican-rig run --bench {bench} --only 'auth/*'

The exit code is that of the command; 3 if there is no bench to be had.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml


class NoBenchError(Exception):
    """There is no bench to be had; the message says why."""


def main(words: list[str] | None = None) -> int:
    """Reads the command line and does it."""
    words = sys.argv[1:] if words is None else words
    own, command = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    chosen = _parser().parse_args(own)
    if not command:
        _parser().error("after -- comes the command to run")
    try:
        with reserved(chosen.tags) as client, tempfile.TemporaryDirectory(prefix="shared-bench-") as folder:
            place, resources = exported(client)
            template = tomllib.loads(chosen.template.read_text(encoding="utf-8")) if chosen.template else {}
            bench = Path(folder) / f"{place}.toml"
            bench.write_text(as_toml(with_facts(template, resources, _power(place) if chosen.power else None)), encoding="utf-8")
            return subprocess.run([word.replace("{bench}", str(bench)) for word in command], check=False).returncode  # noqa: S603 (the user's own command, no shell)
    except (NoBenchError, OSError, tomllib.TOMLDecodeError) as error:
        print(f"shared_bench: {error}", file=sys.stderr)  # noqa: T201 (the user reads it)
        return 3


class Client:
    """labgrid's command-line client, with the token of a reservation."""

    def __init__(self, token: str = "") -> None:
        self._environment = os.environ | ({"LG_TOKEN": token} if token else {})

    def __call__(self, *words: str) -> str:
        """What one call prints.

        Raises:
            NoBenchError: it failed; what it said stands in the message.
        """
        done = subprocess.run([labgrid_client(), *words], env=self._environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise NoBenchError(f"labgrid-client {' '.join(words)}: {said[-1] if said else f'exit code {done.returncode}'}")
        return done.stdout


def labgrid_client() -> str:
    """The client beside this Python, or on the path."""
    beside = Path(sys.executable).with_name("labgrid-client")
    return str(beside) if beside.exists() else shutil.which("labgrid-client") or "labgrid-client"


@contextmanager
def reserved(tags: list[str]) -> Iterator[Client]:
    """Waits for a place with these tags, acquires it, and lets it go at the end, whatever happens."""
    said = Client()("reserve", "--wait", "--shell", *tags)
    token = re.search(r"LG_TOKEN=(\S+)", said)
    if token is None:
        raise NoBenchError(f"labgrid gave no reservation: {said.strip()!r}")
    client = Client(token[1])
    try:
        client("-p", "+", "acquire")
        try:
            yield client
        finally:
            client("-p", "+", "release")
    finally:
        client("cancel-reservation")


def exported(client: Client) -> tuple[str, dict[str, dict[str, object]]]:
    """Name of the place, and parameters of each resource by its class."""
    targets = yaml.safe_load(client("-p", "+", "env"))["targets"]
    place, target = next(iter(targets.items()))
    return place, {name: parameters for resource in target["resources"] for name, parameters in resource.items()}


def with_facts(template: dict[str, object], resources: dict[str, dict[str, object]], power: dict[str, object] | None) -> dict[str, object]:
    """The bench file's tables: those of the template, completed by what the place exports."""
    device = dict(template.get("device", {}))  # type: ignore[call-overload]
    if serial := resources.get("NetworkSerialPort"):
        scheme = "rfc2217" if serial.get("protocol", "rfc2217") == "rfc2217" else "socket"
        device.setdefault("serial", f"{scheme}://{serial['host']}:{serial['port']}")
    if service := resources.get("NetworkService"):
        device.setdefault("url", f"http://{service['address']}")
    return {**template, "device": device, **({"power": power} if power else {})}


def as_toml(tables: dict[str, object]) -> str:
    """Tables of texts, numbers, truths and lists, as TOML writes them (in these JSON writes the same)."""
    lines: list[str] = []
    for name, table in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in dict(table).items()]  # type: ignore[call-overload]
    return "\n".join(lines) + "\n"


def _power(place: str) -> dict[str, object]:
    return {what: [labgrid_client(), "-p", place, "power", what] for what in ("off", "on")}


def _parser() -> argparse.ArgumentParser:
    usage = "%(prog)s [options] KEY=VALUE... -- COMMAND..."
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="shared_bench.py", usage=usage, description=__doc__, formatter_class=raw)
    parser.add_argument("--template", type=Path, metavar="FILE", help="bench file without what the place exports")
    parser.add_argument("--power", action="store_true", help="cut the power through the place")
    parser.add_argument("tags", nargs="+", metavar="KEY=VALUE", help="tags that the place has to have")
    return parser


if __name__ == "__main__":
    sys.exit(main())
