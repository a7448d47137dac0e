"""Initiatives: the list, and what one drives."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.access import Access
from okrs.models import Initiative, InitiativeKeyResult
from okrs.queries.objectives import of_hidden_units


@dataclass(frozen=True, kw_only=True)
class InitiativeFilters:
    """Empty values leave everything in."""

    text: str = ""
    product: UUID | None = None
    team: UUID | None = None
    state: str = ""


def visible_initiatives(access: Access) -> QuerySet[Initiative]:
    """Initiatives of products that the member may see, archived ones included."""
    rows = Initiative.objects.all()
    hidden = access.units.hidden
    if hidden:
        rows = rows.exclude(Q(product_id__in=hidden) | Q(team_id__in=hidden))
    return rows.select_related("organization", "product", "team", "owner")


def list_initiatives(access: Access, filters: InitiativeFilters) -> QuerySet[Initiative]:
    """The list, with the number of key results that each drives (`driven`); one query."""
    rows = visible_initiatives(access).filter(archived_at=None)
    if filters.product:
        rows = rows.filter(product_id=filters.product)
    if filters.team:
        rows = rows.filter(team_id=filters.team)
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.text:
        rows = rows.filter(title__icontains=filters.text)
    return rows.annotate(driven=Count("drives"))


def driven_by(access: Access, initiative: Initiative) -> QuerySet[InitiativeKeyResult]:
    """The key results that the work is meant to move."""
    rows = InitiativeKeyResult.objects.filter(initiative=initiative, key_result__archived_at=None)
    return rows.exclude(of_hidden_units(access, "key_result__objective__")).select_related(
        "key_result__organization", "key_result__objective__cycle"
    )


def initiatives_for(access: Access, key_results: list[UUID]) -> QuerySet[Initiative]:
    """The work that drives any of the key results, each once."""
    links = InitiativeKeyResult.objects.filter(key_result_id__in=key_results)
    rows = visible_initiatives(access).filter(
        archived_at=None, pk__in=links.values("initiative_id")
    )
    return rows.order_by("starts_on", "title")
