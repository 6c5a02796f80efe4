"""Fields of a page, and the hand that uses them: what cannot be done is a finding and says what was tried."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Locator, Page

ACTION_LIMIT_S = 20.0
"""A page acts at once; a machine with much else to do may not."""
_LOOK_EVERY_MS = 50


class Hand:
    """Uses a page as a person does. `missing` is raised where it does not let one, `tell` hears of everything that is done."""

    def __init__(self, tab: Page, missing: type[Exception], tell: Callable[[str], None]) -> None:
        self.tab = tab
        self.missing = missing
        self._tell = tell
        tab.set_default_timeout(ACTION_LIMIT_S * 1000)

    @contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """Something that a user does."""
        self._tell(what)
        with self.reading(what):
            yield

    @contextmanager
    def reading(self, what: str) -> Iterator[None]:
        """Something that a user looks at."""
        try:
            yield
        except BrowserError as error:
            raise self.missing(f"the page does not let a user {what} ({_in_short(error)})") from error

    def failing(self, what: str) -> Exception:
        """What to raise where the page lacks something."""
        return self.missing(what)

    def soon(self, seen: Callable[[], bool]) -> bool:
        """Whether something shows within the time that an action may take."""
        deadline = time.monotonic() + ACTION_LIMIT_S
        while not seen():
            if time.monotonic() > deadline:
                return False
            self.look_again()
        return True

    def look_again(self) -> None:
        """Lets the page go on for a moment."""
        self.tab.wait_for_timeout(_LOOK_EVERY_MS)


class Choice:
    """A drop-down list."""

    def __init__(self, hand: Hand, element: Locator, name: str) -> None:
        self._hand = hand
        self._element = element
        self._name = name

    @property
    def visible(self) -> bool:
        """Whether a user sees it."""
        return bool(self._element.is_visible())

    @property
    def value(self) -> str:
        """What is chosen, by its value in the form."""
        with self._hand.reading(f"read {self._name}"):
            return str(self._element.input_value())

    @property
    def offers(self) -> dict[str, str]:
        """The choices: value in the form, and label."""
        with self._hand.reading(f"read what {self._name} offers"):
            options = self._element.locator("option")
            values = [str(options.nth(at).get_attribute("value") or "") for at in range(options.count())]
            return dict(zip(values, [str(label).strip() for label in options.all_text_contents()], strict=True))

    def choose(self, choice: str) -> None:
        """Chooses by label, or by value in the form."""
        offers = self.offers
        value = next((value for value, label in offers.items() if choice in (label, value)), None)
        if value is None:
            raise self._hand.failing(f"{self._name} does not offer {choice!r}, only {', '.join(offers.values())}")
        with self._hand.trying(f"choose {choice} as {self._name}"):
            self._element.select_option(value=value)


class Entry:
    """A field that takes text or a number."""

    def __init__(self, hand: Hand, element: Locator, name: str) -> None:
        self._hand = hand
        self._element = element
        self._name = name

    @property
    def visible(self) -> bool:
        """Whether a user sees it."""
        return bool(self._element.is_visible())

    @property
    def value(self) -> str:
        """What stands in it."""
        with self._hand.reading(f"read {self._name}"):
            return str(self._element.input_value())

    def enter(self, text: str) -> None:
        """Puts `text` in the place of what stood there, and leaves the field."""
        with self._hand.trying(f"enter {text[:60]!r} as {self._name}"):
            self._element.fill(text)
            self._element.blur()


def _in_short(error: BrowserError) -> str:
    """The first line of what the browser says, and what it was waiting for."""
    lines = [line.strip(" -") for line in error.message.splitlines() if line.strip()]
    waiting = next((line for line in lines if line.startswith(("waiting for locator", "element is", "locator resolved"))), "")
    return f"{lines[0]}{f': {waiting}' if waiting else ''}" if lines else "no reason given"
