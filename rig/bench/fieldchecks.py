"""What the values of a bench file have to be: each check says in words what is wrong, or None."""

import difflib
import ipaddress
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import can
import serial as pyserial

from rig.device.mdns import SCHEME
from rig.errors import UsageError
from rig.pki import Authority
from rig.vehicle import wire

Flaw = Callable[[str], str | None]
FEWEST_PORTS = 10
"""Receivers that a scenario may have at once, and some to spare."""
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"


def url(text: str) -> str | None:
    """The device's web page, or how to find it."""
    if re.fullmatch(rf"{SCHEME}(wican_[0-9a-f]+(\.local)?)?", text):
        return None
    parts = urlsplit(text)
    try:
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if right and parts.path in {"", "/"} and not parts.query:
        return None
    return f'has to be the address of the device\'s web page such as "http://192.168.0.146", or "{SCHEME}wican_<device id>"'


def serial(text: str) -> str | None:
    """Whatever pyserial opens."""
    try:
        pyserial.serial_for_url(text, do_not_open=True)
    except (ValueError, pyserial.SerialException) as error:
        return f'has to be a port such as "/dev/ttyACM0" or a URL of pyserial such as "socket://host:23" ({error})'
    return None


def address(text: str) -> str | None:
    """An IP address of this machine, or all of them."""
    return None if _ip(text) else 'has to be an IP address of this machine, or "0.0.0.0" for all of them'


def reachable_address(text: str) -> str | None:
    """An IP address that a device can connect to."""
    parsed = _ip(text)
    if parsed is None:
        return "has to be the IP address under which the device reaches this machine; DNS names belong into names"
    return "has to be one address, and this stands for all of them" if parsed.is_unspecified else None


def dns_name(text: str) -> str | None:
    """A name that a device resolves: its firmware refuses an underscore."""
    if _ip(text):
        return "has to be DNS names; the IP address belongs into address"
    if re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", text) and len(text) <= 253:
        return None
    return "has to be DNS names of letters, digits and hyphens (the device refuses an underscore)"


def ports(text: str) -> str | None:
    """A range of ports."""
    match = re.fullmatch(r"(\d+)-(\d+)", text)
    if not match or not 0 < int(match[1]) <= int(match[2]) < 65536:
        return 'has to be a range such as "20000-20063"'
    count = len(port_range(text))
    return None if count >= FEWEST_PORTS else f"has to hold at least {FEWEST_PORTS} ports (a scenario has several receivers)"


def port_range(text: str) -> tuple[int, ...]:
    """The ports of a range."""
    first, _, last = text.partition("-")
    return tuple(range(int(first), int(last) + 1))


def command(words: Sequence[str], folder: Path) -> str | None:
    """A program that is there, seen from the current folder."""
    if not words[0]:
        return "has to name a program"
    if shutil.which(words[0]):
        return None
    hint = f"; it lies beside the bench file: {folder / words[0]}" if (folder / words[0]).exists() else ""
    return f"names the program {words[0]!r}, which cannot be run on this machine{hint}"


def can_settings(table: Mapping[str, object]) -> tuple[str, str] | None:
    """Key and flaw of what python-can or the rig's own bus could not use; everything unknown goes to ``can.Bus`` as it is."""
    interface = table.get("interface")
    if interface is not None and interface not in can.VALID_INTERFACES:
        near = difflib.get_close_matches(str(interface), can.VALID_INTERFACES, 3)
        hint = f"perhaps {' or '.join(near)}" if near else f"there are {', '.join(sorted(can.VALID_INTERFACES))}"
        return "interface", f"has to be an interface of python-can, not {interface!r}; {hint}"
    if "config_context" in table and not isinstance(table["config_context"], str):
        return "config_context", f"has to name a section of python-can's own configuration, not {table['config_context']!r}"
    bitrate = table.get("bitrate", 500_000)
    if isinstance(bitrate, bool) or not isinstance(bitrate, int) or not 10_000 <= bitrate <= 1_000_000:
        return "bitrate", f"has to be bits per second such as 500000, not {bitrate!r}"
    if interface == "rigbus":
        return _rigbus_settings(table)
    if "slcan_listen" in table:
        return "slcan_listen", 'belongs to interface = "rigbus" only: the rig\'s own bus, which it then serves as slcan, too'
    return None


def _rigbus_settings(table: Mapping[str, object]) -> tuple[str, str] | None:
    for key in ("channel", "slcan_listen"):
        if key not in table and key != "channel":
            continue
        try:
            wire.host_and_port(str(table.get(key, "")))
        except ValueError:
            return key, f'has to be the "host:port" of the rig\'s bus such as "127.0.0.1:29111", not {table.get(key)!r}'
    return None


def authority(certificate: Path, key: Path) -> str | None:
    """A certificate and the key that belongs to it."""
    try:
        Authority.load("default_ca and default_ca_key", certificate.read_bytes(), key.read_bytes())
    except (UsageError, OSError) as error:
        return f"cannot be used: {error}"
    return None


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
