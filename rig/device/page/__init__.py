"""What may be asked of a device on its own web page. Needs Playwright, the extra ``browser``, as nothing else of the rig does."""
