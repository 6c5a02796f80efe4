"""Where defects are listed."""

from rig.emulator.listing import Listing

defect = Listing("defect")
DEFECTS = defect.builds
"""Every defect, by id."""
SUMMARIES = defect.summaries
"""What each is, in a line."""
