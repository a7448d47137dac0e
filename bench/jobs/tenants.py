"""Hot queries of a typical tenant among all organisations, and among ten."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from bench.counters import is_reading, statements_of
from bench.database import FEW_TENANTS, connect
from bench.harness import Contest, Run
from bench.jobs.dashboard import asked
from bench.world import KEY_RESULT, Place, World
from okrs.models import CheckIn, UnitScore
from okrs.queries import dashboard
from okrs.queries.key_results import key_result_rows, visible_key_results


def growth(world: World) -> Contest:
    place = world.untouched
    statements = hot_statements(place)
    return Contest(
        name="P18",
        title="hot queries, ten to all tenants",
        job=on(connect("default"), place, statements),
        floor=on(connect("default", FEW_TENANTS), place, statements),
    )


def hot_statements(place: Place) -> list[str]:
    """The product's own SQL for roll-ups, those behind, movers, a page of rows, and check-ins."""
    now = timezone.now()
    scope, _ = asked(place, now)

    def ask() -> None:
        with place.bound():
            # Without their ids, which are others in each database.
            list(
                UnitScore.objects.filter(cycle=place.cycle, team=None).values_list(
                    "product", "score"
                )
            )
            dashboard.furthest_behind(scope)
            dashboard.movers(scope, now - timedelta(days=7))
            key_result_rows(scope.access, visible_key_results(scope.access).order_by("id")[:100])
            list(CheckIn.objects.filter(key_result=place.row(KEY_RESULT, 1)).values_list("id")[:50])

    said, _ = statements_of(ask)
    return [sql for sql in said if is_reading(sql)]


def on(raw: Any, place: Place, statements: Sequence[str]) -> Callable[[], Run]:
    """The statements in a transaction of one database, bound as a request's is."""

    def run() -> list[list[Any]]:
        found = []
        with raw.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT set_config('app.org_id', %s, true)", [str(place.id)])
            for sql in statements:
                cursor.execute(sql)
                found.append(sorted(cursor.fetchall(), key=repr))
            cursor.execute("COMMIT")
        return found

    return lambda: run
