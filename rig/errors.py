"""Errors whose class says whose fault they are.

An ``AssertionError`` in the body of a test is the device's fault. The classes here are everybody else's.
"""


class RigError(Exception):
    """Base of every error the rig raises on purpose; the message is one sentence a user can act on."""


class UsageError(RigError):
    """The user's fault: a wrong option, file or key. The command ends with exit code 2."""


class BenchError(RigError):
    """The bench's fault: the question was never reached, so the verdict is inconclusive (exit code 3)."""
