"""The portfolio dashboard: its data, its page, its silence, its growth."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from bench.database import connect, floor_sql
from bench.harness import Contest, Run
from bench.pages import PAGES
from bench.world import Place, World
from okrs.queries import dashboard
from okrs.queries.scope import Scope, chosen_cycle, cycle_choices, filter_choices

STATEMENTS = ("dashboard_rollup", "dashboard_behind", "dashboard_movers")
WEEK = timedelta(days=7)


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
    products, behind, _ = product_data(place, *asked(place, now))
    names = [f'"{place.page("okrs:key-result", pk)}"' for pk in behind[:6]]

    def shown(result: Any) -> Any:
        """From the page, whether it names what the floor found."""
        if isinstance(result, HttpResponse):
            text = result.content.decode()
            return len(products), [name for name in names if name in text]
        return len(result[0]), names

    return Contest(
        name="P2", title="dashboard, page", job=lambda: send, floor=live_floor(place, now),
        seen=shown,
    )  # fmt: skip


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
    """The page of the largest tenant against that of a typical one."""
    large, small = (
        PAGES["dashboard"].prepare(place, place.browser())
        for place in (world.largest, world.typical)
    )
    return Contest(
        name="P4", title="dashboard, 35 to the most key results", job=lambda: large,
        floor=lambda: small, seen=lambda answer: answer.status_code,
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
