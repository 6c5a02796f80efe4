"""A browser for the rig's own pages. Without one (the extra `browser`, a Chromium) these tests are skipped."""

from contextlib import contextmanager

import pytest

from rig.browser import NO_BROWSER, Browser, is_there

WIDTHS = {360: 740, 768: 1024, 1280: 900}
"""Widths that pages are looked at in pixels, and a height that goes with each."""


@pytest.fixture(scope="module")
def browser():
    if not is_there():
        pytest.skip(NO_BROWSER)
    with Browser("127.0.0.1") as browser:
        yield browser


@pytest.fixture(scope="module")
def window(browser):
    """From a width to a window in a fresh profile; what goes wrong in it is looked at when it is closed."""

    @contextmanager
    def opened(width=1280):
        wrong = []
        with browser.profile(width, WIDTHS[width]) as profile:
            tab = profile.new_page()
            tab.set_default_timeout(10_000)
            tab.on("pageerror", lambda error: wrong.append(str(error)))
            tab.on("console", lambda line: wrong.append(line.text) if line.type in {"error", "warning"} else None)
            yield tab
        assert wrong == []

    return opened


@pytest.fixture
def too_wide():
    """By how many pixels a tab's content is wider than its window."""
    return lambda tab: tab.evaluate("document.documentElement.scrollWidth - innerWidth")
