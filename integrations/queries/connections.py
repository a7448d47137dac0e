"""Reads of connections, their sources, runs and items."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.access import Access
from integrations.choices import RunState
from integrations.models import (
    Connection,
    Credential,
    Link,
    Observation,
    QuarantinedRecord,
    Source,
    SyncedItem,
    SyncRun,
)
from okrs.queries.key_results import visible_key_results

RUNS_SHOWN = 20
ITEM_COLUMNS = (
    "id", "key", "title", "url", "kind", "category", "is_leaf", "status_name", "resolution",
    "points", "labels", "completed_at", "is_archived",
)  # fmt: skip


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
        .select_related("owner")
        .annotate(
            source_count=Count("sources", filter=live, distinct=True),
            fed=Count(
                "sources__links__key_result",
                filter=live & Q(sources__links__archived_at=None),
                distinct=True,
            ),
            lost=Count(
                "sources",
                filter=live & Q(sources__state__in=["access-lost", "unobserved"]),
                distinct=True,
            ),
        )
        .order_by("name")
    )
    return [ConnectionRow(row, row.source_count, row.fed, row.lost) for row in rows]


def visible_connections() -> QuerySet[Connection]:
    return Connection.objects.filter(archived_at=None).select_related("owner", "organization")


def credential_of(connection: Connection) -> Credential | None:
    return Credential.objects.filter(connection=connection).select_related("set_by").first()


def sources_of(connection: Connection) -> QuerySet[Source]:
    live_links = Q(links__archived_at=None)
    return (
        Source.objects.filter(connection=connection, archived_at=None)
        .annotate(link_count=Count("links", filter=live_links, distinct=True))
        .order_by("name", "id")
    )


def runs_of(connection: Connection) -> list[SyncRun]:
    """The latest runs that asked something, newest first."""
    runs = SyncRun.objects.filter(connection=connection).select_related("requested_by")
    return list(runs.exclude(state=RunState.COMPLETE, requests=0).order_by("-id")[:RUNS_SHOWN])


def open_run(connection: Connection) -> SyncRun | None:
    return SyncRun.objects.filter(
        connection=connection, state__in=[RunState.WAITING, RunState.RUNNING]
    ).first()


def quarantine_of(connection: Connection) -> QuerySet[QuarantinedRecord]:
    rows = QuarantinedRecord.objects.filter(source__connection=connection, resolved_at=None)
    return rows.select_related("source").order_by("-id")


def items_of(source: Source) -> QuerySet[SyncedItem]:
    """The items that a source holds, newest change first."""
    members = SyncedItem.objects.filter(sources__source=source, gone_at=None)
    return members.order_by("-remote_updated_at", "-id")


def visible_links(access: Access) -> QuerySet[Link]:
    """Links of goals that the member may see."""
    links = Link.objects.select_related("source__connection", "key_result", "initiative")
    if access.units.hidden:
        shown = Q(key_result__in=visible_key_results(access)) | Q(key_result=None)
        links = links.filter(shown)
    return links


def links_of_source(access: Access, source: Source) -> QuerySet[Link]:
    return visible_links(access).filter(source=source, archived_at=None).order_by("id")


@dataclass(frozen=True)
class LinkExplanation:
    """A link, its last observation, and some of the items behind it."""

    link: Link
    observation: Observation | None
    done: list[dict[str, Any]]
    open: list[dict[str, Any]]
    synced_at: datetime | None

    @property
    def is_frozen(self) -> bool:
        return self.link.source.state in {"access-lost", "unobserved"}


def explained_links(access: Access, *, key_result: UUID) -> list[LinkExplanation]:
    """The links that feed a key result, down to the items they count."""
    links = visible_links(access).filter(key_result_id=key_result, archived_at=None)
    return [explained(link) for link in links.order_by("id")]


def explained_links_of_initiative(access: Access, *, initiative: UUID) -> list[LinkExplanation]:
    links = visible_links(access).filter(initiative_id=initiative, archived_at=None)
    return [explained(link) for link in links.order_by("id")]


def explained(link: Link, shown: int = 25) -> LinkExplanation:
    items = items_of(link.source).filter(is_leaf=True)
    if link.label:
        items = items.filter(labels__contains=[link.label])
    done = items.filter(category="done").order_by("-completed_at", "-id")
    still = items.filter(category__in=["todo", "doing"])
    return LinkExplanation(
        link,
        link.observations.order_by("-recorded_at", "-id").first(),
        list(done.values(*ITEM_COLUMNS)[:shown]),
        list(still.values(*ITEM_COLUMNS)[:shown]),
        link.source.last_complete_at,
    )


def linkable_key_results(access: Access) -> QuerySet[Any]:
    """Key results of open cycles that the member may see."""
    return (
        visible_key_results(access)
        .filter(archived_at=None)
        .exclude(objective__cycle__state="closed")
        .select_related("objective")
        .order_by("title", "id")
    )
