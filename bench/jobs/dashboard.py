"""The portfolio dashboard: its data, its page, its silence, its growth."""

import gc
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import _lru_cache_wrapper, partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from bench.database import connect, floor_sql
from bench.harness import Contest, Run
from bench.pages import PAGES
from bench.world import Place, World
from lib.display import show_score
from okrs.queries import dashboard
from okrs.queries.scope import Scope, chosen_cycle, cycle_choices, filter_choices

STATEMENTS = ("dashboard_rollup", "dashboard_behind", "dashboard_movers")
WEEK = timedelta(days=7)
BEHIND_SHOWN = 6
OF_THE_PRODUCT = ("lib.", "okrs.")
PRODUCT_ROW = re.compile(r'<tr class="product-row">.*?</tr>', re.DOTALL)
SHOWN_PRODUCT = re.compile(r'id="twist-([\w-]+)"')
SHOWN_SCORE = re.compile(r'class="band-number">([^<]+)<')
# Key results in all, then as `pace_counts` has them.
SHOWN_COUNTS = (
    r"\d+ of (\d+) reporting",
    *(rf'title="(\d+) {word}"' for word in ("on track", "behind", "at risk", "outdated")),
)


def data(world: World) -> Contest:
    place, now = world.largest, timezone.now()
    return Contest(
        name="P1",
        title="dashboard, data",
        job=lambda: partial(product_data, place, *asked(place, now)),
        floor=live_floor(place, now),
    )


def page(world: World) -> Contest:
    place, now = world.largest, timezone.now()
    send = PAGES["dashboard"].prepare(place, place.browser())

    def shown(result: Any) -> Any:
        """Figures of every product, and who is furthest behind."""
        if isinstance(result, HttpResponse):
            text = result.content.decode()
            return figures_shown(text), behind_shown(text)
        return as_shown(result[0]), [str(pk) for pk in result[1][:BEHIND_SHOWN]]

    return Contest(
        name="P2", title="dashboard, page", job=lambda: send, floor=live_floor(place, now),
        seen=shown,
    )  # fmt: skip


def first_look(world: World) -> Contest:
    """The page of a process that has drawn nothing before, for any tenant."""
    contest = page(world)

    def prepare() -> Run:
        forget_what_is_kept()
        return contest.job()

    return replace(contest, name="P2-cold", title="dashboard, page, nothing kept", job=prepare)


def forget_what_is_kept() -> None:
    """Addresses and cells that the product keeps once it has made them."""
    for made in gc.get_objects():
        # Not isinstance, which would ask lazy objects what they stand for.
        if type(made) is _lru_cache_wrapper and made.__module__.startswith(OF_THE_PRODUCT):
            made.cache_clear()


def unchanged(world: World) -> Contest:
    """Nothing is new: the version of the data against reading the stored figures."""
    place = world.largest
    browser = place.browser()

    def seen(result: Any) -> bool:
        return result.status_code == 304 if isinstance(result, HttpResponse) else bool(result)

    return Contest(
        name="P3",
        title="dashboard, unchanged",
        job=lambda: PAGES["dashboard-unchanged"].prepare(place, browser),
        floor=raw_statements(place, ["dashboard_stored"], timezone.now()),
        seen=seen,
    )


def growth(world: World) -> Contest:
    """The page of the largest tenant against that of a typical one, each with its own figures."""
    now = timezone.now()

    def page_of(place: Place) -> Run:
        send = PAGES["dashboard"].prepare(place, place.browser())
        return lambda: (place, send())

    def beside_live(answer: tuple[Place, Any]) -> tuple[int, dict[Any, Any]]:
        """Status, and the figures that are not those of the live tables."""
        place, response = answer
        found = figures_shown(response.content.decode())
        live = as_shown(live_floor(place, now)()()[0])
        wrong = {pk for pk in {**found, **live} if found.get(pk) != live.get(pk)}
        return response.status_code, {pk: (found.get(pk), live.get(pk)) for pk in wrong}

    large, small = page_of(world.largest), page_of(world.typical)
    return Contest(
        name="P4", title="dashboard, 35 to the most key results", job=lambda: large,
        floor=lambda: small, seen=beside_live,
    )  # fmt: skip


Data = tuple[dict[Any, tuple[Any, ...]], list[Any], list[Any]]


def product_data(place: Place, scope: Scope, wish: dashboard.BoardWish) -> Data:
    """What the view asks for: figures by product, those behind, those that moved."""
    with place.bound():
        board = dashboard.board(scope, wish)
        behind = dashboard.furthest_behind(scope)
        moved = dashboard.movers(scope, wish.since)
    figures = {
        line.id: (*pace_counts(line), line.score) for line in board.products if line.pace.total
    }
    return figures, [row.id for row in behind], [(m.id, m.change) for m in moved]


def figures_shown(text: str) -> dict[str, tuple[Any, ...]]:
    """From a page, the figures of each product: key results, where they stand, the score."""
    found = {}
    for row in PRODUCT_ROW.findall(text):
        # What there is none of is left out.
        counts = [int((re.findall(pattern, row) or [0])[0]) for pattern in SHOWN_COUNTS]
        [product], [score] = SHOWN_PRODUCT.findall(row), SHOWN_SCORE.findall(row)
        found[product] = (*counts, score)
    return found


def behind_shown(text: str) -> list[str]:
    """Ids of the key results that a page shows as furthest behind."""
    section = text.partition('id="behind"')[2].partition("</section>")[0]
    return re.findall(r'class="cell-title clamp-2" href="[^"]*/key-results/([\w-]+)/"', section)


def as_shown(figures: dict[Any, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """Figures as a page can show them, scores to two places."""
    return {str(pk): (*counts, show_score(score)) for pk, (*counts, score) in figures.items()}


def pace_counts(line: dashboard.UnitLine) -> tuple[int, ...]:
    pace = line.pace
    return (pace.total, pace.on_track, pace.behind, pace.at_risk, pace.outdated)


def asked(place: Place, now: datetime) -> tuple[Scope, dashboard.BoardWish]:
    """Who asks for what, as the middleware and the view find it first."""
    with place.bound():
        cycle = chosen_cycle(cycle_choices(), place.cycle, now.date())
        assert cycle is not None  # noqa: S101 (every seeded organisation has one)
        scope = Scope(access=place.access(), cycle=cycle, now=now, at=now)
        portfolios = filter_choices(scope.access, cycle).portfolios
    return scope, dashboard.BoardWish(since=now - WEEK, portfolios=portfolios)


def live_floor(place: Place, now: datetime) -> Callable[[], Run]:
    """Three statements over the live tables, as the owner, without row security."""
    ask = raw_statements(place, STATEMENTS, now)

    def prepare() -> Run:
        run = ask()

        def shaped() -> Data:
            figures, behind, moved = run()
            rows = {pk: (*map(int, counts), score) for pk, *counts, score in figures}
            return rows, [row[0] for row in behind], moved

        return shaped

    return prepare


def raw_statements(place: Place, names: Sequence[str], now: datetime) -> Callable[[], Run]:
    """Statements of the folder `floors`, one after the other on a connection that stays."""
    raw, statements = connect("owner"), [floor_sql(name) for name in names]
    parameters = {"org": place.id, "cycle": place.cycle, "now": now}

    def run() -> list[list[Any]]:
        found = []
        with raw.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql, parameters)
                found.append(cursor.fetchall())
        return found

    return lambda: run
