"""People in front of their own browsers, and what they do there in a word."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Locator, Page, expect

# By their labels: text to type or to choose, True and False to tick or not.
Entries = Mapping[str, str | bool]


@dataclass
class Someone:
    """A person with a browser of their own. `places` are addresses that the people share."""

    page: Page
    root: str
    places: dict[str, str]

    def opens(self, place: str) -> None:
        """Open a page by the name that somebody gave it, or by its path."""
        self.page.goto(self.places.get(place, f"{self.root}{place}"))

    def calls_it(self, name: str) -> None:
        """Give the page a name, by which everybody finds it again."""
        self.places[name] = self.page.url

    def follows(self, name: str) -> None:
        link = self.page.locator("main").get_by_role("link", name=named(name))
        link.locator("visible=true").first.click()

    def presses(self, name: str) -> None:
        button = self.page.get_by_role("button", name=named(name))
        button.locator("visible=true").first.click()

    def opens_menu(self) -> None:
        self.page.locator(".page-head").get_by_role("button", name="More", exact=True).click()

    def chooses(self, name: str) -> None:
        """One of several answers."""
        self.page.get_by_role("radio", name=name, exact=True).check()

    def ticks(self, name: str) -> None:
        self.page.get_by_role("checkbox", name=re.compile(re.escape(name))).check()

    def fills_in(self, entries: Entries) -> None:
        for label, value in entries.items():
            fill(self.page.get_by_label(labelled(label)).locator("visible=true"), value)

    def sees(self, *words: str, within: str = "main") -> None:
        for each in words:
            expect(self.page.locator(within).first).to_contain_text(each)

    def sees_no(self, words: str, *, within: str = "main") -> None:
        expect(self.page.locator(within).first).not_to_contain_text(words)

    def sees_beside(self, of: str, *words: str) -> None:
        """The row of a table or list that names `of` says `words` too."""
        row = self.page.locator("main :is(tr, li)").filter(has_text=of).first
        for each in words:
            expect(row).to_contain_text(each)


def named(name: str) -> re.Pattern[str]:
    """A name in full; where it goes on for listeners only, a space may come before the colon."""
    return re.compile(rf"^\s*{re.escape(name).replace(':', ' ?:')}\s*$")


def labelled(label: str) -> re.Pattern[str]:
    """A field's label, whether or not it says that the field may be left out."""
    return re.compile(rf"^\s*{re.escape(label)}\s*(optional)?\s*$")


def fill(control: Locator, value: str | bool) -> None:
    if isinstance(value, bool):
        control.set_checked(value)
    elif control.evaluate("control => control.tagName") == "SELECT":
        control.select_option(label=value)
    else:
        control.fill(value)


@dataclass
class Cast:
    """The six, and what happens without them: days pass, and the worker does what is owed."""

    nora: Someone
    lena: Someone
    ole: Someone
    pia: Someone
    quinn: Someone
    tomas: Someone
    turn_to: Callable[[date], None]
    catch_up: Callable[[], None]
