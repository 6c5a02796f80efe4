"""What a receiver takes from a device at the most: nothing that arrives can cost unbounded time or memory."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Limits:
    """Bytes, seconds and counts; beyond them the connection is broken off and says so."""

    head: int = 64 * KIB
    """Request line and headers together."""
    body_kept: int = MIB
    """The largest body that is a request; a larger one is a failure."""
    body_read: int = 8 * MIB
    """How much of a larger body is still read, so that the device gets an answer."""
    handshake_s: float = 30.0
    """From acceptance to the end of the TLS handshake."""
    connection_s: float = 60.0
    """One connection; on a connection that is kept, one exchange."""
    drain_s: float = 1.0
    """How long the device may take to close after the receiver has."""
    open_connections: int = 200
    connections: int = 20_000
    """How many are recorded; the device is refused from then on."""
    tap: int = 2 * MIB
    """Raw bytes kept of one connection, both directions together."""
    all_taps: int = 64 * MIB
    """Raw bytes kept in all; beyond that the oldest connections lose theirs."""
    all_bodies: int = 256 * MIB
    """Bodies kept in all; the device is refused from then on."""
    malformed: int = 64 * KIB
    """Plain text, or decrypted bytes outside any request, kept of one connection."""
