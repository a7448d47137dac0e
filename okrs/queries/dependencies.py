"""Promises between units: the list, and those around one goal."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet

from accounts.access import Access
from okrs.choices import DependencyState
from okrs.models import Dependency
from okrs.queries.objectives import of_hidden_units

D = DependencyState
STANDING = [D.ASKED, D.COUNTERED, D.ACCEPTED, D.BROKEN]
NAMES = {
    "needer_key_result": "title",
    "needer_initiative": "title",
    "provider_product": "name",
    "provider_team": "name",
}


@dataclass(frozen=True, kw_only=True)
class DependencyFilters:
    """Empty values leave everything in that still stands; `state` may be "late" or "waiting"."""

    text: str = ""
    product: UUID | None = None
    state: str = ""


def visible_dependencies(access: Access) -> QuerySet[Dependency]:
    """Promises of which the member may see both sides with all around them, archived ones too."""
    return seen_from_both_sides(access).select_related(
        "organization", "needer_key_result__objective__product",
        "needer_key_result__objective__team", "needer_key_result__objective__portfolio",
        "needer_initiative__product", "provider_product", "provider_team", "provider_key_result",
        "provider_initiative", "needer_owner", "provider_owner",
    )  # fmt: skip


def seen_from_both_sides(access: Access) -> QuerySet[Dependency]:
    rows = Dependency.objects.exclude(of_hidden_units(access, "needer_key_result__objective__"))
    hidden = access.units.hidden
    if hidden:
        rows = rows.exclude(
            Q(needer_initiative__product_id__in=hidden)
            | Q(provider_product_id__in=hidden)
            | Q(provider_team_id__in=hidden)
        )
    return rows


def is_late(today: date) -> Q:
    """Broken, promised for too late a day, or past the day it was needed by."""
    overdue = Q(state__in=[D.ASKED, D.COUNTERED, D.ACCEPTED], needed_by__lt=today)
    too_late = Q(state=D.ACCEPTED, promised_by__gt=F("needed_by"))
    return Q(state=D.BROKEN) | overdue | too_late


def list_dependencies(
    access: Access, filters: DependencyFilters, today: date
) -> QuerySet[Dependency]:
    """The list in one query."""
    rows = visible_dependencies(access).filter(archived_at=None)
    if filters.product:
        rows = rows.filter(provider_product_id=filters.product)
    if filters.text:
        rows = rows.filter(title__icontains=filters.text)
    match filters.state:
        case "":
            return rows.filter(state__in=STANDING)
        case "late":
            return rows.filter(is_late(today))
        case "waiting":
            return rows.filter(state__in=[D.ASKED, D.COUNTERED])
        case _:
            return rows.filter(state=filters.state)


def around_key_results(access: Access, key_results: Collection[UUID]) -> QuerySet[Dependency]:
    """Promises that key results wait for or give, as lines."""
    return lines(access).filter(
        Q(needer_key_result_id__in=key_results) | Q(provider_key_result_id__in=key_results)
    )


def around_initiative(access: Access, initiative: UUID) -> QuerySet[Dependency]:
    return lines(access).filter(Q(needer_initiative=initiative) | Q(provider_initiative=initiative))


def lines(access: Access) -> QuerySet[Dependency]:
    """Promises that nobody withdrew, with the names of what waits and of who gives it alone."""
    rows = seen_from_both_sides(access).filter(archived_at=None).exclude(state=D.WITHDRAWN)
    return rows.select_related(*NAMES).only(
        "title", "state", "needed_by", "promised_by",
        *[f"{side}__{name}" for side, name in NAMES.items()],
    )  # fmt: skip
