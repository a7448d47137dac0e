"""Work that a change owes: written with the change, handed to the queue after it.

The row is the promise; the queue is only the quickest way to keep it. When the broker is
down, the row waits and the dispatcher sends it later, so nothing is lost and a page never
fails because of it.
"""

import logging
import random
from collections import Counter
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import orjson
import redis
from celery import current_app
from django.conf import settings
from django.db import connections, transaction
from kombu.exceptions import OperationalError

from accounts.models import OutboxEntry

logger = logging.getLogger(__name__)
DISPATCH_JOB = "accounts.tasks.dispatch_outbox"
# Messages that may lie in a queue: a second's work of two workers, so that whoever comes next
# waits for no more. It is filled again when half of it is worked off. Settings name queues whose
# jobs take longer.
QUEUE_DEPTH = 100
# Seconds after which what was left is looked at again. Short, for workers must not run dry.
LOOK_AGAIN = 0.2
LOOK_IS_PLANNED = "outbox-look-is-planned"

# Organisations in turn: first the oldest job of each, then the second of each; who comes first in
# a turn is drawn by lot, so that a long backlog does not win every place that becomes free. The
# organisations are found by skipping through the index of what waits, and of each no more is read
# than could be sent: said as a range, so that the planner takes that index and not the one of all.
CLAIM = """
WITH RECURSIVE organization AS (
    (SELECT organization_id AS id FROM accounts_outboxentry
     WHERE dispatched_at IS NULL ORDER BY organization_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.organization_id FROM accounts_outboxentry e
            WHERE e.dispatched_at IS NULL AND e.organization_id > o.id
            ORDER BY e.organization_id LIMIT 1)
    FROM organization o WHERE o.id IS NOT NULL
), line AS (
    SELECT e.id, row_number() OVER (PARTITION BY o.id ORDER BY e.id) AS turn
    FROM organization o CROSS JOIN LATERAL (
        SELECT id FROM accounts_outboxentry
        WHERE organization_id BETWEEN o.id AND o.id AND dispatched_at IS NULL
          AND NOT job = ANY(%(held_back)s)
        ORDER BY organization_id, id LIMIT %(limit)s
    ) e
), chosen AS MATERIALIZED (
    SELECT id, turn, random() AS lot FROM line ORDER BY turn, lot LIMIT %(limit)s
)
SELECT e.id, e.organization_id, e.job, e.arguments
FROM chosen c JOIN accounts_outboxentry e ON e.id = c.id
WHERE e.id = ANY(ARRAY(SELECT id FROM chosen)) AND e.dispatched_at IS NULL
ORDER BY c.turn, c.lot FOR UPDATE OF e SKIP LOCKED
"""
MARK = "UPDATE accounts_outboxentry SET dispatched_at = now() WHERE id = ANY(%s)"
IS_OWED = "SELECT EXISTS (SELECT FROM accounts_outboxentry WHERE dispatched_at IS NULL)"


def enqueue(job: str, **arguments: Any) -> None:
    """Owe `job` (the name of a Celery task) to the bound organisation, with plain arguments."""
    OutboxEntry.objects.create(job=job, arguments=arguments)
    transaction.on_commit(wake_dispatcher, robust=True)


def wake_dispatcher() -> None:
    """Ask the worker to look now instead of at the next tick; silence is not an error."""
    try:
        current_app.send_task(DISPATCH_JOB, queue="outbox")
    except (OperationalError, OSError) as error:
        logger.warning("the queue did not answer, work waits in the outbox: %s", error)


def dispatch_in_turns(*, as_planned: bool = False) -> None:
    """Dispatch, and plan to look again while something is left.

    One look is planned at a time, however many changes ask for one; whoever asks before it came
    is served by it. Its mark ends with its time, so that a look that got lost stops nothing.
    """
    if not as_planned and broker().exists(LOOK_IS_PLANNED):
        return
    dispatch()
    if is_owed() and broker().set(LOOK_IS_PLANNED, 1, nx=True, px=int(LOOK_AGAIN * 1000)):
        current_app.send_task(
            DISPATCH_JOB, kwargs={"as_planned": True}, queue="outbox", countdown=LOOK_AGAIN
        )


def dispatch() -> int:
    """Fill the queues with waiting work of all organisations, in turns; the number of jobs sent.

    Jobs are marked after they were sent, so a crash in between sends some twice: jobs are
    idempotent. How much lies in a queue is asked of the broker alone, so that a crash, or a broker
    that forgot everything, leaves no count that is wrong.
    """
    lying = queue_lengths()
    held_back = [job for job in current_app.tasks if is_half_full(queue_of(job), lying)]
    connection = connections["dispatch"]
    with transaction.atomic(using="dispatch"), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"held_back": held_back, "limit": QUEUE_DEPTH})
        sent = []
        for pk, organization_id, job, arguments in cursor.fetchall():
            queue = queue_of(job)
            if lying[queue] >= depth_of(queue):
                continue
            lying[queue] += 1
            current_app.send_task(
                job, kwargs={"org_id": str(organization_id), **decoded(arguments)}
            )
            sent.append(pk)
        cursor.execute(MARK, [sent])
    return len(sent)


def is_owed() -> bool:
    """Whether work of any organisation waits."""
    with connections["dispatch"].cursor() as cursor:
        cursor.execute(IS_OWED)
        return bool(cursor.fetchone()[0])


def depth_of(queue: str) -> int:
    """Messages that may lie in a queue."""
    depths: dict[str, int] = settings.QUEUE_DEPTHS
    return depths.get(queue, QUEUE_DEPTH)


def is_half_full(queue: str, lying: Counter[str]) -> bool:
    return lying[queue] > depth_of(queue) / 2


def that_fit(job: str, organizations: list[UUID]) -> list[UUID]:
    """Whom to send `job` to now: as many as its queue has room for, drawn by lot.

    For jobs that find anew whom they concern at each tick, which comes to the others then.
    """
    queue = queue_of(job)
    room = max(0, depth_of(queue) - queue_lengths()[queue])
    return random.sample(organizations, min(room, len(organizations)))


def queue_of(job: str) -> str:
    """The name of the queue that a job is sent to."""
    return cast("str", current_app.amqp.router.route({}, job)["queue"].name)


def queue_lengths() -> Counter[str]:
    """Messages that lie in each queue that jobs are sent to."""
    names = sorted({queue_of(job) for job in current_app.tasks})
    with broker().pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.llen(name)
        return Counter(dict(zip(names, pipeline.execute(), strict=True)))


def anybody_waits(*queues: str) -> bool:
    """Whether something lies in one of the queues; False while the broker does not answer."""
    try:
        with broker().pipeline(transaction=False) as pipeline:
            for name in queues:
                pipeline.llen(name)
            return any(pipeline.execute())
    except redis.RedisError:
        return False


@lru_cache
def broker() -> redis.Redis:
    return redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=5, socket_connect_timeout=2
    )


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
