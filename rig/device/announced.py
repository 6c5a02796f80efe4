"""Which WiCANs announce themselves by multicast DNS: ``wican_<device id>.local``, service ``_wican._tcp`` (4.40p ``_http._tcp``)."""

import threading
from collections.abc import Sequence

from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

SERVICES = ("_wican._tcp.local.", "_http._tcp.local.")
_PREFIX = "wican_"
_RESOLVE_MS = 1500


def browse(wanted: str, within_s: float, interfaces: Sequence[str] | None) -> dict[str, str]:
    """Host names and web addresses found within that time; ends sooner once `wanted` is among them.

    Raises:
        OSError: this machine cannot ask by multicast.
    """
    listener = _Listener(wanted)
    with Zeroconf(interfaces=list(interfaces)) if interfaces else Zeroconf() as zeroconf:
        browser = ServiceBrowser(zeroconf, list(SERVICES), listener)
        listener.seen.wait(within_s)
        browser.cancel()
    return dict(listener.found)


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
            address, port = info.parsed_addresses()[0], info.port
            self.found[host] = f"http://{f'[{address}]' if ':' in address else address}{'' if port in {None, 80} else f':{port}'}"
            if host == self._wanted:
                self.seen.set()

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """A service changed: read it again."""
        self.add_service(zc, type_, name)

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """A service went away; what was found was found."""
