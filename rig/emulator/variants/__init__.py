"""Harmless differences between healthy devices: a suite that fails over one of these is wrong."""

from rig.emulator.variants import page, wires
from rig.emulator.variants.registry import SUMMARIES, VARIANTS

AREAS = (page, wires)
"""The modules that variants are in."""

__all__ = ["AREAS", "SUMMARIES", "VARIANTS"]
