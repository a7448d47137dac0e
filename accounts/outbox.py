"""Work that a change owes: written with the change, handed to the queue after it.

The row is the promise; the queue is only the quickest way to keep it. When the broker is
down, the row waits and the dispatcher sends it later, so nothing is lost and a page never
fails because of it.
"""

import logging
from datetime import datetime
from typing import Any

import orjson
from celery import current_app
from django.db import connections, transaction
from kombu.exceptions import OperationalError

from accounts.models import OutboxEntry

logger = logging.getLogger(__name__)
CLAIM = """
    SELECT id, organization_id, job, arguments FROM accounts_outboxentry
    WHERE dispatched_at IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
MARK = "UPDATE accounts_outboxentry SET dispatched_at = now() WHERE id = ANY(%s)"


def enqueue(job: str, **arguments: Any) -> None:
    """Owe `job` (the name of a Celery task) to the bound organisation, with plain arguments."""
    OutboxEntry.objects.create(job=job, arguments=arguments)
    transaction.on_commit(wake_dispatcher, robust=True)


def wake_dispatcher() -> None:
    """Ask the worker to look now instead of at the next tick; silence is not an error."""
    try:
        current_app.send_task("accounts.tasks.dispatch_outbox", queue="outbox")
    except (OperationalError, OSError) as error:
        logger.warning("the queue did not answer, work waits in the outbox: %s", error)


def dispatch(limit: int = 500) -> int:
    """Hand waiting work of all organisations to the queue; the number of jobs sent.

    Jobs are marked after they were sent, so a crash in between sends one twice: jobs are
    idempotent.
    """
    connection = connections["dispatch"]
    with transaction.atomic(using="dispatch"), connection.cursor() as cursor:
        cursor.execute(CLAIM, [limit])
        rows = cursor.fetchall()
        for _, organization_id, job, arguments in rows:
            current_app.send_task(
                job, kwargs={"org_id": str(organization_id), **decoded(arguments)}
            )
        cursor.execute(MARK, [[row[0] for row in rows]])
    return len(rows)


def decoded(arguments: str | dict[str, Any]) -> dict[str, Any]:
    """Arguments as a mapping, however the driver hands jsonb over."""
    return orjson.loads(arguments) if isinstance(arguments, str) else arguments


def waiting_since() -> datetime | None:
    """When the oldest waiting job of the bound organisation was owed; None when none waits."""
    return (
        OutboxEntry.objects.filter(dispatched_at=None)
        .order_by("id")
        .values_list("created_at", flat=True)
        .first()
    )
