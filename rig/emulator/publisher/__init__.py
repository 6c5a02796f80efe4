"""What leaves the emulated device: who is served when, with which request, over which TLS, and what counts as a success."""

from rig.emulator.publisher.publisher import Publisher

__all__ = ["Publisher"]
