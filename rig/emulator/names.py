"""Host names as the device's network resolves them."""

import fnmatch
import socket
from collections.abc import Mapping
from contextlib import suppress


def resolve(host: str, names: Mapping[str, str] | None) -> str:
    """The address of a host name, or of a pattern with ``*`` that it matches; without `names` the system is asked.

    An IPv4 address is preferred, as the device has no other in most networks.

    Raises:
        OSError: there is none.
    """
    name = host.lower().removesuffix(".")
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is no host name") from error
    with suppress(OSError):
        socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
        return host
    if name == "localhost" or name.endswith(".localhost"):
        return "127.0.0.1"
    if names is None:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return str(min(found, key=lambda entry: entry[0] != socket.AF_INET)[4][0])
    for pattern, address in names.items():
        if fnmatch.fnmatchcase(name, pattern.lower()):
            return address
    raise socket.gaierror(socket.EAI_NONAME, f"{host} has no address")
