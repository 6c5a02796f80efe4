"""Where variants are listed."""

from rig.emulator.listing import Listing

variant = Listing("variant")
VARIANTS = variant.builds
"""Every variant, by id."""
SUMMARIES = variant.summaries
"""What each is, in a line."""
