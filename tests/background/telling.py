"""Tasks that tell a test what the connection of its worker is like."""

from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.db import DatabaseError, connections, transaction

from accounts.tasks import TenantTask
from portfolio.models import Product

SESSION = """
    SELECT pg_backend_pid(), current_setting('app.org_id', true),
           (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory')
"""
TOLD, REFUSED = "told-by-a-worker", "refused"


@shared_task
def tell_session(alias: str = "default") -> None:
    """The connection's session, the organisation that is bound there, the locks that it holds."""
    with connections[alias].cursor() as cursor:
        cursor.execute(SESSION)
        tell(list(cursor.fetchone()))


@shared_task(base=TenantTask)
@transaction.atomic
def tell_products() -> None:
    tell([str(pk) for pk in Product.objects.values_list("pk", flat=True)])


@shared_task(base=TenantTask)
@transaction.atomic
def break_off() -> None:
    """Fail in the middle of a transaction that is bound and has written."""
    Product.objects.update(name="Renamed")
    raise RuntimeError("broken off")


@shared_task
def tell_unbound() -> None:
    """What a task may read that names no organisation."""
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM portfolio_product")
            tell(cursor.fetchone()[0])
    except DatabaseError:
        tell(REFUSED)


def tell(found: Any) -> None:
    cache.set(TOLD, found)
