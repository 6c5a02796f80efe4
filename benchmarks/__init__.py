"""What the rig and its emulator cost and how exact they are: ``python -m benchmarks``. Nothing here judges."""
