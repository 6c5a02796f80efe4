"""The device's own web page, used as a person uses it, by the ids, classes and texts of web API facts 7.3 to 7.5.

What cannot be done on the page is a finding, not a fault of the rig: it raises what the page was opened with, by default an
``AssertionError`` that says what was tried and what the page offers instead.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Dialog, FilePayload, Page, Request, Response

from rig.device.page.field import Choice, Hand
from rig.device.page.form import DestinationForm

LOAD_LIMIT_S = 60.0
QUIET_S = 0.3
"""The page has all it needs once it has asked for nothing for so long."""
SUBMIT_LIMIT_S = 30.0
_SETTLED_S = 0.5
_CLOCK = "/system_commands"
"""The page sets the device's clock whenever it is opened; that is no change of what is stored."""


class RefusedError(AssertionError):
    """The page does not take a change; the message is what it says against it."""


class DevicePage:
    """The page at `url` in a tab of a browser; nothing is loaded before `open`.

    `missing` is raised where an element is not there or cannot be used, `tell` hears of everything that is done.
    """

    Refused = RefusedError

    def __init__(
        self, tab: Page, url: str, missing: type[Exception] = AssertionError, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._tab = tab
        self._hand = Hand(tab, missing, tell)
        self._url = url.rstrip("/")
        self._tell = tell
        self._writes: list[tuple[str, str]] = []
        self._answers: list[tuple[str, str, int]] = []
        self._under_way: set[Request] = set()
        self._last_ended = 0.0
        self.agrees = True
        """Whether questions of the page (Delete?) are answered with OK."""
        self.asked: list[str] = []
        """The questions it asked."""
        tab.on("request", self._requested)
        tab.on("requestfinished", self._ended)
        tab.on("requestfailed", self._ended)
        tab.on("response", self._answered)
        tab.on("dialog", self._questioned)

    # The page as a whole ----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Loads the page, afresh if it was open, and waits until it has asked the device for all that it shows."""
        self._under_way.clear()
        with self._hand.trying("open the page"):
            self._tab.goto(f"{self._url}/", wait_until="load", timeout=LOAD_LIMIT_S * 1000)
            self._tab.locator("#submit_button").wait_for(state="attached")
        self._settle()
        self._writes.clear()

    @contextmanager
    def lacking(self, missing: type[Exception]) -> Iterator[None]:
        """In this block `missing` is raised where the page lacks something."""
        before, self._hand.missing = self._hand.missing, missing
        try:
            yield
        finally:
            self._hand.missing = before

    def automate(self) -> None:
        """Goes to the Automate tab."""
        self._show("Automate", "#automate")

    def system(self) -> None:
        """Goes to the System tab, which reads the certificate sets."""
        self._show("System", "#system_tab")
        self._settle()

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Method and path of every request since it was opened that could change what is stored on the device."""
        return list(self._writes)

    @property
    def notification(self) -> str:
        """What the page says at the moment."""
        with self._hand.reading("read the notification"):
            return str(self._tab.locator("#notification").text_content() or "").strip()

    @property
    def hints(self) -> str:
        """Everything the Automate tab says outside its destinations, and the notification."""
        with self._hand.reading("read the Automate tab"):
            whole = str(self._tab.locator("#automate").inner_text())
            listed = str(self._tab.locator("#destinations_container").inner_text())
        return f"{whole.replace(listed, '') if listed.strip() else whole}\n{self.notification}"

    @property
    def can_submit(self) -> bool:
        """Whether Submit Changes can be pressed."""
        with self._hand.reading("find Submit Changes"):
            return bool(self._tab.locator("#submit_button").is_enabled())

    def press_submit(self) -> None:
        """Presses Submit Changes, and returns once the device has taken the main configuration, upon which it restarts.

        Raises:
            RefusedError: the page does not take the changes, or the device did not.
        """
        button = self._tab.locator("#submit_button")
        if not self.can_submit:
            raise RefusedError("Submit Changes is disabled")
        self._answers.clear()
        with self._hand.trying("press Submit Changes"):
            button.scroll_into_view_if_needed()
            button.click()
        pressed = time.monotonic()
        while (passed := time.monotonic() - pressed) < SUBMIT_LIMIT_S:
            status = next((code for method, path, code in self._answers if (method, path) == ("POST", "/store_config")), None)
            if status is not None and 200 <= status < 300:
                return
            if status is not None or (passed > _SETTLED_S and self.can_submit):
                break
            self._hand.look_again()
        said = self.notification or "the page says nothing"
        raise RefusedError(said if passed < SUBMIT_LIMIT_S else f"Submit Changes stored no main configuration in {passed:.0f} s: {said}")

    # Automate ---------------------------------------------------------------------------------------------------------

    @property
    def grouping(self) -> Choice:
        """The Grouping selector."""
        return Choice(self._hand, self._tab.locator("#grouping"), "Grouping")

    @property
    def can_add(self) -> bool:
        """Whether a destination can be added."""
        with self._hand.reading("find Add Destination"):
            return bool(self._tab.locator("#add_destination_btn").is_enabled())

    @property
    def count(self) -> int:
        """How many destinations are listed."""
        return int(self._tab.locator(".dest-entry").count())

    @property
    def destinations(self) -> list[DestinationForm]:
        """The destinations in their order."""
        return [self.destination(number) for number in range(1, self.count + 1)]

    def destination(self, number: int) -> DestinationForm:
        """The destination with this number; the first is 1."""
        return DestinationForm(self._hand, self._tab.locator(".dest-entry").nth(number - 1), number)

    def press_add(self) -> None:
        """Presses Add Destination, whatever that does."""
        with self._hand.trying("press Add Destination"):
            self._tab.locator("#add_destination_btn").click()

    def add_destination(self) -> DestinationForm:
        """Presses Add Destination; the one that this added comes last, unfolded."""
        before = self.count
        self.press_add()
        if not self._hand.soon(lambda: self.count > before):
            raise self._hand.failing(
                f"Add Destination was pressed, and there are still {before} destinations; the page says {self.notification!r}"
            )
        added = self.destination(self.count)
        added.unfold()
        return added

    # Certificates -----------------------------------------------------------------------------------------------------

    def add_cert_set(self, name: str, ca: bytes | None = None, pair: tuple[bytes, bytes] | None = None) -> None:
        """Makes a certificate set of a CA, or of a client's certificate and key, or of both; it is then in the list."""
        files = {"ca": ("ca.pem", ca), "client_cert": ("client.crt", pair and pair[0]), "client_key": ("client.key", pair and pair[1])}
        with self._hand.trying(f"add the certificate set {name}"):
            self._tab.locator("#certmgr_name").fill(name)
            for part, (file, content) in files.items():
                chosen = [] if content is None else [FilePayload(name=file, mimeType="application/x-pem-file", buffer=content)]
                self._tab.locator(f"#certmgr_{part}").set_input_files(chosen)
            self._tab.locator("#system_tab button", has_text="Add Set").click()
        if not self._hand.soon(lambda: name in [row[0] for row in self.cert_sets if row]):
            raise self._hand.failing(f"the certificate set {name} is not in the list; the page says {self.notification!r}")

    @property
    def cert_sets(self) -> list[list[str]]:
        """The rows of the Certificate Manager, cell by cell."""
        rows = self._tab.locator("#certmgr_body tr")
        return [[str(cell).strip() for cell in rows.nth(at).locator("td, th").all_text_contents()] for at in range(rows.count())]

    # ------------------------------------------------------------------------------------------------------------------

    def _show(self, name: str, panel: str) -> None:
        with self._hand.trying(f"go to {name}"):
            self._tab.locator("button.tablinks", has_text=re.compile(rf"^\s*{name}\s*$")).click()
            self._tab.locator(panel).wait_for(state="visible")

    def _settle(self) -> None:
        """Waits until the page asks for nothing more; one that never stops asking is taken as it is."""
        deadline = time.monotonic() + LOAD_LIMIT_S
        while self._under_way or time.monotonic() - self._last_ended < QUIET_S:
            if time.monotonic() > deadline:
                self._tell("the page does not stop asking the device")
                return
            self._hand.look_again()

    def _requested(self, request: Request) -> None:
        self._under_way.add(request)
        path = self._path(request)
        if request.method != "GET" and path != _CLOCK:
            self._writes.append((request.method, path))

    def _answered(self, response: Response) -> None:
        self._answers.append((response.request.method, self._path(response.request), response.status))

    def _ended(self, request: Request) -> None:
        self._under_way.discard(request)
        self._last_ended = time.monotonic()

    def _path(self, request: Request) -> str:
        return str(request.url).removeprefix(self._url)

    def _questioned(self, dialog: Dialog) -> None:
        self.asked.append(dialog.message)
        if self.agrees:
            dialog.accept()
        else:
            dialog.dismiss()
