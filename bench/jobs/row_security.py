"""What row security costs: the dashboard's statements as the application role and as the owner."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from bench.database import connect, floor_sql
from bench.harness import Contest, Run
from bench.jobs.dashboard import STATEMENTS, raw_statements
from bench.world import Place, World


def tax(world: World) -> Contest:
    place, now = world.largest, timezone.now()
    return Contest(
        name="P17",
        title="row security, dashboard statements",
        job=bound_statements(place, now),
        floor=raw_statements(place, STATEMENTS, now),
    )


def bound_statements(place: Place, now: Any) -> Callable[[], Run]:
    """The floor's statements in a transaction that is bound as a request's is."""
    raw, statements = connect("default"), [floor_sql(name) for name in STATEMENTS]
    parameters = {"org": place.id, "cycle": place.cycle, "now": now}

    def run() -> list[list[Any]]:
        found = []
        with raw.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT set_config('app.org_id', %(org)s::text, true)", parameters)
            for sql in statements:
                cursor.execute(sql, parameters)
                found.append(cursor.fetchall())
            cursor.execute("COMMIT")
        return found

    return lambda: run
