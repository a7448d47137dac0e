"""Reads of connections, their sources, runs and items."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from integrations.choices import OPEN_RUNS, OUT_OF_SIGHT, RunState, RunTrigger
from integrations.models import (
    Connection,
    Credential,
    Link,
    QuarantinedRecord,
    Source,
    SyncedItem,
    SyncRun,
    Webhook,
)
from okrs.choices import CycleState
from okrs.models import KeyResult

NAME_TAKEN = "This name is taken."
# The list of its own has the others.
RUNS_SHOWN = 10


@dataclass(frozen=True)
class ConnectionRow:
    """A connection as the list shows it."""

    connection: Connection
    sources: int
    key_results: int
    lost: int


def connections() -> list[ConnectionRow]:
    """Every connection with what it feeds; one query."""
    live = Q(sources__archived_at=None)
    rows = (
        Connection.objects.filter(archived_at=None)
        .select_related("owner", "organization")
        .annotate(
            source_count=Count("sources", filter=live, distinct=True),
            fed=Count(
                "sources__links__key_result",
                filter=live & Q(sources__links__archived_at=None),
                distinct=True,
            ),
            lost=Count(
                "sources",
                filter=live & Q(sources__state__in=OUT_OF_SIGHT),
                distinct=True,
            ),
        )
        .order_by("name")
    )
    return [ConnectionRow(row, row.source_count, row.fed, row.lost) for row in rows]


def visible_connections() -> QuerySet[Connection]:
    return Connection.objects.filter(archived_at=None).select_related("owner", "organization")


def is_name_taken(name: str) -> bool:
    return Connection.objects.filter(archived_at=None, name__iexact=name).exists()


def credential_of(connection: Connection) -> Credential | None:
    return Credential.objects.filter(connection=connection).select_related("set_by").first()


def sources_of(connection: Connection) -> QuerySet[Source]:
    live_links = Q(links__archived_at=None)
    return (
        Source.objects.filter(connection=connection, archived_at=None)
        .annotate(link_count=Count("links", filter=live_links, distinct=True))
        .order_by("name", "id")
    )


def told_runs(connection: Connection) -> QuerySet[SyncRun]:
    """Runs that asked something, the newest first; those by webhook only where they failed."""
    runs = SyncRun.objects.filter(connection=connection).select_related("requested_by")
    asked = runs.exclude(state=RunState.COMPLETE, requests=0)
    return asked.exclude(state=RunState.COMPLETE, trigger=RunTrigger.WEBHOOK).order_by("-id")


def runs_of(connection: Connection) -> list[SyncRun]:
    """The latest of `told_runs`."""
    return list(told_runs(connection)[:RUNS_SHOWN])


def open_run(connection: Connection) -> SyncRun | None:
    return SyncRun.objects.filter(connection=connection, state__in=OPEN_RUNS).first()


def webhook_of(connection: Connection) -> Webhook | None:
    """Its webhook, with the number of deliveries of the last day."""
    lately = Q(deliveries__received_at__gte=timezone.now() - timedelta(days=1))
    rows = Webhook.objects.filter(connection=connection).select_related("set_by")
    return rows.annotate(lately=Count("deliveries", filter=lately)).first()


def quarantine_of(connection: Connection) -> QuerySet[QuarantinedRecord]:
    """What is set aside of the sources that are followed, the newest first."""
    rows = QuarantinedRecord.objects.filter(
        source__connection=connection, source__archived_at=None, resolved_at=None
    )
    return rows.select_related("source").order_by("-id")


def aside_in(run: SyncRun) -> QuerySet[QuarantinedRecord]:
    """What a run was the first to set aside, the newest first; read by now or not."""
    rows = QuarantinedRecord.objects.filter(run=run).select_related("source")
    return rows.order_by("-id")


def items_of(
    source: Source, *, category: str = "", label: str = "", q: str = ""
) -> QuerySet[SyncedItem]:
    """The items that a source holds, newest change first; empty words leave everything in."""
    items = SyncedItem.objects.filter(sources__source=source, sources__left_at=None, gone_at=None)
    if category:
        items = items.filter(category=category, is_leaf=True)
    if label:
        items = items.filter(labels__contains=[label])
    if q:
        items = items.filter(Q(title__icontains=q) | Q(key__iexact=q))
    return items.order_by("-remote_updated_at", "-id")


def fed_by(connection: Connection) -> list[KeyResult]:
    """Key results in cycles that are not closed which the connection moves."""
    live = Link.objects.filter(source__connection=connection, archived_at=None)
    rows = KeyResult.objects.filter(pk__in=live.values("key_result_id"))
    open_ones = rows.exclude(objective__cycle__state=CycleState.CLOSED)
    return list(open_ones.select_related("organization").order_by("title", "id"))
