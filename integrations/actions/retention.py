"""Letting go of what has served its time."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.tenancy import current_organization_id
from integrations.models import Connection, PushDelivery, QuarantinedRecord, WebhookDelivery

DELIVERIES_KEPT = timedelta(days=7)
BATCH = 5000
# The last version before the horizon stays: it is what the item was when the horizon passed it.
OUTLIVED = """
DELETE FROM integrations_itemversion WHERE organization_id = %(org)s AND id IN (
    SELECT v.id FROM integrations_itemversion v
    JOIN integrations_synceditem i ON i.organization_id = %(org)s AND i.id = v.item_id
    WHERE v.organization_id = %(org)s AND i.connection_id = %(connection)s
      AND v.received_at < %(horizon)s AND EXISTS (
        SELECT FROM integrations_itemversion later
        WHERE later.organization_id = %(org)s AND later.item_id = v.item_id
          AND (later.received_at, later.id) > (v.received_at, v.id)
          AND later.received_at < %(horizon)s)
    LIMIT %(batch)s)
"""


def forget() -> int:
    """Delete outlived versions, words of settled records and settled deliveries.

    Returns the number of versions deleted.
    """
    forget_deliveries()
    kept = connections()
    for connection in kept:
        forget_excerpts(connection)
    return sum(forget_versions(connection) for connection in kept)


@transaction.atomic
def connections() -> list[Connection]:
    return list(Connection.objects.all())


@transaction.atomic
def forget_deliveries() -> None:
    old = timezone.now() - DELIVERIES_KEPT
    WebhookDelivery.objects.filter(received_at__lt=old, settled_at__isnull=False).delete()
    PushDelivery.objects.filter(received_at__lt=old).delete()


def forget_excerpts(connection: Connection) -> None:
    """Blank what was sent of records that were settled, or whose source is followed no more.

    The record and its reason stay: a run tells how many it set aside.
    """
    horizon = horizon_of(connection)
    is_over = Q(resolved_at__lt=horizon)
    is_left = Q(source__archived_at__isnull=False, last_tried_at__lt=horizon)
    rows = QuarantinedRecord.objects.filter(is_over | is_left, source__connection=connection)
    while blank_some(rows.exclude(excerpt="")):
        pass


@transaction.atomic
def blank_some(rows: QuerySet[QuarantinedRecord]) -> int:
    some = list(rows.order_by("id").values_list("pk", flat=True)[:BATCH])
    return QuarantinedRecord.objects.filter(pk__in=some).update(excerpt="")


def horizon_of(connection: Connection) -> datetime:
    return timezone.now() - timedelta(days=connection.keep_days)


def forget_versions(connection: Connection) -> int:
    """In batches, each in a transaction of its own."""
    horizon = horizon_of(connection)
    deleted = 0
    while count := forget_batch(connection, horizon):
        deleted += count
    return deleted


@transaction.atomic
def forget_batch(connection: Connection, horizon: datetime) -> int:
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "connection": connection.pk,
        "horizon": horizon,
        "batch": BATCH,
    }
    with database.cursor() as cursor:
        cursor.execute(OUTLIVED, parameters)
        deleted = int(cursor.rowcount)
    if deleted:
        further = Greatest(F("forgotten_to"), Value(horizon), output_field=DateTimeField())
        Connection.objects.filter(pk=connection.pk).update(forgotten_to=further)
    return deleted
