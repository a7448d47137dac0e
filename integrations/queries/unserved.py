"""Initiatives that serve no key result, and key results that no work serves."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.access import Access
from integrations.models import Link
from okrs.choices import ENDED_WORK, LIVE_STATES, CycleState, LinkState
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


def idle_initiatives(
    access: Access, *, product: UUID | None = None, team: UUID | None = None
) -> QuerySet[Initiative]:
    """Initiatives under way or planned that drive no key result of a cycle that is not closed."""
    drives = InitiativeKeyResult.objects.filter(
        initiative=OuterRef("pk"), archived_at=None, key_result__archived_at=None
    ).exclude(key_result__objective__cycle__state=CycleState.CLOSED)
    rows = visible_initiatives(access).filter(~Exists(drives), archived_at=None)
    return of_units(rows.exclude(state__in=ENDED_WORK), product=product, team=team)


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
