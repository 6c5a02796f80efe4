"""Finding a device by multicast DNS: it announces ``wican_<device id>.local`` (service ``_wican._tcp``, 4.40p ``_http._tcp``)."""

import socket
import threading
from collections.abc import Sequence

from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

from rig.errors import BenchError

SCHEME = "mdns:"
"""How a URL begins that is to be looked up: ``mdns:wican_aabbccddeeff``, or ``mdns:`` alone for the only WiCAN there is."""
SERVICES = ("_wican._tcp.local.", "_http._tcp.local.")
_PREFIX = "wican_"
_RESOLVE_MS = 1500


def locate(url: str, within_s: float = 5.0, interfaces: Sequence[str] | None = None) -> str:
    """`url` as it is, or the web address of the device that an ``mdns:`` URL names.

    Looks for up to `within_s` seconds, on all interfaces or on those with the given addresses.

    Raises:
        BenchError: no such device announces itself, or several do and none is named.
    """
    if not url.startswith(SCHEME):
        return url
    wanted = url.removeprefix(SCHEME).removesuffix(".local").lower()
    try:
        with Zeroconf(interfaces=list(interfaces)) if interfaces else Zeroconf() as zeroconf:
            found = _browse(zeroconf, wanted, within_s)
            if wanted and wanted not in found:
                found |= _resolve(wanted)
    except OSError as error:
        raise BenchError(f"{url}: this machine cannot ask by multicast ({error}); write the device's address: http://192.168.…") from error
    if wanted:
        found = {name: address for name, address in found.items() if name == wanted}
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise BenchError(f"{url}: no {wanted or 'WiCAN'} announces itself in this network; write the device's address: http://192.168.…")
    raise BenchError(f"{url}: there are {', '.join(sorted(found))}; name one of them: {SCHEME}{min(found)}")


class _Listener(ServiceListener):
    """Keeps every WiCAN that announces itself: host name and web address."""

    def __init__(self, wanted: str) -> None:
        self.found: dict[str, str] = {}
        self.seen = threading.Event()
        self._wanted = wanted

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """A service appeared."""
        info = zc.get_service_info(type_, name, _RESOLVE_MS)
        if info is None or info.server is None or not info.parsed_addresses():
            return
        host = info.server.rstrip(".").removesuffix(".local").lower()
        if host.startswith(_PREFIX) or host == self._wanted:
            self.found[host] = _web_address(info.parsed_addresses()[0], info.port)
            if host == self._wanted:
                self.seen.set()

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """A service changed: read it again."""
        self.add_service(zc, type_, name)

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """A service went away; what was found was found."""


def _browse(zeroconf: Zeroconf, wanted: str, within_s: float) -> dict[str, str]:
    listener = _Listener(wanted)
    browser = ServiceBrowser(zeroconf, list(SERVICES), listener)
    listener.seen.wait(within_s)
    browser.cancel()
    return dict(listener.found)


def _resolve(wanted: str) -> dict[str, str]:
    """The host name by way of the system, where the service is not announced."""
    try:
        rows = socket.getaddrinfo(f"{wanted}.local", 80, type=socket.SOCK_STREAM)
    except OSError:
        return {}
    return {wanted: _web_address(str(rows[0][4][0]), 80)}


def _web_address(address: str, port: int | None) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}" if port in {None, 80} else f"http://{host}:{port}"
