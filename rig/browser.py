"""A real browser for the device's own page: found, started when first needed, and given to suites as fixtures.

It needs Playwright (the extra ``browser``) and a Chromium: the one that ``WICAN_RIG_CHROMIUM`` names, else one installed on the
system, else Playwright's own. Set to nothing, the variable says that there is none.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from rig.bench import Bench
from rig.errors import BenchError

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from rig.device.page.page import DevicePage

VARIABLE = "WICAN_RIG_CHROMIUM"
NO_BROWSER = "no browser"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {}"
"""No name is resolved but the device's: a page that asks the Internet for something gets nothing."""


class Browser:
    """A Chromium that resolves no other host name than `host`; as a context manager it ends with its block.

    Raises:
        BenchError: it does not start.
    """

    def __init__(self, host: str) -> None:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 (only there with the extra)

        self._playwright = sync_playwright().start()
        arguments = ["--disable-gpu", "--disable-background-networking", _OFFLINE.format(host)]
        try:
            self._chromium = self._playwright.chromium.launch(executable_path=_installed(), args=arguments)
        except Error as error:
            self._playwright.stop()
            said = error.message.strip().splitlines()[0]
            raise BenchError(f"{_installed() or 'Chromium'} does not start ({said}); {VARIABLE} may name another browser") from error

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._chromium.close()
        self._playwright.stop()

    @contextmanager
    def profile(self, width: int = 1280, height: int = 900) -> Iterator["BrowserContext"]:
        """A fresh profile with a window of this size in pixels, forgotten with its block."""
        context = self._chromium.new_context(viewport={"width": width, "height": height})
        try:
            yield context
        finally:
            context.close()


def is_there() -> bool:
    """Whether there are both Playwright and a Chromium."""
    if find_spec("playwright") is None or os.environ.get(VARIABLE) == "":
        return False
    return _installed() is not None or _playwrights_own()


def _installed() -> str | None:
    """Path of the Chromium that is named or installed; None for Playwright's own."""
    found = (shutil.which(name) for name in _NAMES)
    return os.environ.get(VARIABLE) or next((path for path in found if path), None)


@cache
def _playwrights_own() -> bool:
    """Whether ``playwright install chromium`` was run; asked of Playwright itself, which takes a moment."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (only there with the extra)

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


# Fixtures -------------------------------------------------------------------------------------------------------------------

OpenedPage = Callable[[type[Exception]], AbstractContextManager["DevicePage"]]


@pytest.fixture(scope="session")
def browser(bench: Bench) -> Iterator[Browser]:
    """The browser of this run (of this worker)."""
    with Browser(urlsplit(bench.device.web.url).hostname or "") as browser:
        yield browser


@pytest.fixture(scope="session")
def page_that(bench: Bench, browser: Browser) -> OpenedPage:
    """For fixtures: from what is raised where the page lacks something, such as `BenchError`, to a page in a fresh profile."""

    @contextmanager
    def opened(missing: type[Exception]) -> Iterator["DevicePage"]:
        from rig.device.page.page import DevicePage  # noqa: PLC0415 (only there with the extra)

        with browser.profile() as profile:
            yield DevicePage(
                profile.new_page(), bench.device.web.url, missing, lambda text: bench.event("stimulus", f"on the page: {text}")
            )

    return opened


@pytest.fixture
def page(page_that: OpenedPage) -> Iterator["DevicePage"]:
    """The device's page in a fresh profile, not yet opened; what it lacks is the device's failure."""
    with page_that(AssertionError) as page:
        yield page
