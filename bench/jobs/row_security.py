"""What row security costs: the dashboard's statements as the application role and as the owner."""

from django.utils import timezone

from bench.counters import is_reading, statements_of
from bench.database import connect
from bench.harness import Contest
from bench.jobs.dashboard import asked, product_data
from bench.jobs.tenants import on
from bench.world import World


def tax(world: World) -> Contest:
    """The product's own SQL, which leans on the policies where it joins tables for their names."""
    place = world.largest
    scope, wish = asked(place, timezone.now())
    said, _ = statements_of(lambda: product_data(place, scope, wish))
    statements = [sql for sql in said if is_reading(sql)]
    return Contest(
        name="P17",
        title="row security, dashboard statements",
        job=on(connect("default"), place, statements),
        floor=on(connect("owner"), place, statements),
    )
