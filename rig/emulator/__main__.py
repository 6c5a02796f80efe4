"""``python -m rig.emulator``: an emulated WiCAN-PRO."""

import sys

from rig.emulator.cli import main

sys.exit(main())
