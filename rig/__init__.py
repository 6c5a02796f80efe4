"""wican-rig: a conformance rig for the HTTPS destination of the WiCAN-PRO."""
