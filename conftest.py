"""Loads the rig's plugin for whoever calls pytest in a checkout."""

pytest_plugins = ["rig.pytest_plugin"]
