"""Scores after new values, from the log to the stored roll-ups, and one check-in's way there."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import count
from typing import Any

from bench.database import connect, floor_sql
from bench.harness import Contest, Run, WrongResult
from bench.pages import PAGES
from bench.world import KEY_RESULT, MEMBER, METRIC, OBJECTIVE, Place, World
from okrs.actions.ancestors import recompute_ancestors
from okrs.actions.daily import recompute_everything
from okrs.actions.recompute import recompute

MANY, FEW = 1000, 10
# The three statements of the floor: key results, objectives, units.
FLOOR = ("recompute_key_results", "recompute_objectives", "recompute_units")


def many(world: World) -> Contest:
    values = Changes(world.largest, min(MANY, world.largest.key_results // 2))
    return Contest(
        name="P13",
        title=f"scores after {values.size} new values",
        job=values.then(values.recompute),
        floor=values.then(values.recompute_raw),
        seen=Changes.up_to_date,
        once=True,
    )


def few(world: World) -> Contest:
    values = Changes(world.largest, FEW)
    return Contest(
        name="P14",
        title=f"scores after {FEW} new values",
        job=values.then(values.recompute),
        floor=values.then(values.recompute_all),
        seen=Changes.up_to_date,
        once=True,
    )


def check_in(world: World) -> Contest:
    """The whole request; the floor writes the same seven rows in one transaction.

    Both begin with one value, so that what they store can be compared. Then the floor counts down
    while the form counts up: a value that stands already would cost less.
    """
    place = world.largest
    browser = place.browser()
    send = PAGES["check-in"].prepare(place, browser)
    raw, sql, numbers = connect("owner"), floor_sql("check_in"), count(1, -1)
    about = {
        "org": place.id,
        "key_result": place.row(KEY_RESULT, 2),
        "metric": place.row(METRIC, 2),
        "objective": place.row(OBJECTIVE, 0),
        "member": place.row(MEMBER, 0),
    }

    def look() -> Run:
        """At the page that the form leads to: messages that nobody reads pile up in a session."""
        browser.get(place.page("okrs:key-result", place.row(KEY_RESULT, 2)))
        return send

    def write() -> int:
        with raw.cursor() as cursor:
            cursor.execute(sql, {**about, "value": next(numbers) % 99 + Decimal("0.5")})
        return 302

    def stored(answer: Any) -> tuple[int, Any]:
        with raw.cursor() as cursor:
            cursor.execute(floor_sql("checked_in"), about)
            status = answer if isinstance(answer, int) else answer.status_code
            return status, cursor.fetchone()

    return Contest(
        name="P8",
        title="check-in, request",
        job=look,
        floor=lambda: write,
        seen=stored,
    )


class Changes:
    """New values for some key results of a place, other ones each time they are asked for."""

    def __init__(self, place: Place, size: int) -> None:
        self.place = place
        self.size = size
        self.raw = connect("owner")
        self.turns = count(1)
        self.numbers = [n * place.key_results // size for n in range(size)]
        self.key_results = [place.row(KEY_RESULT, n) for n in self.numbers]
        self.objectives = sorted({place.row(OBJECTIVE, n // 5) for n in self.numbers})

    def then(self, act: Callable[[], None]) -> Callable[[], Run]:
        """Prepare: write values. Run: bring the scores up to date."""

        def run() -> "Changes":
            act()
            return self

        def prepare() -> Run:
            self.write()
            return run

        return prepare

    def write(self) -> None:
        self._execute(["new_values"], turn=next(self.turns), member=self.place.row(MEMBER, 0))

    def recompute(self) -> None:
        with self.place.bound():
            recompute(self.key_results, cause="sync")
        with self.place.bound():
            recompute_ancestors(self.key_results, self.objectives)

    def recompute_raw(self) -> None:
        self._execute(FLOOR)

    def recompute_all(self) -> None:
        with self.place.bound():
            recompute_everything(cause="audit")

    def up_to_date(self) -> tuple[int, int]:
        """Key results and objectives whose stored score is what their values say.

        Raises `WrongResult` when some are not: the floor may be the product's own code.
        """
        with self.raw.cursor() as cursor:
            cursor.execute(floor_sql("up_to_date"), self._parameters())
            key_results, objectives = cursor.fetchone()
        if (key_results, objectives) != (len(self.key_results), len(self.objectives)):
            raise WrongResult(f"{key_results} key results and {objectives} objectives are right")
        return key_results, objectives

    def _execute(self, names: Sequence[str], **more: Any) -> None:
        parameters = {**self._parameters(), **more}
        with self.raw.cursor() as cursor:
            cursor.execute("BEGIN")
            for name in names:
                cursor.execute(floor_sql(name), parameters)
            cursor.execute("COMMIT")

    def _parameters(self) -> dict[str, Any]:
        return {
            "org": self.place.id,
            "key_results": self.key_results,
            "objectives": self.objectives,
        }
