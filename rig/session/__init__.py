"""One run: what was asked for, the bench it opens once, what it shows meanwhile, and the files it leaves."""

from rig.session.keeper import BenchKeeper
from rig.session.live import Board, Sighting
from rig.session.options import RunOptions
from rig.session.writer import RunWriter

__all__ = ["BenchKeeper", "Board", "RunOptions", "RunWriter", "Sighting"]
