"""One destination of the Automate tab: the fields of the document's section 3."""

import re
from collections.abc import Callable
from typing import Self

from playwright.sync_api import Locator

from rig.device.page.field import Choice, Entry, Hand
from rig.device.page.fields import Fields


class DestinationForm:
    """One destination of the Automate tab."""

    def __init__(self, hand: Hand, entry: Locator, number: int) -> None:
        self._hand = hand
        self._entry = entry
        self._name = f"destination {number}"

    @property
    def unfolded(self) -> bool:
        """Whether its fields are seen."""
        return bool(self._entry.locator(".dest-type").is_visible())

    def unfold(self) -> Self:
        """Shows its fields."""
        if not self.unfolded:
            self._toggle("unfold", lambda: self.unfolded)
        return self

    def collapse(self) -> None:
        """Hides its fields."""
        if self.unfolded:
            self._toggle("collapse", lambda: not self.unfolded)

    @property
    def type(self) -> Choice:
        """Type."""
        return self._choice(".dest-type", "Type")

    @property
    def cycle(self) -> Entry:
        """Cycle (ms)."""
        return self._field(".dest-cycle", "Cycle")

    @property
    def url(self) -> Entry:
        """Destination (URL)."""
        return self._field(".dest-url", "URL")

    @property
    def auth(self) -> Choice:
        """Auth."""
        return self._choice(".auth-type", "Auth")

    @property
    def token(self) -> Entry:
        """The token of Bearer Token."""
        return self._field(".auth-bearer-token", "token")

    @property
    def cert_set(self) -> Choice:
        """Cert Set."""
        return self._choice(".dest-cert-set", "Cert Set")

    @property
    def query(self) -> tuple[tuple[Entry, Entry], ...]:
        """Key and value of each query parameter."""
        keys, values = self._entry.locator(".qp-key"), self._entry.locator(".qp-value")
        return tuple(
            (Entry(self._hand, keys.nth(at), f"key {at + 1}"), Entry(self._hand, values.nth(at), f"value {at + 1}"))
            for at in range(keys.count())
        )

    def add_parameter(self) -> tuple[Entry, Entry]:
        """Presses Add param; key and value of the parameter that this added."""
        before = len(self.query)
        with self._hand.trying(f"press Add param of {self._name}"):
            self._entry.locator(".qp-add").click()
        if not self._hand.soon(lambda: len(self.query) > before):
            raise self._hand.failing(f"Add param of {self._name} was pressed, and no parameter was added")
        return self.query[-1]

    def remove_parameter(self, number: int) -> None:
        """Presses Remove beside a query parameter; the first is 1."""
        with self._hand.trying(f"remove parameter {number} of {self._name}"):
            self._entry.locator(".qp-del").nth(number - 1).click()

    @property
    def enabled(self) -> bool:
        """Whether Enabled is ticked."""
        with self._hand.reading(f"read Enabled of {self._name}"):
            return bool(self._tick.is_checked())

    def tick(self, *, enabled: bool = True) -> None:
        """Ticks Enabled, or takes the tick away."""
        with self._hand.trying(f"{'tick' if enabled else 'untick'} Enabled of {self._name}"):
            self._tick.set_checked(enabled)

    @property
    def can_be_deleted(self) -> bool:
        """Whether it has a Delete button that a user sees."""
        return bool(self._delete.is_visible())

    def delete(self) -> None:
        """Presses Delete; what the page asks then is answered as `DevicePage.agrees` says."""
        with self._hand.trying(f"press Delete of {self._name}"):
            self._delete.click()

    @property
    def fields(self) -> Fields:
        """What all its fields say."""
        self.unfold()
        auth = self.auth.value
        return Fields(
            type=self.type.value,
            url=self.url.value,
            cycle=self.cycle.value,
            auth=auth,
            token=self.token.value if auth == "bearer" else "",
            query=tuple((key.value, value.value) for key, value in self.query),
            cert_set=self.cert_set.value,
            enabled=self.enabled,
        )

    def enter(self, wanted: Fields, *, backwards: bool = False) -> None:
        """Sets every field: type first, the others from top to bottom, or from bottom to top."""
        self.unfold().type.choose(wanted.type)
        steps: list[Callable[[], None]] = [
            lambda: self.cycle.enter(wanted.cycle),
            lambda: self.url.enter(wanted.url),
            lambda: self._enter_auth(wanted),
            lambda: self._enter_query(wanted.query),
            lambda: self.cert_set.choose(wanted.cert_set),
            lambda: self.tick(enabled=wanted.enabled),
        ]
        for step in reversed(steps) if backwards else steps:
            step()

    def _enter_auth(self, wanted: Fields) -> None:
        self.auth.choose(wanted.auth)
        if wanted.auth == "bearer":
            self.token.enter(wanted.token)

    def _enter_query(self, query: tuple[tuple[str, str], ...]) -> None:
        for number in range(len(self.query), 0, -1):
            self.remove_parameter(number)
        for name, content in query:
            key, value = self.add_parameter()
            key.enter(name)
            value.enter(content)

    @property
    def _tick(self) -> Locator:
        return self._entry.locator(".dest-header input[type=checkbox]")

    @property
    def _delete(self) -> Locator:
        return self._entry.locator(".dest-header button", has_text=re.compile(r"^\s*Delete\s*$"))

    def _choice(self, css: str, name: str) -> Choice:
        return Choice(self._hand, self._entry.locator(css), f"{name} of {self._name}")

    def _field(self, css: str, name: str) -> Entry:
        return Entry(self._hand, self._entry.locator(css), f"{name} of {self._name}")

    def _toggle(self, what: str, seen: Callable[[], bool]) -> None:
        with self._hand.trying(f"{what} {self._name}"):
            self._entry.locator(".dest-header").click(position={"x": 12, "y": 12})
        if not self._hand.soon(seen):
            raise self._hand.failing(f"a click on the header does not {what} {self._name}")
