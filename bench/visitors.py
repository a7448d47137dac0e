"""People at their browsers: each signs in and goes from page to page without a pause."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any
from urllib.parse import urljoin

import requests

SIGN_IN = "/accounts/login/"
CSRF_COOKIE = "flotilla_csrf"
TIMEOUT = 60.0
# Of so many key results a visitor finds out whether to check in on them.
ASKED = 12
PAGES, API, CHECK_INS = "pages", "API", "check-ins"
# How often each kind of request is made, beside the others.
HABITS = {
    "": 4, "dashboard/": 4, "objectives/": 2, "check-ins/": 3, "alignment/": 1, "roadmap/": 1,
    "initiatives/": 1, "dependencies/": 1,
}  # fmt: skip
OBJECTIVE, KEY_RESULT, LISTED, CHECKED_IN = 4, 4, 3, 3
LISTS = ("key-results/?limit=100", "objectives/?limit=100", "check-ins/?limit=100")


class NotAsExpected(Exception):
    """An answer that the product should not have given while a visitor gets ready."""


@dataclass
class Tally:
    """What was asked, and how often the answer was not what it should be, by status."""

    asked: Counter[str] = field(default_factory=Counter)
    wrong: Counter[int] = field(default_factory=Counter)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.asked + other.asked, self.wrong + other.wrong)

    @property
    def requests(self) -> int:
        return self.asked.total()

    @property
    def errors(self) -> int:
        """Answers of 5xx, and connections that broke, which count as status 599."""
        return sum(times for status, times in self.wrong.items() if status >= 500)


@dataclass
class Visitor:
    """One person of an organisation, whose way is the same in every run."""

    base: str
    org: str
    number: int
    tally: Tally = field(default_factory=Tally)

    @cached_property
    def session(self) -> requests.Session:
        return requests.Session()

    @cached_property
    def chance(self) -> Random:
        return Random(self.number)  # noqa: S311 (no secret)

    def sign_in(self, email: str, password: str) -> None:
        """Through the form, as everybody. Raises `NotAsExpected`."""
        self.session.get(self.at(SIGN_IN), timeout=TIMEOUT)
        answer = self._post(SIGN_IN, {"login": email, "password": password})
        if answer.status_code != 302:
            raise NotAsExpected(f"signing in answered {answer.status_code}")

    def look_around(self) -> None:
        """Find goals to open, and key results of an open cycle to check in on."""
        cycles = [row["id"] for row in self._listed("cycles/?limit=100") if row["state"] == "open"]
        results = [
            row for pk in cycles for row in self._listed(f"key-results/?limit=200&cycle={pk}")
        ]
        self.objectives = sorted({row["objective"] for row in results})
        self.key_results = [row["id"] for row in results]
        self.values = {row["id"]: row["current_value"] for row in results if takes_values(row)}
        asked = self.chance.sample(list(self.values), min(ASKED, len(self.values)))
        self.own = [pk for pk in asked if self._get(self.check_in_page(pk)).status_code == 200]

    def go_on(self, while_: Callable[[], bool]) -> Tally:
        """Ask for one thing after the other; what was asked in this stretch."""
        self.tally = Tally()
        kinds: list[Callable[[], None]] = []
        for path, times in HABITS.items():
            kinds += [self._opener(path)] * times
        kinds += [self.open_objective] * OBJECTIVE + [self.open_key_result] * KEY_RESULT
        kinds += [self.read_list] * LISTED + [self.check_in] * (CHECKED_IN if self.own else 0)
        while while_():
            self.chance.choice(kinds)()
        return self.tally

    def open_objective(self) -> None:
        self._open(f"objectives/{self.chance.choice(self.objectives)}/")

    def open_key_result(self) -> None:
        self._open(f"key-results/{self.chance.choice(self.key_results)}/")

    def read_list(self) -> None:
        path = f"/api/v1/orgs/{self.org}/{self.chance.choice(LISTS)}"
        self._note(API, lambda: self._get(path), 200)

    def check_in(self) -> None:
        pk = self.chance.choice(self.own)
        said = {"value": self.values[pk], "confidence": "0.6", "note": "As planned"}
        self._note(CHECK_INS, lambda: self._post(self.check_in_page(pk), said), 302)

    def check_in_page(self, pk: str) -> str:
        return f"/o/{self.org}/key-results/{pk}/check-in/"

    def at(self, path: str) -> str:
        return urljoin(self.base, path)

    def _opener(self, path: str) -> Callable[[], None]:
        return lambda: self._open(path)

    def _open(self, path: str) -> None:
        self._note(PAGES, lambda: self._get(f"/o/{self.org}/{path}"), 200)

    def _note(self, kind: str, send: Callable[[], requests.Response], expected: int) -> None:
        try:
            status = send().status_code
        except requests.RequestException:
            status = 599
        self.tally.asked[kind] += 1
        if status != expected:
            self.tally.wrong[status] += 1

    def _get(self, path: str) -> requests.Response:
        return self.session.get(self.at(path), timeout=TIMEOUT, allow_redirects=False)

    def _post(self, path: str, data: dict[str, str]) -> requests.Response:
        headers = {"X-CSRFToken": self.session.cookies[CSRF_COOKIE]}
        return self.session.post(
            self.at(path), data, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )

    def _listed(self, path: str) -> Sequence[dict[str, Any]]:
        answer = self._get(f"/api/v1/orgs/{self.org}/{path}")
        if answer.status_code != 200:
            raise NotAsExpected(f"{path} answered {answer.status_code}")
        found: Sequence[dict[str, Any]] = answer.json()["results"]
        return found


def takes_values(row: dict[str, Any]) -> bool:
    """Whether a person says its number, and has said one before."""
    by_hand = row["source"] == "by-hand" and row["shape"] == "from-to"
    return by_hand and row["current_value"] is not None
