"""Work that serves no key result, and key results that no work serves."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.access import Access
from accounts.tenancy import current_organization_id
from integrations.models import Link, Source, SyncedItem
from okrs.choices import LIVE_STATES, CycleState, InitiativeState, LinkState
from okrs.models import (
    Contribution,
    Initiative,
    InitiativeKeyResult,
    KeyResult,
    ObjectiveSupport,
    SharedPlacement,
)
from okrs.queries.initiatives import visible_initiatives
from okrs.queries.key_results import visible_key_results

ENDED = (InitiativeState.DONE, InitiativeState.STOPPED)
# Open leaf items that a source holds and no link takes up; links below an epic reach any depth.
TAKEN_UP_BY_NONE = """
WITH RECURSIVE ties AS MATERIALIZED (
    SELECT c.connection_id, c.id AS child, p.id AS parent
    FROM integrations_synceditem c JOIN integrations_synceditem p
      ON p.organization_id = c.organization_id AND p.connection_id = c.connection_id
     AND p.remote_id = c.parent_remote_id
    WHERE c.organization_id = %s AND c.parent_remote_id <> ''
    UNION ALL
    SELECT c.connection_id, c.id, p.id
    FROM integrations_synceditem c JOIN integrations_synceditem p
      ON p.organization_id = c.organization_id AND p.connection_id = c.connection_id
     AND p.key = c.parent_key
    WHERE c.organization_id = %s AND c.parent_remote_id = '' AND c.parent_key <> ''
), reached (link_id, item_id) AS (
    SELECT l.id, i.id FROM integrations_link l
    JOIN integrations_source s ON s.organization_id = l.organization_id AND s.id = l.source_id
    JOIN integrations_synceditem i ON i.organization_id = l.organization_id
     AND i.connection_id = s.connection_id AND i.parent_remote_id = l.parent_remote_id
    WHERE l.organization_id = %s AND l.archived_at IS NULL AND l.parent_remote_id <> ''
    UNION
    SELECT r.link_id, t.child FROM reached r JOIN ties t ON t.parent = r.item_id
), held AS MATERIALIZED (
    SELECT m.source_id, m.item_id, i.labels
    FROM integrations_sourceitem m
    JOIN integrations_source s
      ON s.organization_id = m.organization_id AND s.id = m.source_id AND s.archived_at IS NULL
    JOIN integrations_synceditem i
      ON i.organization_id = m.organization_id AND i.id = m.item_id
    WHERE m.organization_id = %s AND m.left_at IS NULL AND i.is_leaf AND i.gone_at IS NULL
      AND NOT i.is_archived AND i.category IN ('todo', 'doing')
), taken AS (
    SELECT h.item_id FROM held h JOIN integrations_link l
      ON l.organization_id = %s AND l.source_id = h.source_id AND l.archived_at IS NULL
     AND l.parent_remote_id = '' AND (l.label = '' OR l.label = ANY(h.labels))
    UNION
    SELECT h.item_id FROM reached r JOIN integrations_link l
      ON l.organization_id = %s AND l.id = r.link_id
    JOIN held h ON h.source_id = l.source_id AND h.item_id = r.item_id
     AND (l.label = '' OR l.label = ANY(h.labels))
)
SELECT h.item_id FROM held h WHERE NOT EXISTS (SELECT FROM taken t WHERE t.item_id = h.item_id)
"""


def idle_initiatives(
    access: Access, *, product: UUID | None = None, team: UUID | None = None
) -> QuerySet[Initiative]:
    """Initiatives under way or planned that drive no key result of a cycle that is not closed."""
    drives = InitiativeKeyResult.objects.filter(
        initiative=OuterRef("pk"), archived_at=None, key_result__archived_at=None
    ).exclude(key_result__objective__cycle__state=CycleState.CLOSED)
    rows = visible_initiatives(access).filter(~Exists(drives), archived_at=None)
    return of_units(rows.exclude(state__in=ENDED), product=product, team=team)


def of_units(
    rows: QuerySet[Any], *, product: UUID | None, team: UUID | None, prefix: str = ""
) -> QuerySet[Any]:
    if product:
        rows = rows.filter(**{f"{prefix}product_id": product})
    if team:
        rows = rows.filter(**{f"{prefix}team_id": team})
    return rows


def unworked_key_results(
    access: Access, *, product: UUID | None = None, team: UUID | None = None
) -> QuerySet[KeyResult]:
    """Key results of goals that stand, in cycles that are not closed, on which nothing works.

    Work is a link, an initiative, or what others agreed to contribute.
    """
    here, agreed = {"key_result": OuterRef("pk")}, {"archived_at": None, "state": LinkState.AGREED}
    rows = visible_key_results(access).filter(
        ~Exists(Link.objects.filter(archived_at=None, **here)),
        ~Exists(
            InitiativeKeyResult.objects.filter(
                archived_at=None, initiative__archived_at=None, **here
            )
        ),
        ~Exists(Contribution.objects.filter(parent=OuterRef("pk"), **agreed)),
        ~Exists(ObjectiveSupport.objects.filter(**here, **agreed)),
        ~Exists(SharedPlacement.objects.filter(archived_at=None, **here)),
        archived_at=None,
        objective__archived_at=None,
        objective__state__in=LIVE_STATES,
    )
    return of_units(
        rows.exclude(objective__cycle__state=CycleState.CLOSED),
        product=product,
        team=team,
        prefix="objective__",
    )


def items_without_goal() -> QuerySet[SyncedItem]:
    """Open items that no link takes up, whatever they hang below."""
    organization = current_organization_id()
    found = RawSQL(TAKEN_UP_BY_NONE, [organization] * 6)  # noqa: S611 (made of constants)
    return SyncedItem.objects.filter(pk__in=found)


def sources_with_loose_items() -> list[Source]:
    """Sources that hold items without a goal, with their number (`loose`); one query."""
    loose = Q(members__left_at=None, members__item__in=items_without_goal())
    rows = Source.objects.filter(archived_at=None, connection__archived_at=None)
    counted = rows.annotate(loose=Count("members", filter=loose)).filter(loose__gt=0)
    return list(counted.select_related("connection__organization").order_by("-loose", "name"))
