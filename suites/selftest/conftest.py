"""Settings of all self-tests: a slow machine is no falsified property."""

from hypothesis import settings

settings.register_profile("rig", deadline=None)
settings.load_profile("rig")
