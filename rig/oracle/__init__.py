"""What is right: pure functions from what was configured and set to what has to arrive, and when."""
