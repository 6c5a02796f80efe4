"""One module per command of ``wican-rig``."""
