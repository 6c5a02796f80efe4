"""Finding a device by multicast DNS, where a bench file names none of its addresses."""

import socket
from collections.abc import Sequence

from rig.errors import BenchError

SCHEME = "mdns:"
"""How a URL begins that is to be looked up: ``mdns:wican_aabbccddeeff``, or ``mdns:`` alone for the only WiCAN there is."""


def locate(url: str, within_s: float = 5.0, interfaces: Sequence[str] | None = None) -> str:
    """`url` as it is, or the web address of the device that an ``mdns:`` URL names.

    Looks for up to `within_s` seconds, on all interfaces or on those with the given addresses.

    Raises:
        BenchError: no such device announces itself, or several do and none is named.
    """
    if not url.startswith(SCHEME):
        return url
    from rig.device.announced import browse  # noqa: PLC0415 (takes its time to import, and most benches need none of it)

    wanted = url.removeprefix(SCHEME).removesuffix(".local").lower()
    try:
        found = browse(wanted, within_s, interfaces)
    except OSError as error:
        raise BenchError(f"{url}: this machine cannot ask by multicast ({error}); write the device's address: http://192.168.…") from error
    if wanted and wanted not in found:
        found |= _resolved(wanted)
    if wanted:
        found = {name: address for name, address in found.items() if name == wanted}
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise BenchError(f"{url}: no {wanted or 'WiCAN'} announces itself in this network; write the device's address: http://192.168.…")
    raise BenchError(f"{url}: there are {', '.join(sorted(found))}; name one of them: {SCHEME}{min(found)}")


def _resolved(wanted: str) -> dict[str, str]:
    """The host name by way of the system, where the service is not announced."""
    try:
        address = str(socket.getaddrinfo(f"{wanted}.local", 80, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])
    except OSError:
        return {}
    return {wanted: f"http://{address}"}
