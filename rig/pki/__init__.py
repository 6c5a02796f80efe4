"""Authorities, leaves, and certificates wrong in exactly one way."""

from rig.pki.authority import Authority, Leaf, self_signed
from rig.pki.certificate import Digest, KeyKind, Recipe
from rig.pki.pki import Pki

__all__ = ["Authority", "Digest", "KeyKind", "Leaf", "Pki", "Recipe", "self_signed"]
